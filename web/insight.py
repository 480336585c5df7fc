"""The page of insight: each measure as a chart that is a table too, with what it means where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from copilot.insight.desk import GroupBy, Table
from copilot.insight.figures import Figure
from copilot.insight.rises import Rise
from copilot.understand.language import DEFAULT_LANGUAGES
from knowledge_base.tallies import Span
from web.deps import CopilotDep
from web.i18n import gettext, mark
from web.insight_words import BY, MEANING, MISSING, TITLES, group_words, range_words, value_words
from web.pages import render
from web.words import language_name, plain

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Period = Literal["4", "12", "52", "all"]
PERIODS: dict[Period, str] = {
    "4": mark("4 weeks"), "12": mark("12 weeks"), "52": mark("a year"), "all": mark("the whole time"),
}  # fmt: skip
MOST_BARS, MOST_WEEKS = 12, 53
LEAST_POINTS = -100.0
"""Where the scale of points begins."""
WIDTH, HEIGHT = 600.0, 120.0


@dataclass(frozen=True, slots=True)
class Row:
    """A group as a bar: places on the bar are 0 to 100, None where too few rows tell."""

    group: str
    value: str
    range: str
    n: int | None
    bar: float | None
    low: float | None
    high: float | None


@router.get("/insight")
def show_insight(
    copilot: CopilotDep,
    by: GroupBy = "category",
    period: Period = "all",
    category: Annotated[str, Query(max_length=200)] = "",
    language: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """All measures, and the issues that rise."""
    insight, base = copilot.insight, copilot.knowledge
    today = insight.clock().date()
    first = None if period == "all" else today - timedelta(weeks=int(period))
    since = datetime.combine(first, time(), UTC) if first else None
    span = Span(since, None, category or None, language or None)
    asked = {"by": by, "since": first, "category": category, "language": language}
    return render(
        "insight.html",
        tables=[_view(one) for one in insight.tables(span, by)],
        rises=[_rise(one) for one in insight.rises()],
        query=urlencode({name: value for name, value in asked.items() if value}),
        chosen={"by": by, "period": period, "category": category, "language": language},
        choices={
            "by": [(name, gettext(words)) for name, words in BY.items()],
            "period": [(name, gettext(words)) for name, words in PERIODS.items()],
            "category": [("", gettext("all")), *((c, plain(c)) for c in sorted(base.categories("case")))],
            "language": [("", gettext("all")), *((one, language_name(one)) for one in DEFAULT_LANGUAGES)],
        },
    )


def _view(table: Table) -> dict[str, Any]:
    figures = table.figures[-MOST_WEEKS:] if table.by == "week" else table.figures
    top = _top(table)
    return {
        "name": table.name,
        "title": gettext(TITLES[table.name]),
        "meaning": gettext(MEANING[table.name]),
        "missing": gettext(MISSING[table.missing]) if table.missing else "",
        "unit": table.unit,
        "total": _row(table, table.total, top) if table.total else None,
        "line": _line(table, figures, top) if table.by == "week" else None,
        "top": value_words(table.unit, top),
        "least": value_words("points", LEAST_POINTS) if table.unit == "points" else "0",
        "rows": [_row(table, one, top) for one in figures[:MOST_BARS]] if table.by != "week" else [],
        "rest": [_row(table, one, top) for one in (figures if table.by == "week" else figures[MOST_BARS:])],
    }


def _top(table: Table) -> float:
    """Where the scale ends: scales begin at 0, so that lengths compare; that of points at -100."""
    if table.unit == "score":
        return 5.0
    if table.unit == "points":
        return 100.0
    if table.unit == "share":
        most = max([one.high for one in table.figures if one.high], default=1.0)
        return next(top for top in (0.1, 0.25, 0.5, 1.0) if most <= top)
    return max([one.value for one in table.figures if one.value], default=1.0)


def _row(table: Table, one: Figure, top: float) -> Row:
    def place(value: float | None) -> float | None:
        return None if value is None else round(100 * _along(table, value, top), 1)

    if one.value is None:
        return Row(group_words(table, one.group), gettext("fewer than 5"), "", None, None, None, None)
    words = group_words(table, one.group) if one is not table.total else ""
    told = value_words(table.unit, one.value)
    ranged = range_words(table.unit, one)
    return Row(words, told, ranged, one.n, place(one.value), place(one.low), place(one.high))


def _along(table: Table, value: float, top: float) -> float:
    """How far along the scale a value lies, 0 to 1."""
    least = LEAST_POINTS if table.unit == "points" else 0.0
    return min((value - least) / (top - least), 1.0)


def _line(table: Table, figures: tuple[Figure, ...], top: float) -> list[str]:
    """Points of a line for each run of weeks that tell, in the chart's units; weeks that don't are gaps."""
    if not figures or not any(one.value is not None for one in figures):
        return []
    days = [datetime.fromisoformat(one.group or "").toordinal() for one in figures]
    step = WIDTH / max(days[-1] - days[0], 1)
    runs: list[list[str]] = [[]]
    for at, (here, one) in enumerate(zip(days, figures, strict=True)):
        if one.value is None or (at and here - days[at - 1] > 7):
            runs.append([])
        if one.value is not None:
            x, y = (here - days[0]) * step, HEIGHT * (1 - _along(table, one.value, top))
            runs[-1].append(f"{x:.1f},{y:.1f}")
    return [" ".join(run if len(run) > 1 else run * 2) for run in runs if run]


def _rise(one: Rise) -> dict[str, str]:
    return {
        "what": plain(one.category),
        "why": gettext(
            "%(seen)s in the last %(minutes)s minutes; usual at this hour: %(usual)s",
            seen=one.seen, minutes=one.minutes, usual=f"{one.expected:.1f}",
        ),
    }  # fmt: skip
