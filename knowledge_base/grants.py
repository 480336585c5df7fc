"""The log of grants: what was granted, to whom, by whom, why, and by which article."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from knowledge_base.codec import format_time
from knowledge_base.fields import Fields
from knowledge_base.models import Case, Conversation
from knowledge_base.money import PERCENT, Money

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.personal.door import Door

GrantKind = Literal[
    "voucher", "credit", "goodwill", "discount", "fee_waiver", "late_return", "warranty", "refund",
    "replacement", "exception",
]  # fmt: skip
GRANT_KINDS: tuple[GrantKind, ...] = get_args(GrantKind)
GRANTS_FILE = "grants.jsonl"
"""The name by which an import knows a log of grants."""
MAX_WHY = 1000
MOST_COUNTED = 200
"""A customer's newest grants that are counted; nobody gets more within any time that policy names."""
MAX_NAME = 100
MAX_ARTICLE = 400
# Half of a SHA-256: enough that no two customers of a desk share one.
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant. `article` is `id#section`, `customer` a digest (see `customer_key`), `at` in UTC."""

    kind: GrantKind
    why: str
    who: str
    at: datetime
    amount: Money | None = None
    article: str | None = None
    conversation_id: str | None = None
    customer: str | None = None
    approved_by: str | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Granted:
    """Grants of one article and kind: how many, their sum where they have one, the newest reasons."""

    article: str | None
    kind: str
    count: int
    total: Money | None
    last: datetime
    reasons: tuple[str, ...] = ()


def customer_key(conversation: Conversation) -> str | None:
    """A customer's key: a digest of the desk's own id, else of e-mail, else of name and day of joining.

    None where the conversation names nobody. No name leaves the conversation by it.
    """
    slots, customer = conversation.slots, conversation.customer
    told = slots.get("customer_id") or slots.get("email")
    if told is None and customer.name:
        told = f"{customer.name}|{customer.joined.isoformat() if customer.joined else ''}"
    if not told or not told.strip():
        return None
    plain = " ".join(unicodedata.normalize("NFKC", told).casefold().split())
    return hashlib.sha256(f"customer:{plain}".encode("utf-8", "replace")).hexdigest()[:_DIGEST]


def grant_from_dict(data: object, file: str, line: int, *, now: datetime | None = None) -> Grant:
    """Check a grant; unknown fields are ignored. `now` stands in for a missing time. Raises RecordError."""
    fields = Fields.of(data, file, line)
    kind = fields.choice("kind", GRANT_KINDS, None)
    at = fields.time("at") or now
    if at is None:
        fields.fail("at", "is missing or empty")
    grant = Grant(
        kind=kind,
        why=_short(fields, "why", MAX_WHY) or fields.required("why"),
        who=_short(fields, "who", MAX_NAME) or fields.required("who"),
        at=at,
        amount=_amount(fields),
        article=_short(fields, "article", MAX_ARTICLE),
        conversation_id=_short(fields, "conversation_id", 200),
        customer=_short(fields, "customer", 64),
        approved_by=_short(fields, "approved_by", MAX_NAME),
    )
    given = fields.identifier("id") if fields.data.get("id") is not None else None
    if given is not None and len(given) > 64:
        fields.fail("id", "is longer than 64 characters")
    return grant if given is None else replace(grant, id=given)


def grant_to_dict(grant: Grant) -> dict[str, Any]:
    """Write a grant in the exchange format, all fields named; `amount` is `20.00 EUR`, `15 %` or null."""
    return {
        "id": grant.id,
        "kind": grant.kind,
        "amount": str(grant.amount) if grant.amount else None,
        "article": grant.article,
        "who": grant.who,
        "why": grant.why,
        "approved_by": grant.approved_by,
        "conversation_id": grant.conversation_id,
        "customer": grant.customer,
        "at": format_time(grant.at),
    }


@dataclass(frozen=True, slots=True)
class GrantLog:
    """What `KnowledgeBase.grants` hands out. Threads and processes may share one database."""

    database: Database
    door: Callable[[], Door]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def add(self, grants: Iterable[Grant]) -> list[Literal["added", "updated", "unchanged"]]:
        """Keep grants in one transaction; the same id again changes nothing but what differs.

        What is personal in their reasons is replaced by placeholders.
        """
        from knowledge_base import grant_statements as statements

        door = self.door()
        kept = (replace(grant, why=door.note("grant.why", grant.why)) for grant in grants)
        with self.database.writing() as transaction:
            return [statements.keep(transaction.connection, _row(grant)) for grant in kept]

    def newest(
        self,
        *,
        customer: str | None = None,
        kinds: Sequence[str] = (),
        article: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Grant]:
        """The newest grants that fit all that is given, newest first."""
        from knowledge_base import grant_statements as statements

        which = statements.Wanted(customer, tuple(kinds), article, since)
        with self.database.reading() as transaction:
            return [_grant(row) for row in statements.newest(transaction.connection, which, limit)]

    def bearing(
        self, *, customer: str | None, since: datetime, kinds: Sequence[str], limit: int
    ) -> tuple[list[Grant], list[Grant]]:
        """A customer's grants since a time, of any kind, and the newest ones of some kinds of anybody's."""
        from knowledge_base import grant_statements as statements

        with self.database.reading() as transaction:
            told = statements.Wanted(kinds=tuple(kinds))
            like = statements.newest(transaction.connection, told, limit)
            own = statements.Wanted(customer, since=since)
            before = statements.newest(transaction.connection, own, MOST_COUNTED) if customer else []
        return [_grant(row) for row in before], [_grant(row) for row in like]

    def each(self) -> Iterator[Grant]:
        """All grants, in the order of their ids."""
        from knowledge_base import grant_statements as statements

        after = ""
        while True:
            with self.database.reading() as transaction:
                rows = statements.page(transaction.connection, after)
            yield from map(_grant, rows)
            if not rows:
                return
            after = str(rows[-1]["id"])

    def citing(self, section: str, *, limit: int) -> list[Case]:
        """The newest published cases that cite a section of policy (`returns#the-30-days`), newest first."""
        from knowledge_base import grant_statements as statements

        with self.database.reading() as transaction:
            return statements.citing(transaction.connection, section, limit)

    def count(self) -> int:
        """How many grants there are."""
        from knowledge_base import grant_statements as statements

        with self.database.reading() as transaction:
            return statements.count(transaction.connection)

    def summary(self, *, since: datetime | None = None, reasons: int = 3) -> list[Granted]:
        """By article and kind, the most frequent first, with the newest reasons."""
        from knowledge_base import grant_statements as statements

        with self.database.reading() as transaction:
            connection = transaction.connection
            return [
                _granted(row, statements.reasons(connection, row, since, reasons))
                for row in statements.summary(connection, since)
            ]


def _short(fields: Fields, name: str, most: int) -> str | None:
    value = fields.text(name)
    if value is not None and len(value) > most:
        fields.fail(name, f"is longer than {most} characters")
    return value.strip() if value else None


def _amount(fields: Fields) -> Money | None:
    written = fields.text("amount")
    if written is None:
        return None
    try:
        money = Money.parse(written)
    except ValueError as error:
        fields.fail("amount", str(error))
    if money.unit == PERCENT and money.value > 100:
        fields.fail("amount", "is more than all of it")
    return money


def _row(grant: Grant) -> dict[str, Any]:
    row = {name: getattr(grant, name) for name in grant.__slots__ if name != "amount"}
    money = grant.amount
    return row | {"hundredths": money.hundredths if money else None, "unit": money.unit if money else None}


def _grant(row: Mapping[str, Any]) -> Grant:
    values = dict(row)
    hundredths, unit = values.pop("hundredths"), values.pop("unit")
    money = None if hundredths is None else Money.of_hundredths(hundredths, unit or "")
    return Grant(**values, amount=money)


def _granted(row: Mapping[str, Any], reasons: Sequence[str]) -> Granted:
    total = None if row["total"] is None else Money.of_hundredths(int(row["total"]), row["unit"] or "")
    return Granted(row["article"], row["kind"], row["count"], total, row["last"], tuple(reasons))
