"""What a check finds, and which findings hold a change back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from knowledge_base.models import Kind

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
LINTED = ("markup", "invisible", "unreachable", "policy", "promise", "wording", "includes")
"""What the linter of templates calls what it finds; a missing translation has the name of all others."""
CHECKS = (
    "dead_reference", "broken_link", "contradiction", "golden", "duplicate", "expiry", "missing_translation",
    *LINTED,
)  # fmt: skip
SEARCHED = {"contradiction", "golden", "duplicate"}
"""What needs the index, wholly or in part."""
OFF, WARN, BLOCK = "off", "warn", "block"
# `block` alone holds back what is wrong or doubtful; a note never is.
BLOCKING = ("error", "warning")
# A publish follows no links.
GATES = (OFF, WARN, BLOCK, "error", "warning", *(one for one in CHECKS if one != "broken_link"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `subject` is `case:ID`, `article:ID`, `template:ID`, `golden:ID` or `index`."""

    check: str
    severity: Severity
    subject: str
    message: str

    @property
    def weight(self) -> tuple[int, str, str]:
        """What comes first: errors, then by check and record."""
        return SEVERITIES.index(self.severity), self.check, self.subject

    def as_json(self) -> dict[str, Any]:
        """As the command line and the API tell it."""
        return {
            "check": self.check, "severity": self.severity, "subject": self.subject,
            "message": str(self.message),
        }  # fmt: skip


def subject_of(kind: Kind, record_id: str) -> str:
    """How findings name a record."""
    return f"{'golden' if kind == 'question' else kind}:{record_id}"


def record_of(subject: str) -> tuple[Kind, str] | None:
    """The record that a finding names; None for the index and a file."""
    kind, _, name = subject.partition(":")
    kinds: dict[str, Kind] = {
        "case": "case", "article": "article", "template": "template", "golden": "question",
    }  # fmt: skip
    return (kinds[kind], name) if kind in kinds and name else None


def held_back_by(findings: Iterable[Finding], gate: Sequence[str]) -> tuple[Finding, ...]:
    """Those of the findings that the manager lets block. A template's dead reference is one too."""
    blocking = {*BLOCKING} if BLOCK in gate else {*gate}
    return tuple(one for one in findings if {one.check, one.severity, _also(one)} & blocking)


def _also(one: Finding) -> str:
    return "dead_reference" if (one.check, one.severity) == ("policy", "error") else one.check
