"""The agent's page, and the parts of it that arrive later."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, Field

from copilot import __version__
from copilot.helpdesks.desk import ELSEWHERE
from copilot.models import Suggestion
from copilot.repeats import digest_of
from copilot.understand.language import DEFAULT_LANGUAGES
from knowledge_base.conversation_heads import ConversationState
from knowledge_base.models import Conversation, Emotion
from knowledge_base.store import KnowledgeBase
from web.api import read_conversation
from web.conversations import NEWEST, ConversationView, conversation_view, message_views
from web.conversations_api import ConversationId
from web.deps import Assistant, BaseDep, CopilotDep, MetricsDep
from web.heads import head_view
from web.i18n import INTERFACE, day, gettext, interface, mark, ngettext
from web.key_list import KEYS
from web.pasted import conversation_from_text
from web.promises import promise_views
from web.schemas import ConversationJson, Written
from web.views import suggestion_view
from web.words import emotion_words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MAX_PASTED = 500_000
MOST_PROMISES = 500
"""Promises on one page: more would not be read, and those due first come first."""
PAGES = (
    ("/", mark("Conversations")),
    ("/promises", mark("Promises")),
    ("/practice", mark("Practice")),
    ("/knowledge", mark("Knowledge")),
    ("/review", mark("Review")),
    ("/bring-in", mark("Bring in")),
    ("/stale", mark("To look over")),
    ("/duplicates", mark("Duplicates")),
    ("/checks", mark("Checks")),
    ("/gaps", mark("Gaps")),
    ("/templates", mark("Templates")),
    ("/personal-data", mark("Personal data")),
    ("/insight", mark("Insight")),
)
"""What the menu of every page leads to."""
FILTERS = {
    "open": mark("Open"),
    "overdue": mark("Overdue"),
    "kept": mark("Kept"),
    "broken": mark("Broken"),
    "withdrawn": mark("No promise"),
}


class Pasted(BaseModel):
    """What an agent pasted."""

    text: Annotated[Written, Field(max_length=MAX_PASTED)]


class Shown(BaseModel):
    """What the agent has before them already: the digest of a suggestion."""

    seen: Annotated[str | None, Field(max_length=64)] = None


class Listed(BaseModel):
    """Which conversations the list shows, and how many of them."""

    state: ConversationState = "open"
    limit: Annotated[int, Field(ge=1, le=2000)] = 60


_LISTED = Listed()


@router.get("/")
def show_page(
    request: Request,
    copilot: CopilotDep,
    conversation: Annotated[str | None, Query(max_length=200)] = None,
    chosen: Annotated[Listed, Query()] = _LISTED,
) -> HTMLResponse:
    """The page, with a conversation opened if one is named."""
    return render(
        "page.html",
        inbox=_inbox(copilot.knowledge, chosen),
        opened=_opened(copilot.knowledge, conversation) if conversation is not None else None,
        chosen=conversation,
        agent_language=request.app.state.surroundings.agent_language,
        languages=DEFAULT_LANGUAGES,
        version=__version__,
        keys_shown=KEYS,
    )


@router.get("/fragments/inbox")
def show_inbox(base: BaseDep, chosen: Annotated[Listed, Query()]) -> HTMLResponse:
    """The list of conversations."""
    return render("inbox.html", inbox=_inbox(base, chosen), chosen=None)


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
        openable=base.conversations.known(one.conversation for one in views),
    )


@router.get("/fragments/conversations/{conversation_id}")
def show_conversation(conversation_id: ConversationId, base: BaseDep) -> HTMLResponse:
    """A conversation's newest messages."""
    return render("conversation.html", view=_opened(base, conversation_id))


@router.get("/fragments/conversations/{conversation_id}/messages")
def show_messages(
    conversation_id: ConversationId,
    base: BaseDep,
    after: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    before: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
) -> HTMLResponse:
    """The messages from number `after` on, or the newest of those before number `before`."""
    if before is not None:
        stored = base.conversations.read(conversation_id, start=max(0, before - NEWEST), end=before)
    else:
        stored = base.conversations.read(conversation_id, start=after or 0)
    return render("messages.html", messages=message_views(stored))


@router.post("/fragments/conversations")
def show_pasted(pasted: Pasted, copilot: CopilotDep) -> HTMLResponse:
    """A pasted conversation, which is kept from now on."""
    told = conversation_from_text(pasted.text)
    if told.id is None:
        told = replace(
            told, id=f"pasted-{uuid.uuid4().hex[:12]}", title=told.title or gettext("Pasted conversation")
        )
    received = copilot.inbox.receive(told)
    return render("conversation.html", view=_opened(copilot.knowledge, received.id))


@router.post("/fragments/conversations/{conversation_id}/suggestion")
def show_stored_suggestion(
    conversation_id: ConversationId, shown: Shown, copilot: CopilotDep, metrics: MetricsDep
) -> Response:
    """What to answer to a conversation as it stands now; 204 where that only repeats what is shown."""
    stored, suggestion = copilot.inbox.suggestion(conversation_id)
    metrics.suggestions.labels(suggestion.reason or "none").inc()
    if shown.seen is not None and shown.seen == digest_of(suggestion):
        return Response(status_code=204)
    return _suggestion(suggestion, stored.conversation, copilot, sends=_sends(copilot, conversation_id))


@router.post("/fragments/suggestions")
def show_suggestion(conversation: ConversationJson, copilot: CopilotDep, metrics: MetricsDep) -> HTMLResponse:
    """What to answer to a conversation that isn't kept, with where it comes from."""
    told = read_conversation(conversation)
    suggestion = copilot.suggest(told)
    metrics.suggestions.labels(suggestion.reason or "none").inc()
    return _suggestion(suggestion, told, copilot, sends="")


def _suggestion(
    suggestion: Suggestion, conversation: Conversation, copilot: Assistant, *, sends: str
) -> HTMLResponse:
    articles = copilot.knowledge.get_many("article", [p.article_id for p in suggestion.passages])
    return render(
        "suggestion.html",
        view=suggestion_view(suggestion, articles, conversation.corrections),
        digest=digest_of(suggestion),
        manner={"tone": conversation.tone, "length": conversation.length},
        polishes=copilot.polishes,
        sends=sends,
        emotions=[(emotion.value, emotion_words(emotion.value)) for emotion in Emotion],
    )


def _sends(copilot: Assistant, conversation_id: str) -> str:
    """How a reply goes out: as a `note` where the conversation lives in a helpdesk, else as a `reply`.

    Not at all where it lives in one that takes no notes: there the agent sends it.
    """
    if copilot.helpdesks.of(conversation_id):
        return "note"
    return "" if conversation_id.partition("-")[0] in ELSEWHERE else "reply"


def _opened(base: KnowledgeBase, conversation_id: str) -> ConversationView:
    return conversation_view(base.conversations.read(conversation_id, start=-NEWEST))


def _inbox(base: KnowledgeBase, chosen: Listed) -> dict[str, Any]:
    """The list, whether it goes on, and the newest change that it shows."""
    log = base.conversations
    seq = log.last_seq()  # before the list, so that no change falls between the two
    heads, now = log.heads(chosen.state, limit=chosen.limit + 1), log.clock()
    return {
        "items": [head_view(head, now) for head in heads[: chosen.limit]],
        "more": len(heads) > chosen.limit,
        "seq": seq,
        "state": chosen.state,
        "limit": chosen.limit,
    }


@lru_cache(maxsize=8)
def modules_of(page: str) -> tuple[str, ...]:
    """The scripts that a page's own imports, and they in turn: named at once, they load side by side."""
    static, found, left = Path(__file__).parent / "static", set[str](), [page]
    while left:
        script = (static / f"{left.pop()}.js").read_text(encoding="utf-8")
        new = set(re.findall(r'from "\./(\w+)\.js"', script)) - found
        found |= new
        left += new
    return tuple(sorted(found))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("web"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {
        "interface": interface, "interfaces": INTERFACE, "pages": PAGES, "day": day, "modules_of": modules_of,
    }  # fmt: skip
    return environment


def render(name: str, **values: Any) -> HTMLResponse:
    """A page or a part of one from its template."""
    # `no-store`: a page holds what a customer wrote, and a shared machine's cache should not.
    body = _environment().get_template(name).render(**values)
    return HTMLResponse(body, headers={"cache-control": "no-store"})
