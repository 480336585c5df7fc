"""The SQL statements of the log of grants, within a transaction that `Database` opens and closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, String, cast, func, insert, select, update

from knowledge_base.codec import decode
from knowledge_base.models import Case, Record
from knowledge_base.schema import UtcTime, grants, record

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which grants; empty is no condition."""

    customer: str | None = None
    kinds: Sequence[str] = ()
    article: str | None = None
    since: datetime | None = None


def keep(connection: Connection, row: Mapping[str, Any]) -> Literal["added", "updated", "unchanged"]:
    """Store a grant in place of the one with its id."""
    held = connection.execute(select(grants).where(grants.c.id == row["id"])).mappings().first()
    if held is None:
        connection.execute(insert(grants).values(**row))
        return "added"
    if all(held[name] == value for name, value in row.items()):
        return "unchanged"
    connection.execute(update(grants).where(grants.c.id == row["id"]).values(**row))
    return "updated"


def newest(connection: Connection, which: Wanted, limit: int) -> list[Mapping[str, Any]]:
    """Read the newest that fit, newest first."""
    query = _filtered(select(grants), which).order_by(grants.c.at.desc(), grants.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def page(connection: Connection, after: str) -> list[Mapping[str, Any]]:
    """Read the next ones after an id."""
    query = select(grants).where(grants.c.id > after).order_by(grants.c.id).limit(PAGE)
    return [dict(row) for row in connection.execute(query).mappings()]


def count(connection: Connection) -> int:
    """Count them all."""
    return connection.scalar(select(func.count()).select_from(grants)) or 0


def summary(connection: Connection, since: datetime | None) -> list[Mapping[str, Any]]:
    """Count by article, kind and unit, the most frequent first."""
    counted = func.count().label("count")
    group = (grants.c.article, grants.c.kind, grants.c.unit)
    last = func.max(grants.c.at, type_=UtcTime).label("last")
    query = select(*group, counted, func.sum(grants.c.hundredths).label("total"), last)
    query = _filtered(query, Wanted(since=since)).group_by(*group)
    query = query.order_by(counted.desc(), grants.c.article, grants.c.kind, grants.c.unit)
    return [dict(row) for row in connection.execute(query).mappings()]


def reasons(
    connection: Connection, group: Mapping[str, Any], since: datetime | None, limit: int
) -> list[str]:
    """The newest different reasons of one row of the summary."""
    newest_first = func.max(grants.c.at).desc()
    query = _filtered(select(grants.c.why), Wanted(since=since))
    for name in ("article", "kind", "unit"):
        column, value = grants.c[name], group[name]
        query = query.where(column.is_(None) if value is None else column == value)
    query = query.group_by(grants.c.why).order_by(newest_first, grants.c.why).limit(limit)
    return list(connection.scalars(query))


def citing(connection: Connection, section: str, limit: int) -> list[Case]:
    """Read the newest published cases that cite a section of an article (`returns#the-30-days`)."""
    query = (
        select(record.c.data)
        .where(record.c.kind == "case", record.c.status == "published")
        .where(cast(record.c.data, String).contains(f'"{section}"', autoescape=True))
        .order_by(record.c.resolved_at.desc(), record.c.id)
        .limit(limit)
    )
    found: list[Record] = [decode("case", data) for data in connection.scalars(query)]
    return [case for case in found if isinstance(case, Case) and section in case.policies]


def _filtered(query: Select[Any], which: Wanted) -> Select[Any]:
    if which.customer is not None:
        query = query.where(grants.c.customer == which.customer)
    if which.since is not None:
        query = query.where(grants.c.at >= which.since)
    fits: list[ColumnElement[bool]] = [grants.c.kind.in_(which.kinds)] if which.kinds else []
    if which.article is not None:
        fits.append(grants.c.article == which.article)
    return query.where(*fits)
