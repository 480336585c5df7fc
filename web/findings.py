"""What the checks found as it is told, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from copilot.checking.finding import Finding, Severity, record_of
from web.i18n import gettext, mark
from web.schemas import Schema

NAMES: Mapping[str, str] = {
    "dead_reference": mark("Dead reference"),
    "broken_link": mark("Broken link"),
    "contradiction": mark("Contradiction"),
    "golden": mark("Golden question"),
    "duplicate": mark("Duplicate"),
    "expiry": mark("Expiry"),
    "missing_translation": mark("Missing translation"),
    "markup": mark("Template that can't be read"),
    "invisible": mark("Invisible characters"),
    "unreachable": mark("Template that is never taken"),
    "policy": mark("Policy that a template cites"),
    "promise": mark("Promise without policy"),
    "wording": mark("Wording"),
    "includes": mark("Included replies"),
    "index": mark("Index"),
}
ADVICE: Mapping[str, str] = {
    "dead_reference": mark("Name what is published, or publish what is named."),
    "broken_link": mark("Link to where it stands now, or leave it out."),
    "contradiction": mark("Put right which of the two is wrong, or cite the policy that it follows."),
    "golden": mark("Write a case or an article that answers it, or retire the question."),
    "duplicate": mark("Merge the two on the page Duplicates, or tell them apart."),
    "expiry": mark("Look it over and set a later day, or retire it."),
    "missing_translation": mark("Write it in the languages that are lacking."),
    "markup": mark("Mend the line that is named."),
    "invisible": mark("Delete these characters."),
    "unreachable": mark("Choose a condition that conversations have."),
    "policy": mark("Cite an article that is published and in force."),
    "promise": mark("Cite the policy that says so, or promise less."),
    "wording": mark("Say it as is proposed."),
    "includes": mark("Include a reply that is written, and none that leads back."),
    "index": mark("Bring the index up to date: precedent index."),
}
SEVERITIES: Mapping[Severity, str] = {
    "error": mark("must be mended"),
    "warning": mark("look at this"),
    "note": mark("note"),
}


class FindingJson(Schema):
    """One thing that a check found. `blocks`: it holds a publish back; `advice` says what to do."""

    check: str
    title: str
    severity: Literal["error", "warning", "note"]
    subject: str = Field(description="case:ID, article:ID, template:ID, golden:ID, or index")
    message: str
    advice: str
    blocks: bool = False


def findings_json(entries: Iterable[Mapping[str, Any]]) -> list[FindingJson]:
    """Findings as they are told, in the language of the request."""
    return [_told(one["check"], one["message"], one) for one in entries]


def told_findings(findings: Iterable[Finding]) -> list[FindingJson]:
    """The same of what stands, which holds nothing back."""
    return findings_json(one.as_json() | {"message": one.message} for one in findings)


def _told(check: str, message: str, one: Mapping[str, Any]) -> FindingJson:
    return FindingJson(
        check=check,
        title=gettext(NAMES.get(check, check)),
        severity=one["severity"],
        subject=one["subject"],
        message=gettext(message),
        advice=advice_on(check),
        blocks=one.get("blocks", False),
    )


def advice_on(check: str) -> str:
    """What to do about what a check found."""
    return gettext(ADVICE.get(check, ""))


def page_of(subject: str) -> str | None:
    """The page of the record that a finding names."""
    named = record_of(subject)
    return f"/knowledge/{named[0]}/{quote(named[1])}" if named else None


def found_view(findings: Iterable[FindingJson]) -> list[dict[str, Any]]:
    """Findings as pages show them, each with the page of its record."""
    return [
        {
            "name": one.title,
            "severity": one.severity,
            "weight": gettext(SEVERITIES[one.severity]),
            "subject": one.subject,
            "page": page_of(one.subject),
            "message": one.message,
            "advice": one.advice,
            "blocks": one.blocks,
        }
        for one in findings
    ]
