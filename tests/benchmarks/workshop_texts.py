"""The cases, articles and conversations of the made-up desk, each of a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import numpy as np

from knowledge_base.conversation_heads import Reading, document_of, told_columns
from knowledge_base.feedback import understood_columns
from knowledge_base.models import Case, Conversation, Customer, Emotion, Outcome, PolicyArticle, Source
from knowledge_base.records import case_to_dict
from tests.benchmarks.rises import rhythm

END = datetime(2026, 11, 27, 15, tzinfo=UTC)
"""When it is at this desk."""
WEEKS = 8
AREAS = {
    "delivery": "the parcel", "payment": "the payment", "account": "the account", "warranty": "the appliance",
    "returns": "the return label", "subscription": "the subscription", "voucher": "the voucher",
    "invoice": "the invoice",
}  # fmt: skip
FAULTS = {
    "late": "is overdue by some days", "lost": "can't be found anywhere", "wrong": "isn't what was ordered",
    "damaged": "came broken", "blocked": "is refused each time",
}  # fmt: skip
CATEGORIES = tuple(f"{area}_{fault}" for area in AREAS for fault in FAULTS)
SINCE = ("since Monday", "since the move", "after the update", "for a fortnight", "since the last order")
LIKES = ("a refund", "a replacement", "a call", "an answer today", "a new date", "an explanation")
ACTS = (
    "Asked the warehouse and told the customer what it found.",
    "Opened a trace with the carrier and wrote again after two working days.",
    "Cancelled the entry and made a new one, which went through.",
    "Sent a replacement by the fastest service and left the old one with the customer.",
    "Gave the sum back to the card that it came from.",
    "Explained the clause, offered the other way and noted what was chosen.",
)
SYLLABLES = (
    "bran",
    "cor",
    "del",
    "fen",
    "gar",
    "hol",
    "kel",
    "lun",
    "mar",
    "nor",
    "pel",
    "quin",
    "ros",
    "tam",
)
LANGUAGES = (("en", "de", "es", "fr", "it", "nl"), (80, 6, 6, 4, 3, 1))
PRODUCTS = tuple(f"{a}{b}".capitalize() for a in SYLLABLES[:4] for b in SYLLABLES[4:14])
CHANNELS = ("email", "chat", "phone")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of what; `waiting` are candidates for cases that nobody looked at yet."""

    cases: int = 100_000
    articles: int = 2_000
    templates: int = 300
    conversations: int = 50_000
    verdicts: int = 20_000
    waiting: int = 5_000

    def scaled(self, share: float) -> Size:
        """The same desk, so many times as large."""
        return Size(*(max(int(n * share), 10) for n in asdict(self).values()))


def case_of(number: int) -> Case:
    """The case of a number."""
    chance = Random(number)
    area, fault = chance.choice(tuple(AREAS)), chance.choice(tuple(FAULTS))
    product, like = chance.choice(PRODUCTS), chance.choice(LIKES)
    rare = "".join(chance.choices(SYLLABLES, k=3))
    since = chance.choice(SINCE)
    title = f"{AREAS[area]} {FAULTS[fault]} {since}, wants {like}".capitalize()
    problem = (
        f"A customer writes that {AREAS[area]} for the {product} {FAULTS[fault]} {since}. "
        f"They ordered {chance.randint(1, 9)} pieces under the name of the shop {rare.capitalize()}, "
        f"tried it {chance.randint(2, 6)} times, and would like {like}."
    )
    acts = chance.sample(ACTS, 2)
    at = END - timedelta(minutes=chance.randint(0, 2 * 365 * 24 * 60))
    return Case(
        id=f"C-{number:06d}",
        title=title,
        problem=problem,
        resolution=" ".join(acts),
        reply=f"Hello [NAME],\n\nthank you for writing to us about the {product}. {acts[0]} {acts[1]} "
        f"Please write again if {AREAS[area]} still {FAULTS[fault]} in a week.\n\nKind regards",
        steps=tuple(acts),
        language=chance.choices(*LANGUAGES)[0],
        category=f"{area}_{fault}",
        tags=(area, chance.choice(SYLLABLES)),
        product=product,
        channel=chance.choice(CHANNELS),
        outcome=Outcome(
            chance.random() < 0.9, chance.random() < 0.1, chance.choice((None, 1, 3, 4, 5)),
            float(chance.randint(2, 90)),
        ),
        resolved_at=at,
        policies=(f"A-{chance.randint(1, 40) * 50 - 1:05d}#part-{chance.randint(1, 4)}",)
        if number % 500
        else (f"gone-{number}",),
        source=Source("zendesk", f"Z-{number}", None),
        status=chance.choices(("published", "pending", "retired"), (94, 3, 3))[0],
    )  # fmt: skip


def article_of(number: int) -> PolicyArticle:
    """The article of a number."""
    chance = Random(-number - 1)
    category = chance.choice(CATEGORIES)
    what = AREAS[category.split("_")[0]]
    parts = [
        f"## Part {n}\n\nFor {what} we need {chance.randint(2, 30)} working days, and "
        f"{chance.randint(1, 90)}.00 EUR are paid at most. {chance.choice(ACTS)}"
        for n in range(1, 5)
    ]
    return PolicyArticle(
        id=f"A-{number:05d}",
        title=f"{plain(category)} {number}",
        body="\n\n".join(parts),
        category=category,
        effective_from=date(2024, 1, 1) + timedelta(days=chance.randint(0, 400)),
        review_by=date(2026, 6, 1) + timedelta(days=chance.randint(0, 700)),
        status="published" if number % 20 else "retired",
    )


def plain(category: str) -> str:
    """A category in words."""
    return category.replace("_", " ")


def conversations(size: Size) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Each conversation with its messages and its suggestion, as rows; the last hours' are open."""
    generator = np.random.default_rng(1)
    weights = rhythm(WEEKS)
    minutes = np.sort(generator.choice(len(weights), size.conversations, p=weights / weights.sum()))
    start = END - timedelta(weeks=WEEKS)
    for number, minute in enumerate(minutes.tolist()):
        yield _conversation(number, start + timedelta(minutes=minute), size)


def _conversation(number: int, at: datetime, size: Size) -> dict[str, list[dict[str, Any]]]:
    chance = Random(number)
    case = case_of(number)
    name = "".join(chance.choices(SYLLABLES, k=2)).capitalize()
    open_ = number >= size.conversations * 0.97
    waits = open_ and number % 2 == 0
    told = Conversation(
        (), id=f"K-{number:06d}", channel=case.channel, customer=Customer(name, joined=date(2022, 5, 1)),
        slots={"customer_id": f"U-{chance.randint(0, size.conversations // 2)}"}, title=case.title,
    )  # fmt: skip
    reading = Reading(case.language, chance.choice(tuple(Emotion)), case.category)
    said = [("customer", case.problem), ("agent", case.reply or ""), ("customer", "Thank you, and when?")]
    if not waits:
        said.append(("agent", case.resolution))
    messages = [
        {
            "conversation_id": told.id, "number": n, "role": role, "text": text,
            "at": at + timedelta(minutes=9 * n),
        }
        for n, (role, text) in enumerate(said)
    ]  # fmt: skip
    columns = told_columns(document_of(told), reading.as_json())
    row = columns | {
        "id": told.id, "seq": number + 1, "state": "open" if open_ else "closed",
        "document": document_of(told),
        "reading": reading.as_json(), "messages": len(said),
        "waiting_since": at + timedelta(minutes=18) if waits else None, "started_at": at,
        "changed_at": at + timedelta(minutes=30),
    }  # fmt: skip
    suggestion = understood_columns(document := _suggested(number, case)) | {
        "id": f"S-{number:06d}", "conversation_id": told.id, "at": at, "document": document
    }  # fmt: skip
    return {"conversation": [row], "message": messages, "suggestion": [suggestion]}


def _suggested(number: int, case: Case) -> dict[str, Any]:
    """What was shown, as far as other parts read it, and as long as it really is."""
    like = [case_of(number + step) for step in (7, 13, 29)]
    return {
        "id": f"S-{number:06d}",
        "reason": None,
        "understanding": {"language": case.language, "request": case.problem, "category": case.category},
        "cases": [{"id": c.id, "title": c.title, "resolution": c.resolution, "steps": c.steps} for c in like],
        "passages": [
            {"article_id": f"A-{Random(number + n).randint(0, 1999):05d}", "text": case.problem}
            for n in (1, 2)
        ],
        "draft": {"language": "en", "text": case.reply, "spans": []},
    }  # fmt: skip


def rest(size: Size) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Verdicts, candidates of the closed conversations, and grants: tables with their rows."""
    chance, closed = Random(5), int(size.conversations * 0.97)
    span = (END - timedelta(weeks=WEEKS), timedelta(weeks=WEEKS))
    verdicts = []
    for number in range(size.verdicts):
        of = number * size.conversations // size.verdicts
        verdict = chance.choice(("used", "edited", "copied", "rejected", "helpful", "wrong"))
        verdicts.append({
            "suggestion_id": f"S-{of:06d}", "conversation_id": f"K-{of:06d}", "verdict": verdict,
            "item": f"case:{case_of(of + 7).id}" if verdict in ("helpful", "wrong") else "draft",
            "reason": chance.choice(("wrong policy", "wrong tone")) if verdict == "rejected" else None,
            "actor": f"agent {number % 9}", "at": span[0] + span[1] * (of / size.conversations),
            "seq": number + 1,
        })  # fmt: skip
    candidates = []
    for number in range(closed):
        waits = number >= closed - size.waiting
        made = replace(case_of(number + 3), id=f"R-{number}", status="published")
        near = [
            {"id": case_of(number + n).id, "title": "near", "similarity": 0.8 - n / 50} for n in (1, 2, 4)
        ]
        document = {"case": case_to_dict(made), "probability": 0.7, "near": near, "left_out": 1}
        candidates.append({
            "id": number + 1, "conversation_id": f"K-{number:06d}", "messages": 4, "version": 1,
            "document": document if waits else {}, "state": "waiting" if waits else "rejected",
            "made_at": END - timedelta(days=2), "at": None if waits else END - timedelta(days=1),
            "who": None if waits else "maria", "reason": None if waits else "told already",
        })  # fmt: skip
    grants = [
        {
            "id": f"grant-{n}", "at": span[0] + span[1] * (n / 2000), "hundredths": 1000, "unit": "EUR",
            "kind": chance.choice(("refund", "voucher")), "article": "A-00049#part-1",
            "who": f"agent {n % 9}", "why": "late",
        }
        for n in range(2000)
    ]  # fmt: skip
    yield from (("feedback", verdicts), ("review_candidate", candidates), ("grants", grants))
