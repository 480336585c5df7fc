"""The message that follows a promise: one that owns a delay, or one that asks whether it helped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from copilot.drafting.compose import Part, compose, part
from copilot.drafting.proof import Backing
from copilot.drafting.render import Chunk, render
from copilot.drafting.slots import SlotValues
from copilot.drafting.templates import KEPT, OVERDUE, TemplateBook, Wanted
from copilot.drafting.text import clean_text
from copilot.models import Draft
from knowledge_base.errors import InputError
from knowledge_base.promises import StoredPromise

# The promise itself, in the words in which it was sent, stands between the acknowledgement and the rest.
_QUOTED_AFTER = "acknowledge"
_QUOTES = {"de": "„{}“", "fr": "« {} »", "es": "«{}»"}


def follow_up(
    stored: StoredPromise,
    templates: TemplateBook,
    now: datetime,
    *,
    agent_language: str = "en",
    agent_name: str | None = None,
) -> Draft:
    """Draft it in the promise's language. Raises InputError while it isn't due, or once it is withdrawn."""
    situation = _situation(stored, now)
    promise = stored.promise
    language = next(
        one
        for one in (promise.language, agent_language, "en")
        if one == "en" or _speaks(templates, one, situation)
    )
    wanted = Wanted(language, situation, seed=f"{promise.conversation_id}/{stored.id}")
    parts = list(_parts(stored, templates, wanted, _values(stored, agent_name)))
    return compose(parts, language, Backing()).draft


def _situation(stored: StoredPromise, now: datetime) -> str:
    due = stored.promise.due
    match stored.state:
        case "kept":
            return KEPT
        case "withdrawn":
            raise InputError(f"promise {stored.id} is withdrawn: nothing follows it")
        case "open" if due is not None and due >= now:
            raise InputError(
                f"promise {stored.id} is not due before {due:%Y-%m-%d %H:%M} UTC: settle it as kept, or wait"
            )
    return OVERDUE


def _speaks(templates: TemplateBook, language: str, situation: str) -> bool:
    picked = templates.pick(_QUOTED_AFTER, Wanted(language, situation))
    return picked is not None and picked.situation == situation


def _values(stored: StoredPromise, agent_name: str | None) -> SlotValues:
    promise = stored.promise
    known = {
        "customer_name": promise.customer_name,
        "agent_name": agent_name,
        "order_id": promise.order_id,
        "date": promise.due.date().isoformat() if promise.due else None,
    }
    return SlotValues({name: value for name, value in known.items() if value})


def _parts(
    stored: StoredPromise, templates: TemplateBook, wanted: Wanted, values: SlotValues
) -> Iterator[Part]:
    for move in ("greet", "acknowledge", "act", "next", "close"):
        template = templates.pick(move, wanted)
        if template is not None and (move in ("greet", "close") or template.situation == wanted.situation):
            yield part(move, render(template, values), f"template:{template.id}", template_id=template.id)
        if move == _QUOTED_AFTER:
            source = f"promise:{stored.id}"
            yield part("quote", [Chunk(_quoted(stored, wanted.language), "slot", source)], source)


def _quoted(stored: StoredPromise, language: str) -> str:
    words = " ".join(clean_text(stored.promise.sentence).split())
    return _QUOTES.get(language, "“{}”").format(words)
