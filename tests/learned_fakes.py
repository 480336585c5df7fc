"""Replies that agents sent, each after a draft that a template really wrote, for tests of learned edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import count

from copilot.drafting.render import Chunk, render, text_and_spans
from copilot.drafting.slots import SlotValues
from knowledge_base.models import Feedback, ReplyTemplate
from knowledge_base.store import KnowledgeBase
from tests.builders import make_template

LOST = make_template(
    "en/lost/act",
    body="I look for {{ order_id }}, {{ customer_name }}.\n\nThank you for your patience.",
    category="lost_parcel",
    policies=("returns",),
)
_NUMBERS = count(1)
VALUES = {"customer_name": "Ana Ruiz", "order_id": "TW-770077", "date": "2026-11-24"}


def draft_of(template: ReplyTemplate, values: Mapping[str, str] = VALUES) -> str:
    """What a template writes, behind a line of another's."""
    return _written(template, values)[0]


def _written(template: ReplyTemplate, values: Mapping[str, str]) -> tuple[str, list[dict[str, object]]]:
    chunks = [
        Chunk("Good day!", "template", "template:en/other/greet"),
        Chunk("\n\n", "template", "template:layout"),
        *render(template, SlotValues(values)),
    ]
    text, spans = text_and_spans(chunks)
    return text, [asdict(span) for span in spans]


def send(
    base: KnowledgeBase,
    template: ReplyTemplate,
    before: str = "",
    after: str = "",
    *,
    actor: str = "ana",
    conversation: str | None = None,
    values: Mapping[str, str] = VALUES,
    request: str = "Where is it?",
    filled: Mapping[str, str] | None = None,
) -> int:
    """A draft offered and sent with a stretch of it changed; gives the feedback's number.

    `filled` are gaps and what the agent entered.
    """
    number = next(_NUMBERS)
    text, spans = _written(template, values)
    slots = {name: {"name": name, "value": v, "text": v, "source": "given"} for name, v in values.items()}
    document = {
        "draft": {"language": template.language, "text": text, "spans": spans},
        "understanding": {"request": request, "slots": slots},
    }
    conversation = conversation or f"K-{number}"
    base.keep_suggestion(f"S-{number}", conversation, document)
    for name, value in (filled or {}).items():
        text = text.replace(f"[{name}]", value)
    assert before in text, (before, text)
    sent = text.replace(before, after, 1) if before else text
    edited = sent != text
    told = Feedback(
        f"S-{number}", "edited" if edited else "used", item="draft", conversation_id=conversation,
        text_before=text if edited else None, text_after=sent,
    )  # fmt: skip
    return base.add_feedback(told, actor=actor)


def teach(base: KnowledgeBase) -> None:
    """A template of the desk with two proposals: one that can be accepted, one that can't."""
    base.put(LOST, actor="t")
    for n in range(6):
        actor = ("ana", "ben")[n % 2]
        send(base, LOST, "Thank you for your patience.", "Thank you for bearing with us.", actor=actor)
        if n < 5:
            send(base, LOST, "I look for", "We pay 10 EUR for", actor=actor)
    send(base, LOST, "Thank you for your patience.", "Yours, Mrs Krüger.")
