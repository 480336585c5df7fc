"""Translations that agents approved, over HTTP: listing them, and taking one back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from knowledge_base.codec import format_time
from knowledge_base.translations import ApprovedTranslation
from web.api import PROBLEMS
from web.deps import BaseDep
from web.schemas import Schema, Time

router = APIRouter(prefix="/api/v1/translations/approved", tags=["agent"], responses=PROBLEMS)


class ApprovedJson(Schema):
    """A wording that an agent approved; `XPH0X` and the like stand for values."""

    key: str
    source_language: str
    target_language: str
    register_: str = Field(alias="register")
    source: str
    target: str
    who: str
    at: Time


class ApprovedList(Schema):
    """Approved translations, newest first."""

    items: list[ApprovedJson]


@router.get("")
def list_approved(base: BaseDep, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> ApprovedList:
    """List what agents corrected in customers' versions."""
    return ApprovedList(items=[_entry(one) for one in base.translations.newest(limit=limit)])


@router.delete("/{key}", status_code=204)
def withdraw_approved(base: BaseDep, key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> None:
    """Take an approved wording back: the machine is asked again."""
    base.translations.withdraw(key)


def _entry(one: ApprovedTranslation) -> ApprovedJson:
    return ApprovedJson(**asdict(one) | {"key": one.key, "at": format_time(one.at)})
