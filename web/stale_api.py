"""What has gone stale in the knowledge, over HTTP, and that somebody looked it over."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from copilot.checking.book import Run
from copilot.checking.finding import record_of
from copilot.staleness import stale_citations
from knowledge_base.codec import format_time
from knowledge_base.dependence import Dependant
from web.api import PROBLEMS
from web.deps import ActorDep, BaseDep, CopilotDep
from web.i18n import gettext
from web.schemas import Schema, Time

router = APIRouter(prefix="/api/v1", tags=["knowledge"], responses=PROBLEMS)
MOST = 1000
"""Of each sort told at once; what is mended makes room for more."""
MOST_OF_ONE = 200
"""Told of one changed article at once; `GET …/dependants` has all."""


class DependantJson(Schema):
    """Something that hangs on an article, `named` as it names it. `waits`: to be looked over."""

    kind: str
    id: str
    title: str | None
    named: str
    waits: bool
    touched_at: Time
    reviewed_at: Time | None
    reviewed_by: str | None


class Dependants(Schema):
    """What hangs on an article."""

    items: list[DependantJson]


class ChangedJson(Schema):
    """A changed article with what is to be looked over since; `more`: it isn't all."""

    article_id: str
    title: str | None
    changed_at: Time
    dependants: list[DependantJson]
    more: bool = False


class OverdueJson(Schema):
    """An article that was to be reviewed."""

    article_id: str
    title: str
    review_by: str


class CitationJson(Schema):
    """A record that names policy. `since`: the day from which that is in force, later than the case."""

    kind: str
    id: str
    named: str
    since: str | None = None


class LinkJson(Schema):
    """A record with a link on the web that led nowhere when the checks last followed links."""

    kind: str
    id: str
    message: str


class StaleJson(Schema):
    """What hangs on changed policy, overdue reviews, dead references, cases older than their policy.

    And broken links, as the last run of the checks found them (`PRECEDENT_FOLLOW_LINKS`). `more`: there may
    be more changed articles.
    """

    waiting: list[ChangedJson]
    overdue: list[OverdueJson]
    dead: list[CitationJson]
    older: list[CitationJson]
    links: list[LinkJson]
    more: bool = False


class Reviewed(Schema):
    """A record that somebody found right as it is."""

    kind: Literal["case", "article", "template", "question"]
    id: str = Field(min_length=1, max_length=200)
    note: str | None = Field(None, max_length=1000)


class ReviewedAt(Schema):
    """When it was kept."""

    at: Time


@router.get("/stale")
def read_stale(copilot: CopilotDep) -> StaleJson:
    """What has to be looked after, most urgent first."""
    base = copilot.knowledge
    waiting: list[ChangedJson] = []
    room = MOST
    for article, found in base.dependence.waiting(limit=MOST_OF_ONE + 1):
        told = found[: min(MOST_OF_ONE, room)]
        room -= len(told)
        waiting.append(
            ChangedJson(
                article_id=article.id,
                title=article.title,
                changed_at=format_time(article.at),
                dependants=[dependant_json(one, waits=True) for one in told],
                more=len(found) > len(told),
            )
        )
        if not room:
            break
    late = base.dependence.overdue(base.dependence.clock().date())
    overdue = [OverdueJson(article_id=one.id, title=one.title, review_by=str(one.review_by)) for one in late]
    dead: list[CitationJson] = []
    older: list[CitationJson] = []
    for stale in stale_citations(base, limit=MOST):
        one = stale.citation
        citation = CitationJson(
            kind=one.kind, id=one.record_id, named=one.named, since=str(stale.since) if stale.since else None
        )
        (dead if stale.dead else older).append(citation)
    links = _links(copilot.checks.last())
    return StaleJson(waiting=waiting, overdue=overdue, dead=dead, older=older, links=links, more=not room)


@router.get("/articles/{article_id:path}/dependants")
def read_dependants(article_id: str, base: BaseDep) -> Dependants:
    """What hangs on an article."""
    base.version("article", article_id)
    changed = next((one.at for one in base.dependence.changed(article_id=article_id)), None)
    items = [
        dependant_json(one, waits=changed is not None and one.waits(changed))
        for one in base.dependence.on(article_id)
    ]
    return Dependants(items=items)


@router.post("/stale/reviews", status_code=201)
def review(reviewed: Reviewed, base: BaseDep, actor: ActorDep) -> ReviewedAt:
    """Keep that a record was looked over and is right as it is."""
    at = base.dependence.review(reviewed.kind, reviewed.id, who=actor, note=reviewed.note)
    return ReviewedAt(at=format_time(at))


def _links(run: Run | None) -> list[LinkJson]:
    told: list[LinkJson] = []
    for one in run.findings if run else ():
        named = record_of(one.subject)
        if (one.check, one.severity) == ("broken_link", "warning") and named and len(told) < MOST:
            told.append(LinkJson(kind=named[0], id=named[1], message=gettext(one.message)))
    return told


def dependant_json(one: Dependant, *, waits: bool) -> DependantJson:
    """A dependant as it is told."""
    return DependantJson(
        kind=one.kind,
        id=one.id,
        title=one.title,
        named=one.named,
        waits=waits,
        touched_at=format_time(one.touched_at),
        reviewed_at=format_time(one.reviewed_at) if one.reviewed_at else None,
        reviewed_by=one.reviewed_by,
    )
