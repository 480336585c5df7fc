"""The measures of a desk as tables of figures, and the rises that stand; what page and API show."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from copilot.insight.figures import Figure, count, mean, share, together
from copilot.insight.rises import AROUND, WEEK, WEEKS, WINDOWS, Rise, rises, tick_of
from copilot.insight.suggestions import AGAINST, FOR, helpers, rejections, verdict_shares
from knowledge_base.errors import PrecedentError
from knowledge_base.tallies import Span, Sums

if TYPE_CHECKING:
    from knowledge_base.store import KnowledgeBase

log = logging.getLogger("precedent.insight")
GroupBy = Literal["category", "language", "week", "copilot"]
MeasureName = Literal[
    "csat", "nps", "resolved", "first_contact", "reopened", "handling", "response", "repeat", "volume",
    "suggestions", "rejections", "sources", "grants", "granters",
]  # fmt: skip
Unit = Literal["score", "points", "share", "minutes", "count"]
MEASURES: tuple[MeasureName, ...] = get_args(MeasureName)
OF_CASES: Mapping[str, Unit] = {
    "csat": "score", "nps": "points", "resolved": "share", "first_contact": "share", "reopened": "share",
    "handling": "minutes", "response": "minutes",
}  # fmt: skip
OF_DRAFTS = ("suggestions", "rejections")
REPEAT_WITHIN = timedelta(days=30)
NEWEST_READ = 5000
"""Conversations that are read for repeat complaints, the newest: the page stays quick at any size."""
KEPT = timedelta(minutes=1)
"""How long a page of figures is shown again without being reckoned anew."""
WATCH_SECONDS = 30.0
TOLD_AGAIN = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Table:
    """A measure by group. `by` is None where its groups are its own; `missing` says why there is nothing."""

    name: MeasureName
    unit: Unit
    by: GroupBy | None
    total: Figure | None
    figures: tuple[Figure, ...]
    missing: Literal["no_rows", "not_grouped"] | None = None


class Insight:
    """Thread-safe; nothing is written but a line in the log for each rise."""

    def __init__(
        self, knowledge: KnowledgeBase, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._tallies, self.clock = knowledge.tallies, clock
        self._lock, self._kept_lock = threading.Lock(), threading.Lock()
        self._kept: dict[tuple[Span, GroupBy], tuple[datetime, list[Table]]] = {}
        self._risen: tuple[datetime, tuple[Rise, ...]] | None = None

    def tables(self, span: Span, by: GroupBy) -> list[Table]:
        """All measures, in the order in which they are shown; as they stood at most KEPT ago."""
        now = self.clock()
        with self._kept_lock:
            kept = self._kept.get((span, by))
            if kept is not None and now - kept[0] < KEPT:
                return kept[1]
            known = self._cases(span, by) | self._drafts(span)
            told = [known[name] if name in known else self._other(name, span, by) for name in MEASURES]
            self._kept = {key: one for key, one in self._kept.items() if now - one[0] < KEPT}
            self._kept[span, by] = (now, told)
            return told

    def table(self, name: MeasureName, span: Span, by: GroupBy) -> Table:
        """One measure."""
        known = self._cases(span, by) if name in OF_CASES else self._drafts(span) if name in OF_DRAFTS else {}
        return known[name] if name in known else self._other(name, span, by)

    def rises(self) -> tuple[Rise, ...]:
        """The issues that rise at the last full ten minutes, the least likely first."""
        at = tick_of(self.clock())
        with self._lock:
            if self._risen is None or self._risen[0] != at:
                back = WEEKS * WEEK + max(WINDOWS) + AROUND
                self._risen = (at, tuple(rises(self._tallies.arrivals(Span(at - back, at)), at)))
            return self._risen[1]

    def watch(self, stopping: threading.Event) -> None:
        """Write a line into the log for each rise that begins, until the server stops."""
        told: dict[str, datetime] = {}
        while not stopping.wait(WATCH_SECONDS):
            try:
                for one in begun(self.rises(), told):
                    log.warning(
                        "rise: %r: %d in %d minutes, usually %.1f",
                        one.category, one.seen, one.minutes, one.expected,
                    )  # fmt: skip
            except PrecedentError as error:  # a base that is busy now is read again
                log.warning("rises can't be told: %s", error)

    def _cases(self, span: Span, by: GroupBy) -> dict[MeasureName, Table]:
        whole: dict[str, list[Sums]] = {name: [] for name in OF_CASES}
        groups: dict[str | None, dict[str, list[Sums]]] = {}
        for group, found in self._tallies.cases(span, "day" if by == "week" else by).items():
            dated = by != "week" or group is not None
            kept = groups.setdefault(_week(group) if isinstance(group, date) else group, {}) if dated else {}
            for name, sums in found.items():
                kept.setdefault(name, []).append(sums)
                whole[name].append(sums)
        tables: dict[MeasureName, Table] = {}
        for name in MEASURES:
            if name not in OF_CASES:
                continue
            unit = OF_CASES[name]
            figures = [_figure(unit, group, together(kept[name])) for group, kept in groups.items()]
            every = together(whole[name])
            total = _figure(unit, "", every) if every.n else None
            tables[name] = _table(name, unit, by, total, figures)
        return tables

    def _other(self, name: MeasureName, span: Span, by: GroupBy) -> Table:
        if name in ("repeat", "volume"):
            if by == "copilot":
                return Table(name, "count" if name == "volume" else "share", by, None, (), "not_grouped")
            return self._volume(span, by) if name == "volume" else self._repeat(span, by)
        if name in ("grants", "granters"):
            counted: dict[str | None, int] = {}
            for kind, who, n in self._tallies.grants(span):
                group = kind if name == "grants" else who
                counted[group] = counted.get(group, 0) + n
            return _counts(name, None, counted)
        return _shares(name, helpers(self._tallies.of_sources(span, (*FOR, *AGAINST))))

    def _drafts(self, span: Span) -> dict[MeasureName, Table]:
        ends = self._tallies.ends(span)
        return {
            "suggestions": _shares("suggestions", verdict_shares(ends)),
            "rejections": _counts("rejections", None, rejections(ends)),
        }

    def _volume(self, span: Span, by: GroupBy) -> Table:
        counted: dict[str | None, int] = {}
        column: Literal["category", "language", "day"] = by if by in ("category", "language") else "day"
        for group, n in self._tallies.volume(span, column).items():
            name = _week(group) if isinstance(group, date) else group
            counted[name] = counted.get(name, 0) + n
        return _counts("volume", by, counted)

    def _repeat(self, span: Span, by: GroupBy) -> Table:
        back = replace(span, since=span.since - REPEAT_WITHIN if span.since else None)
        last: dict[tuple[str, str], datetime] = {}
        groups: dict[str | None, list[int]] = {}
        for at, customer, category, language in reversed(self._tallies.returning(back, NEWEST_READ)):
            if customer is None or category is None:
                continue
            before = last.get((customer, category))
            last[customer, category] = at
            wanted = (span.category in (None, category)) and (span.language in (None, language))
            if not wanted or (span.since is not None and at < span.since):
                continue
            group = {"category": category, "language": language}.get(by, _week(at.date()))
            groups.setdefault(group, []).append(int(before is not None and at - before <= REPEAT_WITHIN))
        hits = [hit for found in groups.values() for hit in found]
        figures = [share(group, sum(found), len(found)) for group, found in groups.items()]
        return _table("repeat", "share", by, share("", sum(hits), len(hits)) if hits else None, figures)


def begun(standing: tuple[Rise, ...], told: dict[str, datetime]) -> list[Rise]:
    """Those that weren't told within the last hours; `told` is kept up to date."""
    new = [one for one in standing if one.category not in told or one.at - told[one.category] > TOLD_AGAIN]
    told.update((one.category, one.at) for one in standing)
    return new


def _figure(unit: Unit, group: str | None, sums: Sums) -> Figure:
    if unit == "share":
        return share(group, sums.total, sums.n)
    least, most = {"score": (1.0, 5.0), "points": (-100.0, 100.0)}.get(unit, (0.0, None))
    return mean(group, sums, least=least, most=most)


def _shares(name: MeasureName, figures: list[Figure]) -> Table:
    return Table(name, "share", None, None, tuple(figures), None if figures else "no_rows")


def _counts(name: MeasureName, by: GroupBy | None, counted: Mapping[str | None, int]) -> Table:
    total = sum(counted.values())
    figures = [count(group, n) for group, n in counted.items()]
    return _table(name, "count", by, count("", total) if total else None, figures)


def _table(
    name: MeasureName, unit: Unit, by: GroupBy | None, total: Figure | None, figures: list[Figure]
) -> Table:
    """Weeks in their order, other groups the largest first; groups that tell nothing are left out."""
    told = [one for one in figures if one.n]
    if by == "week":
        told.sort(key=lambda one: one.group or "")
    else:
        told.sort(key=lambda one: (-one.n, one.group or ""))
    return Table(name, unit, by, total, tuple(told), None if total or told else "no_rows")


def _week(day: date) -> str:
    """A week by its Monday."""
    return (day - timedelta(days=day.weekday())).isoformat()
