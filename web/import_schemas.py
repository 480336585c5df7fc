"""Requests and answers of bringing in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from copilot.bring_in.desk import Asked
from knowledge_base.exports.csv_mapping import FIELDS
from knowledge_base.exports.models import System
from web.schemas import Schema, Time, Written


class Uploaded(Schema):
    """An upload that is kept until it is brought in."""

    file: str
    bytes: int


class ExportJson(Schema):
    """Which file, and how to read it. `mapping` null: as remembered, else as proposed."""

    file: str | None = Field(None, max_length=100, description="what an upload answered with")
    path: Annotated[Written, Field(max_length=1000)] | None = Field(
        None, description="a path below the folder of PRECEDENT_IMPORT_FOLDER"
    )
    system: System | None = Field(None, description="null: it is told from the file")
    mapping: dict[str, Written] | None = Field(None, description=f"of a CSV: {', '.join(FIELDS)} to columns")
    agents: list[Annotated[Written, Field(max_length=300)]] = Field(
        [], max_length=100, description="of a mailbox: the desk's addresses or domains"
    )
    status: Literal["published", "pending"] = "published"

    def asked(self) -> Asked:
        """The same for the desk."""
        pending = self.status == "pending"
        return Asked(self.file, self.path, self.system, self.mapping, tuple(self.agents), pending)


class BeginJson(ExportJson):
    """What to bring in, and under which name it is listed."""

    name: Annotated[Written, Field(max_length=300)] = ""


class SeenJson(Schema):
    """Something of the export: the record that it would become, or why it is left out."""

    record: dict[str, Any] | None
    kind: Literal["case", "article"] | None
    reason: str | None
    words: str | None
    detail: str | None


class ColumnsJson(Schema):
    """The columns of a CSV, and the mapping that it is read by."""

    signature: str
    names: list[str]
    mapping: dict[str, str]
    remembered: bool


class LookJson(Schema):
    """What a file is, and its first things as they would come in."""

    system: str
    total: int
    items: list[SeenJson]
    columns: ColumnsJson | None
    problem: str | None = Field(description="what must be said before it can be read")


class OmittedJson(Schema):
    """Something that was left out: which thing of the export it was, from 1, and why."""

    position: int
    reason: str
    words: str
    id: str
    detail: str


class OmittedList(Schema):
    """What was left out; `next` continues after it."""

    items: list[OmittedJson]
    next: int | None


class ReasonJson(Schema):
    """How many were left out for a reason, with examples."""

    reason: str
    words: str
    count: int
    examples: list[OmittedJson]


class RunJson(Schema):
    """An import. `done` and `total` are bytes, of a help centre pages."""

    id: int
    system: str
    name: str
    state: Literal["running", "done", "cancelled", "failed", "interrupted"]
    message: str | None
    position: int
    done: int
    total: int
    added: int
    updated: int
    unchanged: int
    left_out: int
    reasons: list[ReasonJson]
    status: str
    actor: str
    started_at: Time
    ended_at: Time | None


class RunList(Schema):
    """Imports, newest first."""

    items: list[RunJson]


class MappingJson(Schema):
    """A mapping that is remembered for files with this header."""

    signature: str
    columns: list[str]
    mapping: dict[str, str]
    actor: str
    at: Time


class MappingList(Schema):
    """The remembered mappings, newest first."""

    items: list[MappingJson]


class OptionsJson(Schema):
    """What can be chosen here."""

    systems: list[str]
    fields: dict[str, str]
    most_bytes: int
    paths: bool = Field(description="whether a path on the server may be named")
