"""What every export is read into: tickets, articles, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from knowledge_base.models import PolicyArticle, Role

System = Literal["zendesk", "freshdesk", "zammad", "chatwoot", "intercom", "csv", "mbox", "help_centre"]
SYSTEMS: tuple[System, ...] = get_args(System)
State = Literal["solved", "open", "spam"]
Reason = Literal[
    "damaged", "too_large", "not_a_ticket", "no_id", "repeated", "open", "spam", "no_question", "no_answer",
    "changed_here", "empty_page", "not_taken",
]  # fmt: skip
"""Why something is left out."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person wrote, as plain text; `note` was seen by agents alone."""

    who: Role
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A conversation of any system. `csat` is 1 to 5; `state` None: the export doesn't say.

    `problem`, `resolution`, `reply` and `steps` are only there where the export names them (a CSV may).
    """

    system: str
    id: str
    subject: str = ""
    turns: tuple[Turn, ...] = ()
    state: State | None = None
    tags: tuple[str, ...] = ()
    category: str = ""
    language: str = ""
    csat: int | None = None
    nps: int | None = None
    reopened: bool | None = None
    handle_minutes: float | None = None
    product: str = ""
    channel: str = ""
    created_at: datetime | None = None
    solved_at: datetime | None = None
    updated_at: datetime | None = None
    url: str = ""
    problem: str = ""
    resolution: str = ""
    reply: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that can't be taken: why, and where it stood (never what a customer wrote)."""

    reason: Reason
    id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a help centre as an article, with the file that it came from."""

    article: PolicyArticle
    file: str


Item = Ticket | Page | LeftOut


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that an export held, and how many of its bytes are read by now."""

    item: Item
    done: int
