"""What the record routes share: filters of a list, and writing with actor, reason and expected version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Header, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from copilot.checking.gate import Admitted, Gate, Override
from copilot.review.desk import Review
from knowledge_base.errors import NotFoundError, RecordError
from knowledge_base.models import Kind, Record, Status
from knowledge_base.records import record_to_dict
from knowledge_base.store import KnowledgeBase
from web.deps import ActorDep, CopilotDep
from web.errors import matching_version
from web.findings import FindingJson, findings_json

Json = dict[str, Any]
_VERSION = re.compile(r'(?:W/)?"(\d{1,18})"')


class Filters(BaseModel):
    """Which records to list, and from where."""

    status: Status | None = None
    language: str | None = None
    category: str | None = None
    text: str | None = Field(None, max_length=200, description="words that must all occur")
    limit: int = Field(50, ge=1, le=200)
    after: str | None = Field(None, max_length=200, description="`next` of the page before")


@dataclass(frozen=True, slots=True)
class Write:
    """One request to change the knowledge. `expected` is the version named by If-Match."""

    base: KnowledgeBase
    actor: str
    reason: str | None
    expected: int | None
    response: Response
    review: Review
    gate: Gate
    override: bool = False

    def create(self, kind: Kind, record: Record) -> Json:
        """Add a record that must be new, and say where it is. Raises NotPublisherError, BlockedError."""
        self.review.check_write(record, self.actor)
        admitted = self._admitted(record, expected=0)
        self.base.put(record, actor=self.actor, reason=admitted.reason, expected_version=0)
        self.response.headers["location"] = f"/api/v1/{kind}s/{quote(record.id)}"
        return self._told(kind, record.id, admitted)

    def change(self, kind: Kind, record_id: str, record: Record) -> Json:
        """Replace a record that must exist, under the id that it has."""
        if record.id != record_id:
            raise RecordError("request", 1, "id", "isn't the id that the address names")
        self._check(kind, record_id, record)
        with matching_version():
            admitted = self._admitted(record, expected=self.expected)
            self.base.put(record, actor=self.actor, reason=admitted.reason, expected_version=self.expected)
        return self._told(kind, record_id, admitted)

    def restore(self, kind: Kind, record_id: str, version: int) -> Json:
        """Put an earlier version of a record back, as a new version; a retired one's comes back into use."""
        self.base.version(kind, record_id)
        found = [one for one in self.base.history(kind, record_id) if one.version == version]
        if not found:
            raise NotFoundError("version", f"{version} of {kind} {record_id}")
        record = found[-1].snapshot
        self._check(kind, record_id, record)
        with matching_version():
            admitted = self._admitted(record, expected=self.expected)
            reason = admitted.reason or f"version {version} restored"
            self.base.put(record, actor=self.actor, reason=reason, expected_version=self.expected)
        return self._told(kind, record_id, admitted)

    def retire(self, kind: Kind, record_id: str) -> Sequence[FindingJson]:
        """Take a record out of use; gives what that leaves."""
        self._check(kind, record_id)
        admitted = self.gate.retire(kind, record_id, reason=self.reason, override=self._overriding())
        self.base.retire(kind, record_id, actor=self.actor, reason=admitted.reason)
        return findings_json(self.gate.entries(admitted.findings))

    def _check(self, kind: Kind, record_id: str, *others: Record) -> None:
        """Refuse who may only propose to change what is published, or to publish. Raises NotFoundError."""
        for one in (self.base.get(kind, record_id), *others):
            self.review.check_write(one, self.actor)

    def _admitted(self, record: Record, *, expected: int | None) -> Admitted:
        """What the checks say; a record changed meanwhile is told before them."""
        self.base.check_version(record, expected)
        return self.gate.admit([record], reason=self.reason, override=self._overriding())

    def _overriding(self) -> Override | None:
        return Override(self.actor, self.reason or "") if self.override else None

    def _told(self, kind: Kind, record_id: str, admitted: Admitted) -> Json:
        findings = findings_json(self.gate.entries(admitted.findings))
        return shown(self.base, kind, record_id, self.response) | {"findings": findings}


def get_write(
    copilot: CopilotDep,
    actor: ActorDep,
    response: Response,
    reason: Annotated[str | None, Query(max_length=1000, description="kept in the history")] = None,
    override: Annotated[
        bool, Query(description="a publisher's: store it whatever blocks it, `reason` says why")
    ] = False,
    if_match: Annotated[str | None, Header(description='the version you read, as in its ETag: `"3"`')] = None,
) -> Write:
    """Gather what a change needs."""
    return Write(
        copilot.knowledge,
        actor,
        reason,
        _expected(if_match),
        response,
        copilot.review,
        copilot.gate,
        override,
    )


WriteDep = Annotated[Write, Depends(get_write)]


def shown(base: KnowledgeBase, kind: Kind, record_id: str, response: Response) -> Json:
    """Read a record for the answer, its version as the ETag."""
    # The version first: should the record change in between, the ETag is too old and never too new.
    response.headers["etag"] = f'"{base.version(kind, record_id)}"'
    return record_to_dict(base.get(kind, record_id))


def _expected(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        message = 'must be one version as in the record\'s ETag, such as "3"'
        raise RequestValidationError([{"type": "version", "loc": ("header", "if-match"), "msg": message}])
    return int(found[1])
