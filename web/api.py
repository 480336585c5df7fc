"""The copilot over HTTP: suggestions, checks, polishing, search, detection, translation, feedback, health."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST

from copilot.models import Detection, DraftWarning, Evidence, Suggestion
from copilot.promises.keeping import give_feedback as keep_feedback
from copilot.translation.models import Translation
from knowledge_base.codec import format_time
from knowledge_base.conversations import conversation_from_dict
from knowledge_base.grants import Grant, grant_from_dict, grant_to_dict
from knowledge_base.models import Conversation, Feedback
from knowledge_base.store import StoredFeedback, utcnow
from web.deps import ActorDep, Assistant, BaseDep, CopilotDep, MetricsDep
from web.difference import difference
from web.schemas import (
    About,
    Categories,
    Change,
    CheckAnswer,
    CheckRequest,
    ConversationJson,
    DetectRequest,
    FeedbackAnswer,
    FeedbackEntry,
    FeedbackFilter,
    FeedbackJson,
    FeedbackList,
    GrantEntry,
    GrantFilter,
    GrantList,
    GrantRequest,
    PolishAnswer,
    PolishRequest,
    Problem,
    SearchAnswer,
    SearchHit,
    SearchRequest,
    State,
    TranslationRequest,
    Warning_,
)
from web.words import advice, not_polished

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "the request can't be done as it is"},
    "5XX": {"model": Problem, "description": "the server or something behind it can't do its part now"},
}
agent = APIRouter(prefix="/api/v1", tags=["agent"], responses=PROBLEMS)
# No database counts further.
# Verdicts after which the agent's wording went to the customer.
LEARNED = ("copied", "used", "edited")
FeedbackId = Annotated[int, Path(ge=1, lt=2**63)]
operation = APIRouter(tags=["operation"], responses=PROBLEMS)


def read_conversation(given: ConversationJson) -> Conversation:
    """Check what a conversation means. Raises RecordError naming the field."""
    return conversation_from_dict(given.model_dump(), "request")


def _meant(about: About, copilot: Assistant) -> Conversation:
    if about.conversation is not None:
        return read_conversation(about.conversation)
    assert about.conversation_id is not None  # `About` takes one of the two
    return copilot.knowledge.conversations.read(about.conversation_id).conversation


@agent.post("/suggestions")
def suggest(conversation: ConversationJson, copilot: CopilotDep, metrics: MetricsDep) -> Suggestion:
    """Suggest a reply to a conversation, with its understanding, similar cases, policy and provenance."""
    suggestion = copilot.suggest(read_conversation(conversation))
    metrics.suggestions.labels(suggestion.reason or "none").inc()
    return suggestion


@agent.post("/checks")
def check(request: CheckRequest, copilot: CopilotDep) -> CheckAnswer:
    """Prove a draft that the agent changed: what it says that neither policy nor the conversation backs."""
    found = copilot.check(request.text, _meant(request, copilot), request.suggestion_id)
    return CheckAnswer(warnings=_warnings(found))


@agent.post("/polish")
def polish(request: PolishRequest, copilot: CopilotDep, metrics: MetricsDep) -> PolishAnswer:
    """Reword a draft by the configured language model; what fails the proof leaves it as it is."""
    done = copilot.polish(
        _meant(request, copilot),
        text=request.text,
        suggestion_id=request.suggestion_id,
        language=request.language,
    )
    metrics.polishings.labels(done.reason or "none").inc()
    return PolishAnswer(
        text=done.text,
        polished=done.polished,
        reason=done.reason,
        explanation=not_polished(done.reason) if done.reason else None,
        difference=[Change(kind=kind, text=text) for kind, text in difference(done.draft, done.text)],
        warnings=_warnings(done.warnings),
    )


@agent.post("/search")
def search(request: SearchRequest, copilot: CopilotDep) -> SearchAnswer:
    """Rank cases and sections of articles for a text."""
    found = copilot.search(request.text, kind=request.kind, limit=request.limit)
    return SearchAnswer(results=[_hit(evidence) for evidence in found])


@agent.post("/detect")
def detect(request: DetectRequest, copilot: CopilotDep) -> Detection:
    """Tell a text's language; `language` is null where it can't be told."""
    return copilot.detect(request.text)


@agent.post("/translations")
def translate(request: TranslationRequest, copilot: CopilotDep) -> Translation:
    """Put a text into another language; `flags` tell what the checks found."""
    return copilot.translate(request.text, target=request.target, source=request.source)


@agent.post("/feedback", status_code=201)
def give_feedback(feedback: FeedbackJson, actor: ActorDep, copilot: CopilotDep) -> FeedbackAnswer:
    """Keep what an agent did with a suggestion; of a draft that was sent, what it promises too.

    What was corrected in the customer's version is said so next time.
    """
    return FeedbackAnswer(id=keep_verdict(Feedback(**feedback.model_dump()), copilot, actor))


def keep_verdict(feedback: Feedback, copilot: Assistant, actor: str) -> int:
    """Keep what an agent did, with what it promises and what it teaches; gives its number."""
    kept = keep_feedback(copilot.knowledge, feedback, actor=actor)
    if feedback.item == "customer_draft" and feedback.verdict in LEARNED and feedback.text_after:
        copilot.learn(feedback.suggestion_id, feedback.text_after, who=actor)
    return kept


@agent.get("/feedback")
def list_feedback(base: BaseDep, chosen: Annotated[FeedbackFilter, Query()]) -> FeedbackList:
    """List what agents told, newest first, withdrawn feedback included."""
    found = base.feedback(suggestion_id=chosen.suggestion_id, item=chosen.item, limit=chosen.limit)
    return FeedbackList(items=[_entry(stored) for stored in found])


@agent.delete("/feedback/{feedback_id}")
def withdraw_feedback(feedback_id: FeedbackId, base: BaseDep, actor: ActorDep) -> FeedbackEntry:
    """Take feedback back: it counts no more and stays in the history."""
    return _entry(base.withdraw_feedback(feedback_id, actor=actor))


@agent.post("/grants", status_code=201)
def log_grant(grant: GrantRequest, copilot: CopilotDep, actor: ActorDep) -> GrantEntry:
    """Log a grant; 403 where it is above the agent's authority and nobody approved it."""
    given = grant.model_dump() | {"who": grant.who or actor}
    return _granted(copilot.authority.log(grant_from_dict(given, "request", 1, now=utcnow())))


@agent.get("/grants")
def list_grants(base: BaseDep, chosen: Annotated[GrantFilter, Query()]) -> GrantList:
    """List grants, newest first."""
    kinds = (chosen.kind,) if chosen.kind else ()
    found = base.grants.newest(
        customer=chosen.customer, kinds=kinds, article=chosen.article, limit=chosen.limit
    )
    return GrantList(items=[_granted(grant) for grant in found])


@agent.get("/categories")
def list_categories(base: BaseDep) -> Categories:
    """List what cases and articles are filed under, to correct a conversation's category by."""
    return Categories(items=sorted(base.categories("case") | base.categories("article")))


@operation.get("/healthz")
def healthz() -> State:
    """Tell that the server is alive."""
    return State(status="alive")


@operation.get("/readyz", responses={503: {"model": State, "description": "no index is loaded yet"}})
def readyz(copilot: CopilotDep, response: Response) -> State:
    """Tell whether an index is loaded, so that suggestions can be made."""
    if copilot.ready():
        return State(status="ready")
    response.status_code = 503
    return State(status="no index is loaded; run `precedent index`, or wait while it loads")


@operation.get("/metrics", response_class=Response)
def read_metrics(metrics: MetricsDep) -> Response:
    """Write the server's figures in Prometheus's text format."""
    return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _warnings(found: Sequence[DraftWarning]) -> list[Warning_]:
    return [
        Warning_(
            code=w.code,
            text=w.text,
            start=w.start,
            end=w.end,
            advice=advice(w.code, w.source),
            source=w.source,
        )
        for w in found
    ]


def _hit(evidence: Evidence) -> SearchHit:
    passage = evidence.passage
    return SearchHit(
        kind=passage.kind,
        id=passage.source_id,
        title=passage.title,
        section=passage.heading,
        text=passage.text,
        language=passage.language,
        audience=passage.audience,
        relevance=evidence.relevance,
        confidence=evidence.confidence,
        why=list(evidence.why),
        adjustments=list(evidence.adjustments),
    )


def _granted(grant: Grant) -> GrantEntry:
    return GrantEntry(**grant_to_dict(grant))


def _entry(stored: StoredFeedback) -> FeedbackEntry:
    given, withdrawn = stored.feedback, stored.withdrawn_at
    return FeedbackEntry(
        id=stored.id,
        suggestion_id=given.suggestion_id,
        verdict=given.verdict,
        item=given.item,
        reason=given.reason,
        conversation_id=given.conversation_id,
        actor=stored.actor,
        at=format_time(stored.at),
        withdrawn_at=format_time(withdrawn) if withdrawn else None,
        withdrawn_by=stored.withdrawn_by,
    )
