"""The agent's page, and the parts of it that arrive later."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, Field

from copilot import __version__
from copilot.understand.language import DEFAULT_LANGUAGES
from knowledge_base.conversations import conversation_to_dict
from knowledge_base.models import Conversation
from web.api import read_conversation, sample, samples
from web.conversations import ConversationView, conversation_view
from web.deps import BaseDep, CopilotDep, MetricsDep
from web.pasted import conversation_from_text
from web.promises import promise_views
from web.schemas import ConversationJson, Written
from web.views import suggestion_view

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MAX_PASTED = 500_000
MOST_PROMISES = 500
"""Promises on one page: more would not be read, and those due first come first."""
FILTERS = {
    "open": "Open",
    "overdue": "Overdue",
    "kept": "Kept",
    "broken": "Broken",
    "withdrawn": "No promise",
}


class Pasted(BaseModel):
    """What an agent pasted."""

    text: Annotated[Written, Field(max_length=MAX_PASTED)]


@router.get("/")
def show_page(
    request: Request, conversation: Annotated[str | None, Query(max_length=200)] = None
) -> HTMLResponse:
    """The page, with a sample conversation opened if one is named."""
    opened = _opened(conversation) if conversation is not None else None
    return render(
        "page.html",
        inbox=_inbox(),
        opened=opened,
        chosen=conversation,
        agent_language=request.app.state.agent_language,
        languages=DEFAULT_LANGUAGES,
        version=__version__,
    )


@router.get("/promises")
def show_promises(
    base: BaseDep, show: Literal["open", "overdue", "kept", "broken", "withdrawn"] = "open"
) -> HTMLResponse:
    """What customers were promised: overdue first, then by due time."""
    book = base.promises
    state = "open" if show == "overdue" else show
    found = book.list(state=state, overdue=show == "overdue", limit=MOST_PROMISES)
    views = promise_views(found, book.clock())
    return render(
        "promises.html",
        promises=views,
        overdue=sum(one.overdue for one in views),
        more=len(views) == MOST_PROMISES,
        shown=show,
        filters=FILTERS.items(),
        openable=samples().keys(),
    )


@router.get("/fragments/conversations/{sample_id}")
def show_sample(sample_id: str) -> HTMLResponse:
    """A sample conversation's messages."""
    return render("conversation.html", opened=_opened(sample_id))


@router.post("/fragments/conversations")
def show_pasted(pasted: Pasted) -> HTMLResponse:
    """A pasted conversation's messages."""
    return render("conversation.html", opened=_open(conversation_from_text(pasted.text), None))


@router.post("/fragments/suggestions")
def show_suggestion(conversation: ConversationJson, copilot: CopilotDep, metrics: MetricsDep) -> HTMLResponse:
    """What to answer, with where it comes from."""
    suggestion = copilot.suggest(read_conversation(conversation))
    metrics.suggestions.labels(suggestion.reason or "none").inc()
    articles = copilot.knowledge.get_many("article", [p.article_id for p in suggestion.passages])
    manner = {"tone": conversation.tone, "length": conversation.length}
    view = suggestion_view(suggestion, articles)
    return render("suggestion.html", view=view, manner=manner, polishes=copilot.polishes)


def _opened(sample_id: str) -> dict[str, Any]:
    found = sample(sample_id)
    return _open(read_conversation(found.conversation), found.title)


def _open(conversation: Conversation, title: str | None) -> dict[str, Any]:
    return {"view": conversation_view(conversation, title), "document": conversation_to_dict(conversation)}


@lru_cache(maxsize=1)
def _inbox() -> list[tuple[str, ConversationView]]:
    found = samples().values()
    return [(one.id, conversation_view(read_conversation(one.conversation), one.title)) for one in found]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, **values: Any) -> HTMLResponse:
    """A page or a part of one from its template."""
    # `no-store`: a page holds what a customer wrote, and a shared machine's cache should not.
    body = _environment().get_template(name).render(**values)
    return HTMLResponse(body, headers={"cache-control": "no-store"})
