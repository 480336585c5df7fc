"""Insight over HTTP: measures as JSON or CSV, the issues that rise, and a stream of those that begin."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from copilot.insight.desk import GroupBy, MeasureName, Table, begun
from copilot.insight.figures import Figure
from copilot.insight.rises import Rise
from knowledge_base.codec import format_time
from knowledge_base.errors import InputError
from knowledge_base.tallies import Span
from web.api import PROBLEMS
from web.deps import CopilotDep
from web.schemas import Schema, Time

router = APIRouter(prefix="/api/v1/insight", tags=["insight"], responses=PROBLEMS)
POLL_SECONDS = 2.0
RETRY_MS = 5000
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a cell for a formula when it stands first."""


class FigureJson(Schema):
    """A group's figure with its 95% interval; all null but the group where fewer than 5 rows tell."""

    group: str | None
    n: int | None
    value: float | None
    low: float | None
    high: float | None


class MeasureJson(Schema):
    """A measure. `by` null: its groups are its own; `missing` says why there is nothing.

    `unit` is score (1 to 5), points (-100 to 100), share (0 to 1), minutes or count.
    """

    name: MeasureName
    unit: str
    by: str | None
    total: FigureJson | None
    figures: list[FigureJson]
    missing: str | None


class RiseJson(Schema):
    """An issue of which `seen` began in the `minutes` before `at`, where `expected` is usual."""

    category: str
    at: Time
    minutes: int
    seen: int
    expected: float


class RiseList(Schema):
    """The issues that rise now, the least likely first."""

    items: list[RiseJson]


class InsightJson(Schema):
    """All measures."""

    measures: list[MeasureJson]
    rises: list[RiseJson]


def get_span(
    since: Annotated[date | None, Query(description="first day, UTC")] = None,
    until: Annotated[date | None, Query(description="last day, UTC")] = None,
    category: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    language: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
) -> Span:
    """Which rows a figure is of. Raises InputError for a period that ends before it begins."""
    if since and until and until < since:
        raise InputError("the period ends before it begins")
    if until == date.max:
        until = None
    return Span(
        datetime.combine(since, time(), UTC) if since else None,
        datetime.combine(until + timedelta(days=1), time(), UTC) if until else None,
        category,
        language,
    )


SpanDep = Annotated[Span, Depends(get_span)]


@router.get("")
def read_measures(copilot: CopilotDep, span: SpanDep, by: GroupBy = "category") -> InsightJson:
    """Read all measures by group."""
    return InsightJson(
        measures=[_measure(one) for one in copilot.insight.tables(span, by)],
        rises=[rise_json(one) for one in copilot.insight.rises()],
    )


@router.get("/rises")
def read_rises(copilot: CopilotDep) -> RiseList:
    """List the issues that rise at the last full ten minutes."""
    return RiseList(items=[rise_json(one) for one in copilot.insight.rises()])


@router.get("/events", response_class=EventSourceResponse)
async def rise_events(request: Request, copilot: CopilotDep) -> AsyncIterator[ServerSentEvent]:
    """Stream each rise as it begins, those that stand first."""
    told: dict[str, datetime] = {}
    yield ServerSentEvent(comment="following", retry=RETRY_MS)
    while not request.app.state.stopping.is_set():
        for one in begun(await run_in_threadpool(copilot.insight.rises), told):
            yield ServerSentEvent(data=rise_json(one), event="rise")
        for _ in range(int(POLL_SECONDS / 0.1)):
            if request.app.state.stopping.is_set():
                break
            await asyncio.sleep(0.1)


@router.get("/{measure}.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def read_csv(measure: MeasureName, copilot: CopilotDep, span: SpanDep, by: GroupBy = "category") -> Response:
    """One measure as CSV; what a spreadsheet would take for a formula gets an apostrophe before it."""
    table = copilot.insight.table(measure, span, by)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["group", "n", "value", "low", "high"])
    for one in table.figures:
        told = _figure(one)
        writer.writerow([defused(told.group or ""), told.n, told.value, told.low, told.high])
    head = {"content-disposition": f'attachment; filename="{measure}.csv"', "cache-control": "no-store"}
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=head)


@router.get("/{measure}")
def read_measure(
    measure: MeasureName, copilot: CopilotDep, span: SpanDep, by: GroupBy = "category"
) -> MeasureJson:
    """Read one measure by group."""
    return _measure(copilot.insight.table(measure, span, by))


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


def rise_json(one: Rise) -> RiseJson:
    """A rise as it is told."""
    return RiseJson(
        category=one.category, at=format_time(one.at), minutes=one.minutes, seen=one.seen,
        expected=round(one.expected, 2),
    )  # fmt: skip


def _measure(table: Table) -> MeasureJson:
    return MeasureJson(
        name=table.name,
        unit=table.unit,
        by=table.by,
        total=_figure(table.total) if table.total else None,
        figures=[_figure(one) for one in table.figures],
        missing=table.missing,
    )


def _figure(one: Figure) -> FigureJson:
    n = None if one.value is None else one.n
    return FigureJson(group=one.group, n=n, value=one.value, low=one.low, high=one.high)
