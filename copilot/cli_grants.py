"""`precedent grants` and `precedent grant`: what was granted beyond the rule, by whom and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from copilot.output import print_json

if TYPE_CHECKING:
    from knowledge_base.grants import Grant, Granted
    from knowledge_base.store import KnowledgeBase

MOST_LISTED = 1000
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Article = Annotated[str | None, typer.Option(help="The clause, as id#section.")]


def grants(
    context: typer.Context,
    article: Article = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer's key.")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Count by article and kind instead.")] = False,
    k: Annotated[int, typer.Option("-k", min=1, max=MOST_LISTED, help="How many.")] = 20,
    json: Json = False,
) -> None:
    """The newest grants, or with --summary which exceptions are invoked how often, and why."""
    with _knowledge(context) as knowledge:
        if summary:
            _show_summary(knowledge.grants.summary(), json=json)
        else:
            _show(knowledge.grants.newest(article=article, customer=customer, limit=k), json=json)


def grant(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="voucher, goodwill, late_return, fee_waiver, discount, …")],
    why: Annotated[str, typer.Option(help="The reason, in a few words.")],
    amount: Annotated[str | None, typer.Option(help="The sum: 20.00 EUR, or 15 %.")] = None,
    article: Article = None,
    conversation: Annotated[
        str | None, typer.Option(help="The conversation's file (JSON; - reads standard input).")
    ] = None,
    actor: Annotated[str, typer.Option(help="Who grants it.")] = "operator",
    approved_by: Annotated[str | None, typer.Option(help="Who approved it, where that is needed.")] = None,
    json: Json = False,
) -> None:
    """Log a grant; refused above an agent's authority unless somebody approved it."""
    from copilot.arguments import conversation_in
    from copilot.authority.desk import AuthorityDesk
    from knowledge_base.grants import customer_key, grant_from_dict
    from knowledge_base.store import utcnow

    told = conversation_in(conversation) if conversation is not None else None
    given = {
        "kind": kind, "amount": amount, "article": article, "why": why, "who": actor,
        "approved_by": approved_by, "conversation_id": told.id if told else None,
        "customer": customer_key(told) if told else None,
    }  # fmt: skip
    read = grant_from_dict(given, "grant", 1, now=utcnow())
    with _knowledge(context) as knowledge:
        _show([AuthorityDesk(knowledge).log(read)], json=json, one=True)


def _knowledge(context: typer.Context) -> KnowledgeBase:
    from copilot.assemble import open_knowledge_base
    from copilot.settings import read_settings

    return open_knowledge_base(read_settings(data=context.obj))


def _show(found: list[Grant], *, json: bool, one: bool = False) -> None:
    from knowledge_base.grants import grant_to_dict

    documents = [grant_to_dict(grant) for grant in found]
    if json:
        print_json(documents[0] if one else {"grants": documents})
        return
    columns = ("at", "kind", "amount", "article", "who", "approved_by", "why")
    _table(columns, [[str(document[name] or "") for name in columns] for document in documents])


def _show_summary(found: list[Granted], *, json: bool) -> None:
    if json:
        print_json({"summary": [summary_entry(one) for one in found]})
        return
    rows = [
        [str(one.count), one.kind, one.article or "", str(one.total or ""), "; ".join(one.reasons)]
        for one in found
    ]
    _table(("count", "kind", "article", "total", "reasons"), rows)


def summary_entry(one: Granted) -> dict[str, Any]:
    """A row of the summary as the exchange format has it."""
    from knowledge_base.codec import format_time

    return {
        "article": one.article,
        "kind": one.kind,
        "count": one.count,
        "total": str(one.total) if one.total and one.total.unit != "%" else None,
        "last": format_time(one.last),
        "reasons": list(one.reasons),
    }


def _table(columns: tuple[str, ...], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from copilot.documents import visible

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(escape(visible(cell)) for cell in row))
    Console(highlight=False).print(table if rows else "no grants")
