"""The page of duplicates: cases told more than once, to merge, and what contradicts what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from copilot.curation.contradictions import Contradiction, Differs
from copilot.curation.desk import Found
from copilot.curation.duplicates import Group
from web.deps import CopilotDep
from web.i18n import gettext, mark
from web.pages import render
from web.words import direction, plain

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_SHOWN = 100
"""Groups and contradictions on the page, each: more would not be read, and the surest come first."""
WAIT = 2.0
"""Seconds after which the page shows how far the look is."""
DIFFERS: Mapping[Differs, str] = {
    "amount": mark("Another amount"),
    "percent": mark("Another percentage"),
    "time": mark("Another period"),
    "workdays": mark("Another number of working days"),
    "months": mark("Another number of months"),
    "refused": mark("Allowed here, refused there"),
}


@router.get("/duplicates")
def show_duplicates() -> HTMLResponse:
    """The page; its script asks for what was found, since looking may take a while."""
    return render("duplicates.html")


@router.get("/fragments/duplicates")
def show_found(copilot: CopilotDep) -> HTMLResponse:
    """What is told more than once, and what contradicts what; how far it is looked, while it is."""
    seen = copilot.curation.seen(datetime.now(UTC).date(), wait=WAIT)
    found, done = seen.found or Found((), ()), seen.looking
    return render(
        "duplicates_found.html",
        looked=seen.found is not None,
        looking=done and {"done": done[0], "total": done[1], "share": f"{done[0] / max(done[1], 1):.0%}"},
        groups=[_group(group) for group in found.groups[:MOST_SHOWN]],
        contradictions=[_contradiction(one) for one in found.contradictions[:MOST_SHOWN]],
        more=max(len(found.groups), len(found.contradictions)) > MOST_SHOWN,
    )


def _group(group: Group) -> dict[str, Any]:
    worked, tried = group.tries
    return {
        "id": group.cases[0].id,
        "title": group.cases[0].title or plain(group.cases[0].category or group.cases[0].id),
        "sure": f"{group.likeness:.0%}",
        "worked": worked,
        "tried": tried,
        "cases": [
            {
                "id": case.id,
                "title": case.title or "",
                "problem": case.problem,
                "resolution": case.resolution,
                "lang": case.language,
                "dir": direction(case.language),
            }
            for case in group.cases
        ],
    }


def _contradiction(one: Contradiction) -> dict[str, Any]:
    return {"differs": gettext(DIFFERS[one.differs]), "said": (_said(one.first), _said(one.second))}


def _said(statement: Any) -> dict[str, Any]:
    kind, _, name = statement.source.partition(":")
    return {"source": name, "clause": kind == "article", "text": statement.text}
