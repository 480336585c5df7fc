"""The page of the checks: all that the last run over the knowledge found, by check, with what to do."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from knowledge_base.codec import parse_time
from web.checks_api import Wanted, run_json
from web.deps import CopilotDep
from web.findings import NAMES, SEVERITIES, advice_on, found_view
from web.i18n import day, gettext
from web.pages import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_SHOWN = 200
"""Findings of one check on the page; the API has all."""
ORDER = list(NAMES)
_ALL = Wanted()


@router.get("/checks")
def show_checks() -> HTMLResponse:
    """The page; its script asks for what was found, and again while checks are going on."""
    return render("checks.html")


@router.get("/fragments/checks")
def show_run(copilot: CopilotDep, wanted: Annotated[Wanted, Query()] = _ALL) -> HTMLResponse:
    """What the last run found, of one severity where one is chosen."""
    run = run_json(copilot.checks, _ALL)
    told = Counter(one.severity for one in run.findings)
    shown = [one for one in run.findings if wanted.severity in (None, one.severity)]
    ranked = sorted(shown, key=lambda one: ORDER.index(one.check))
    groups = [(check, list(found)) for check, found in groupby(ranked, key=lambda one: one.check)]
    severities = [(name, gettext(words), told[name]) for name, words in SEVERITIES.items()]
    return render(
        "checks_found.html",
        run=run,
        when=day(parse_time(run.at), time=True, year=True) if run.at else "",
        severities=severities,
        chosen=wanted.severity,
        groups=[
            {
                "check": check,
                "name": gettext(NAMES[check]),
                "advice": advice_on(check),
                "count": len(found),
                "findings": found_view(found[:MOST_SHOWN]),
                "more": max(0, len(found) - MOST_SHOWN),
            }
            for check, found in groups
        ],
    )
