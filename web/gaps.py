"""The page of gaps: what nothing answers, with what to write; what is slow; what is never used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from copilot.gaps.clusters import FEWEST
from copilot.gaps.models import Basis, Gap, OpenGap, Share, Slow, UnusedKind
from copilot.gaps.proposals import Proposal
from copilot.gaps.reckon import RECENT, WEEKS
from copilot.gaps.slow import FEWEST as FEWEST_CASES
from copilot.gaps.trend import Way
from copilot.gaps.unused import FEWEST as FEWEST_SHOWN
from knowledge_base.gap_decisions import DecisionState, StoredDecision
from knowledge_base.models import Kind
from knowledge_base.store import KnowledgeBase
from web.deps import CopilotDep
from web.gaps_api import GapId
from web.i18n import day, gettext, mark, ngettext
from web.insight_words import value_words
from web.knowledge import KINDS, address_of
from web.pages import render
from web.words import direction, language_name, plain

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_SHOWN = 30
"""Gaps on the page, the largest: what is written for makes room. The API has all."""
MOST_UNUSED = 15
WAYS: Mapping[Way, str] = {
    "up": mark("more often than before"),
    "down": mark("less often than before"),
    "level": mark("about as often as before"),
    "too_few": mark("too few to say whether more or less often"),
}
DECIDED: Mapping[DecisionState, str] = {
    "dismissed": mark("%(who)s let it be on %(when)s"),
    "accepted": mark("%(who)s began to write for it on %(when)s"),
}


@router.get("/gaps")
def show_gaps() -> HTMLResponse:
    """The page; its script asks for what was found, since looking may take a while."""
    return render("gaps.html")


@router.get("/fragments/gaps")
def show_found(copilot: CopilotDep, anew: Annotated[bool, Query()] = False) -> HTMLResponse:
    """What was found, with the gaps that wait."""
    desk = copilot.gaps
    found, waiting = desk.found(anew=anew), desk.open()
    return render(
        "gaps_found.html",
        basis=_basis(found.basis),
        found_at=day(found.at, time=True),
        weeks=WEEKS,
        fewest={"asked": FEWEST, "cases": FEWEST_CASES, "shown": FEWEST_SHOWN},
        gaps=_gaps(waiting[:MOST_SHOWN], copilot.knowledge),
        more=len(waiting) - MOST_SHOWN,
        answered=[one.name for one in found.gaps if one.answered],
        decided=[_decision(one) for one in desk.decided()],
        slow=[_slow(one) for one in found.slow],
        too_few=found.too_few_cases,
        unused=[_unused(one) for one in found.unused],
    )


@router.get("/fragments/gaps/{gap_id}/proposal")
def show_proposal(gap_id: GapId, copilot: CopilotDep) -> HTMLResponse:
    """What to write for a gap."""
    return render("gaps_proposal.html", proposal=_proposal(copilot.gaps.proposal(gap_id)))


def _basis(basis: Basis) -> dict[str, Any]:
    return {
        "words": gettext(
            "Conversations since %(since)s in which the copilot was asked something: %(asked)s. Nothing was "
            "shown in %(nothing)s, all that was shown was rejected or told wrong in %(rejected)s.",
            since=day(basis.since, year=True),
            asked=basis.asked,
            nothing=basis.nothing,
            rejected=basis.rejected,
        ),
        "asked": basis.asked,
        "singles": basis.singles,
        "apart": basis.apart,
    }


def _gaps(waiting: Sequence[OpenGap], base: KnowledgeBase) -> list[dict[str, Any]]:
    """The gaps; conversations that aren't kept can't be opened."""
    known = base.conversations.known(each.conversation for one in waiting for each in one.gap.samples)
    return [_gap(one, known) for one in waiting]


def _gap(one: OpenGap, known: Collection[str]) -> dict[str, Any]:
    gap, before = one.gap, one.before
    return {
        "id": gap.id,
        "name": gap.name,
        "facts": list(_facts(gap)),
        "trend": gettext(
            "%(recent)s in the last %(weeks)s weeks, %(before)s in the %(weeks)s before: %(way)s",
            recent=gap.trend.recent, before=gap.trend.before, weeks=RECENT, way=gettext(WAYS[gap.trend.way]),
        ),
        "way": gap.trend.way,
        "miss": _miss(gap),
        "questions": gap.questions,
        "samples": [_opened(each.conversation) for each in gap.samples if each.conversation in known],
        "solved": len(gap.solved),
        "before": _decision(before) if before else None,
        "fresh": one.fresh,
    }  # fmt: skip


def _facts(gap: Gap) -> list[str]:
    nothing, rejected = gap.why("nothing"), gap.why("rejected")
    told = [ngettext("%(num)s conversation", "%(num)s conversations", len(gap.members))]
    if rejected:
        told.append(gettext("nothing shown in %(n)s", n=nothing))
        told.append(gettext("all that was shown rejected in %(n)s", n=rejected))
    if gap.category:
        told.append(plain(gap.category))
    named = ((language_name(code) if code else gettext("language not told"), n) for code, n in gap.languages)
    return [*told, ", ".join(f"{name} {n}" if len(gap.languages) > 1 else name for name, n in named)]


def _miss(gap: Gap) -> dict[str, str] | None:
    if gap.miss is None:
        return None
    address = address_of(gap.miss.kind, gap.miss.id)
    return {"address": address, "title": gap.miss.title, "sure": f"{gap.miss.confidence:.0%}"}


def _opened(conversation: str) -> str:
    return f"/?conversation={quote(conversation, safe='')}"


def _decision(one: StoredDecision) -> dict[str, Any]:
    told = one.decision
    kind, _, name = (told.made or "").partition(":")
    address = address_of("article", name) if kind == "article" else f"/review?candidate={name}"
    return {
        "number": one.id,
        "name": told.name,
        "words": gettext(DECIDED[told.state], who=told.who, when=day(one.at, year=True)),
        "why": told.why or "",
        "address": address if told.made else "",
    }


def _proposal(one: Proposal) -> dict[str, Any]:
    if one.case is not None:
        case = one.case
        return {
            "what": "case", "title": case.title or "", "lang": case.language, "dir": direction(case.language),
            "parts": [(gettext("Problem"), case.problem), (gettext("Resolution"), case.resolution)],
            "steps": case.steps, "opened": _opened(one.conversation or ""),
        }  # fmt: skip
    article = one.article
    assert article is not None
    lines = article.body.splitlines()
    return {
        "what": "article", "title": article.title, "lang": article.language,
        "dir": direction(article.language),
        "headings": [line.removeprefix("## ") for line in lines if line.startswith("## ")],
        "questions": [line.removeprefix("- ") for line in lines if line.startswith("- ")],
    }  # fmt: skip


def _slow(one: Slow) -> dict[str, Any]:
    return {
        "category": plain(one.category),
        "kinds": [
            (kind.name, value_words("minutes", kind.minutes), kind.n, address_of("case", kind.cases[0]))
            for kind in one.kinds
        ],
        "asked": one.asked,
        "hours": "–" if one.hours is None else gettext("%(n)s h", n=f"{one.hours:.0f}"),
        "minutes": _share(one.minutes, lambda value: value_words("minutes", value)),
        "turns": _share(one.turns, lambda value: f"{value:.0f}"),
        "reopened": _share(one.reopened, lambda value: value_words("share", value)),
    }


def _share(one: Share, words: Any) -> dict[str, Any] | None:
    if one.value is None:
        return None
    return {"value": words(one.value), "desk": words(one.desk), "n": one.n, "more": one.more}


def _counts(one: UnusedKind) -> str:
    """The counts in a line; what is none is left out."""
    told = [
        (one.never_shown, gettext("never shown though their kind was asked: %(n)s", n=one.never_shown)),
        (one.never_used, gettext("shown and never used: %(n)s", n=one.never_used)),
        (one.unasked, gettext("nothing of their kind was asked: %(n)s", n=one.unasked)),
        (one.young, gettext("too new to tell: %(n)s", n=one.young)),
        (one.few, gettext("shown too seldom to tell: %(n)s", n=one.few)),
    ]
    published = gettext("published: %(n)s", n=one.published)
    return " · ".join([published, *(words for count, words in told if count)])


def _unused(one: UnusedKind) -> dict[str, Any]:
    kind: Kind = one.kind
    return {
        "kind": kind,
        "words": gettext(KINDS[kind]),
        "facts": _counts(one),
        "rows": [
            {
                "address": address_of(kind, each.id), "id": each.id, "title": each.title or each.id,
                "category": plain(each.category or ""), "shown": each.shown, "asked": each.asked,
            }
            for each in one.items[:MOST_UNUSED]
        ],
    }  # fmt: skip
