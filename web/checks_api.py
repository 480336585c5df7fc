"""The checks over the whole knowledge, over HTTP: what the last run found, and a new one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from copilot.checking.book import CheckBook
from copilot.checking.finding import Severity
from knowledge_base.codec import format_time
from web.api import PROBLEMS
from web.deps import CopilotDep
from web.findings import FindingJson, told_findings
from web.schemas import Schema, Time

router = APIRouter(prefix="/api/v1/knowledge-checks", tags=["knowledge"], responses=PROBLEMS)


class Wanted(Schema):
    """Which findings."""

    check: str | None = Field(None, max_length=50)
    severity: Severity | None = None


class RunJson(Schema):
    """The last run. `at` null: none was made yet. `passed`: no finding is an error; null without a run.

    `problem` says why the newest run of this server came to nothing.
    """

    at: Time | None
    running: bool
    passed: bool | None
    problem: str | None
    findings: list[FindingJson]


_ALL = Wanted()


@router.get("")
def read_checks(copilot: CopilotDep, wanted: Annotated[Wanted, Query()] = _ALL) -> RunJson:
    """What the last run over the whole knowledge found, and whether another is going on."""
    return run_json(copilot.checks, wanted)


@router.post("", status_code=202)
def start_checks(copilot: CopilotDep) -> RunJson:
    """Check the whole knowledge anew, beside the work; read the outcome once nothing is running."""
    copilot.checks.start()
    return run_json(copilot.checks, _ALL)


def run_json(checks: CheckBook, wanted: Wanted) -> RunJson:
    """The last run as it is told."""
    running = checks.running  # first: what ended meanwhile is read
    run = checks.last()
    found = run.findings if run else ()
    told = [
        one for one in found if wanted.check in (None, one.check) and wanted.severity in (None, one.severity)
    ]
    return RunJson(
        at=format_time(run.at) if run else None,
        running=running,
        passed=all(one.severity != "error" for one in found) if run else None,
        problem=checks.problem,
        findings=told_findings(told),
    )
