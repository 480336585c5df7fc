"""The page of what has gone stale in the knowledge."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from web.deps import CopilotDep
from web.i18n import mark
from web.knowledge import address_of
from web.pages import render
from web.stale_api import read_stale

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
KINDS = {
    "case": mark("case"),
    "article": mark("translation"),
    "template": mark("template"),
    "conversation": mark("conversation going on"),
}

LINKING = KINDS | {"article": mark("policy")}


@router.get("/stale")
def show_stale(copilot: CopilotDep) -> HTMLResponse:
    """What hangs on changed policy, what is overdue, leads to nothing, or is older than its policy."""
    return render("stale.html", stale=read_stale(copilot), kinds=KINDS, linking=LINKING, address=_address)


def _address(kind: str, record_id: str) -> str:
    if kind == "conversation":
        return f"/?conversation={quote(record_id, safe='')}"
    return address_of(kind, record_id)  # type: ignore[arg-type]
