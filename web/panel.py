"""The panel beside a conversation in a helpdesk: a narrow page that other origins may frame."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from web.pages import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/panel")
def show_panel(
    request: Request,
    helpdesk: Annotated[Literal["chatwoot", "zendesk"], Query()] = "chatwoot",
) -> HTMLResponse:
    """The panel; the helpdesk tells it in the browser which conversation is open."""
    around = request.app.state.surroundings
    return render(
        "panel.html",
        helpdesk=helpdesk,
        origins=around.panel_origins,
        agent_language=around.agent_language,
    )
