"""When a promise falls due: a time in its words, in normal form, and the moment that it means once sent."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from copilot.drafting.facts import Fact, facts_in
from copilot.promises.cues import Times

END_OF_DAY = time(23, 59, 59)
"""A day without an hour ends with it; no promise names this second."""
_EXACT = {"second": 1, "minute": 60, "hour": 3600}
_REACH = 40
"""Characters before a period in which "within the next" stands."""
_HALF_A_YEAR = 183
_MOST_DAYS = 3660
"""Nobody promises further ahead than ten years; what says so is no due date."""


@dataclass(frozen=True, slots=True)
class When:
    """A time in normal form. `values`: `+5 workday`, `2026-03-13`, `--03-13`, `weekday 4`, `day 1`, `week 0`.

    Several name the same moment or a range, of which the latest holds. `clock` is `HH:MM` or None.
    """

    values: tuple[str, ...]
    clock: str | None = None


def is_whole_day(due: datetime) -> bool:
    """Whether only the day is named."""
    return due.time() == END_OF_DAY


def when_in(text: str, times: Times) -> When | None:
    """The time that a clause names, None where it names none. A time that is past or a duration is none."""
    rest, values = text, []
    for value, pattern in times.days.items():
        if pattern.search(rest):
            values.append(value)
            rest = pattern.sub(lambda m: " " * len(m.group()), rest)
    facts = [fact for fact in facts_in(rest) if fact.kind in ("date", "period")]
    values += _facts(rest, facts, times)
    clock = _clock(_without_amounts(text), times)
    if clock is None and values:
        clock = "12:00" if times.morning.search(text) else "18:00" if times.afternoon.search(text) else None
    return When(tuple(values), clock) if values or clock else None


def due_of(when: When | None, sent: datetime | None) -> datetime | None:
    """The moment until which the promise can be kept, UTC; None where it can't be told.

    Working days leave out weekends, weekdays come after the day of sending, a range ends with its later end.
    Hours of the day are read as UTC. Without `sent` only a date with its year can be told.
    """
    if when is None:
        return None
    base = sent.astimezone(UTC) if sent is not None else None
    try:
        return _moment(when, base)
    except (OverflowError, ValueError):
        return None


def without_periods(when: When | None) -> When | None:
    """The same without what counts from a moment that isn't known yet."""
    if when is None:
        return None
    kept = tuple(value for value in when.values if not value.startswith("+"))
    return When(kept, when.clock) if kept else None


def _facts(text: str, facts: list[Fact], times: Times) -> Iterator[str]:
    for fact in facts:
        before, after = text[max(0, fact.start - _REACH) : fact.start], text[fact.end : fact.end + _REACH]
        if fact.kind == "period":
            if times.within.search(before) and not times.anchored.search(after):
                yield f"+{fact.value.partition('-')[2]}"
        elif fact.value == "tomorrow":
            yield "day 1"
        elif fact.value.startswith("weekday"):
            if not times.past.search(before):
                yield fact.value + (" next" if times.next_day.search(before) else "")
        else:
            yield fact.value


def _without_amounts(text: str) -> str:
    for fact in facts_in(text):
        if fact.kind in ("amount", "percent", "link"):
            text = text[: fact.start] + " " * (fact.end - fact.start) + text[fact.end :]
    return text


def _clock(text: str, times: Times) -> str | None:
    """The latest hour of the day that a clause names."""
    found = [match.groupdict() for pattern in times.hours for match in pattern.finditer(text)]
    clocks = [clock for part in found if (clock := _hour(part)) is not None]
    return max(clocks, default=None)


def _hour(part: dict[str, str | None]) -> str | None:
    hour, minute = int(part["h"] or 0), int(part.get("m") or 0)
    half = (part.get("half") or "").lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def _moment(when: When, base: datetime | None) -> datetime | None:
    dated = [day for value in when.values if (day := _dated(value, base)) is not None]
    if dated:
        return _at(max(dated), when.clock)
    if base is None:
        return None
    days = [day for value in when.values if (day := _day(value, base.date())) is not None]
    if days:
        return _later_than(base, max(days), when.clock)
    moments = [
        m for value in when.values if value.startswith("+") and (m := _period(value, base, when.clock))
    ]
    if moments:
        return max(moments)
    return _next(base, when.clock) if when.clock and not when.values else None


def _at(day: date, clock: str | None) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock) if clock else END_OF_DAY, UTC)


def _later_than(base: datetime, day: date, clock: str | None) -> datetime:
    """On a day; an hour that was over when this was sent says nothing of its promise."""
    moment = _at(day, clock)
    return moment if moment > base else _at(day, None)


def _next(base: datetime, clock: str) -> datetime:
    today = _at(base.date(), clock)
    return today if today > base else today + timedelta(days=1)


def _dated(value: str, base: datetime | None) -> date | None:
    """A date of the calendar that isn't past; one without a year is the nearest of its name."""
    if not re.fullmatch(r"(?:\d{4}|-)-\d\d-\d\d", value):
        return None
    if value[0] != "-":
        day = date.fromisoformat(value)
        return day if base is None or 0 <= (day - base.date()).days <= _MOST_DAYS else None
    if base is None:
        return None
    years = (base.year - 1, base.year, base.year + 1)
    near = [found for year in years if (found := _of_year(year, value)) is not None]
    ahead = [one for one in near if 0 <= (one - base.date()).days <= _HALF_A_YEAR]
    return ahead[0] if ahead else None


def _of_year(year: int, value: str) -> date | None:
    try:
        return date.fromisoformat(f"{year:04}{value[1:]}")
    except ValueError:
        return None


def _day(value: str, today: date) -> date | None:
    name, _, rest = value.partition(" ")
    if name == "day":
        return today + timedelta(days=int(rest))
    if name == "week":  # its Sunday
        return today + timedelta(days=6 - today.weekday() + 7 * int(rest))
    if name == "month":
        return today.replace(day=monthrange(today.year, today.month)[1])
    if name == "weekday":
        wanted = int(rest.split()[0])
        if rest.endswith("next"):  # of the next week of the calendar
            return today + timedelta(days=7 - today.weekday() + wanted)
        return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
    return None


def _period(value: str, base: datetime, clock: str | None) -> datetime | None:
    count, _, unit = value[1:].partition(" ")
    number = int(count)
    if unit in _EXACT:
        if clock:  # "within 2 hours, by 19:15"
            return _next(base, clock)
        return base + timedelta(seconds=number * _EXACT[unit])
    today = base.date()
    match unit:
        case "workday":
            day = _workdays(today, number)
        case "month" | "year":
            day = _months(today, number * (12 if unit == "year" else 1))
        case _:
            day = today + timedelta(days=number * (7 if unit == "week" else 1))
    return _at(day, clock) if (day - today).days <= _MOST_DAYS else None


def _workdays(today: date, number: int) -> date:
    """So many working days on: whole weeks at once, then day by day over the weekend."""
    start = today - timedelta(days=max(0, today.weekday() - 4))  # from a weekend as from its Friday
    weeks, rest = divmod(number, 5)
    day = start + timedelta(weeks=weeks)
    return day + timedelta(days=rest + (2 if day.weekday() + rest > 4 else 0))


def _months(today: date, number: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + number, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
