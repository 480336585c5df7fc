"""The page of personal data: what stands and what was replaced, the switches, and erasing a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from knowledge_base.models import Kind
from knowledge_base.personal.fields import FIELDS
from knowledge_base.personal.models import KINDS
from knowledge_base.personal.scanning import Scan, Scanned, scan, scanned
from web.deps import BaseDep, CopilotDep
from web.i18n import gettext, mark
from web.pages import render
from web.personal_api import PersonJson
from web.schemas import Schema

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
PART = 100
"""Records read for one page: what they hold is found anew each time."""
WORDS = {
    "email": mark("e-mail"),
    "card": mark("payment card"),
    "iban": mark("IBAN"),
    "ip": mark("IP address"),
    "url": mark("personal link"),
    "phone": mark("phone"),
    "national_id": mark("national number"),
    "customer_id": mark("customer number"),
    "order_id": mark("order number"),
    "tracking_number": mark("tracking number"),
    "address": mark("address"),
    "name": mark("name"),
    "web_page": mark("web page"),
}
FILTERS = {"due": mark("To replace"), "left": mark("Left by a switch"), "replaced": mark("Replaced")}
COUNTED = {
    "conversations": mark("conversations"),
    "messages": mark("messages"),
    "records": mark("records"),
    "versions": mark("versions of records"),
    "suggestions": mark("suggestions"),
    "feedback": mark("feedback"),
    "promises": mark("promises"),
    "grants": mark("grants"),
    "deliveries": mark("messages of helpdesks"),
    "translations": mark("approved translations"),
    "exceptions": mark("exceptions"),
    "rounds": mark("rounds of practice"),
    "candidates": mark("candidates for cases"),
    "decisions": mark("decisions on gaps"),
}
Shown = Literal["due", "left", "replaced"]


class Chosen(Schema):
    """Which records to show, from where on."""

    show: Shown = "due"
    after: str | None = None


@dataclass(frozen=True, slots=True)
class RowView:
    """A record that holds something of the chosen sort, with how much of which kind."""

    kind: Kind
    id: str
    title: str
    facts: str


@router.get("/personal-data")
def show_personal(base: BaseDep, chosen: Annotated[Chosen, Query()]) -> HTMLResponse:
    """What is found, record by record; no value until it is asked for."""
    done, rules = scan(base, after=chosen.after, limit=PART), base.personal.rules()
    return render(
        "personal.html",
        kinds=[
            (_words(kind), done.due[kind], done.standing[kind] - done.due[kind], done.replaced[kind])
            for kind in KINDS
            if done.standing[kind] or done.replaced[kind]
        ],
        rows=_rows(done, chosen.show),
        read=done.read,
        next=done.next,
        shown=chosen.show,
        filters=[(name, gettext(words)) for name, words in FILTERS.items()],
        columns=[(kind, _words(kind)) for kind in KINDS],
        switches=[(field, [(kind, kind in rules.kinds(field)) for kind in KINDS]) for field in FIELDS],
        words={kind: _words(kind) for kind in WORDS},
        exceptions=base.personal.exceptions(),
    )


@router.get("/fragments/personal-data/{kind}/{record_id:path}")
def show_record(kind: Kind, record_id: str, base: BaseDep) -> HTMLResponse:
    """What stands in one record, with the text around it."""
    found = scanned(base.get(kind, record_id), base.personal.rules())
    return render("personal_record.html", found=found, words={kind: _words(kind) for kind in WORDS})


@router.post("/fragments/erasures")
def show_traces(person: PersonJson, copilot: CopilotDep) -> HTMLResponse:
    """What erasing a customer would remove."""
    traces = copilot.eraser.preview(person.person())
    counts = [(gettext(COUNTED[name]), count) for name, count in traces.counts().items() if count]
    pairs = [(_words(kind), value) for kind, value in sorted(traces.values.pairs)]
    return render("personal_traces.html", traces=traces, counts=counts, pairs=pairs)


def _words(kind: str) -> str:
    return gettext(WORDS[kind])


def _rows(done: Scan, show: Shown) -> list[RowView]:
    rows = ((one, _counted(one, show)) for one in done.records)
    return [
        RowView(one.kind, one.id, one.title if one.title != one.id else "", ", ".join(_facts(counts)))
        for one, counts in rows
        if counts
    ]


def _counted(one: Scanned, show: Shown) -> dict[str, int]:
    if show == "replaced":
        return one.replaced
    counts: dict[str, int] = {}
    for found in one.standing:
        if found.due is (show == "due"):
            counts[found.found.kind] = counts.get(found.found.kind, 0) + 1
    return counts


def _facts(counts: dict[str, int]) -> list[str]:
    return [f"{count} × {_words(kind)}" for kind, count in counts.items()]
