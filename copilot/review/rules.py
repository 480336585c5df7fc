"""What a manager wrote in `review.toml`: which candidates are decided on without being looked at."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from knowledge_base.errors import InputError

Action = Literal["publish", "accept", "reject"]
ACTIONS = ("publish", "accept", "reject")
FILE = "review.toml"
_TEXTS = ("category", "channel", "language")
_LEAST = {"confidence": (0.0, 1.0), "csat": (1, 5), "similarity": (-1.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Rule:
    """Candidates that fit all that is set here are decided on so, in the name of `by`.

    `confidence`, `csat` and `similarity` (of the nearest case) are the least that fits; `resolved` must be
    told so.
    """

    name: str
    then: Action
    by: str
    reason: str | None = None
    category: str | None = None
    channel: str | None = None
    language: str | None = None
    confidence: float | None = None
    csat: float | None = None
    similarity: float | None = None
    resolved: bool | None = None

    def fits(self, document: Mapping[str, Any]) -> bool:
        """Whether a stored candidate is one of those."""
        case = document["case"]
        nearest = max((one["similarity"] for one in document["near"]), default=None)
        values = {
            "confidence": document["probability"], "csat": case["outcome"]["csat"], "similarity": nearest
        }  # fmt: skip
        return (
            all(getattr(self, name) in (None, case[name]) for name in _TEXTS)
            and self.resolved in (None, case["outcome"]["resolved"])
            and all(_reaches(values[name], getattr(self, name)) for name in _LEAST)
        )

    @property
    def conditions(self) -> str:
        """What must hold, in a line: `category lost_parcel, confidence ≥ 0.9`."""
        same = [f"{name} {getattr(self, name)}" for name in _TEXTS if getattr(self, name) is not None]
        least = [f"{name} ≥ {getattr(self, name):g}" for name in _LEAST if getattr(self, name) is not None]
        ended = [] if self.resolved is None else ["resolved" if self.resolved else "not resolved"]
        return ", ".join([*same, *least, *ended])


def first_fitting(rules: Iterable[Rule], document: Mapping[str, Any]) -> Rule | None:
    """The rule that decides: the first that fits."""
    return next((rule for rule in rules if rule.fits(document)), None)


def read_rules(file: Path | None) -> tuple[Rule, ...]:
    """The rules in their order; none where there is no file. Raises InputError naming rule and field."""
    if file is None or not file.is_file():
        return ()
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{file.name} can't be read: {error}") from error
    rules = written.get("rule", [])
    if written.keys() - {"rule"} or not isinstance(rules, list):
        raise InputError(f"{file.name} holds nothing but rules, each under [[rule]]")
    read = tuple(_rule(one, f"{file.name}, rule {n}") for n, one in enumerate(rules, 1))
    names = [rule.name for rule in read]
    if len(set(names)) < len(names):
        raise InputError(f"{file.name}: two rules have one name; a candidate says which acted by it")
    return read


def _rule(told: Any, where: str) -> Rule:
    if not isinstance(told, dict):
        raise InputError(f"{where} is no table: write [[rule]] above it")
    unknown = sorted(told.keys() - set(Rule.__dataclass_fields__))
    if unknown:
        raise InputError(f"{where}: there is no field {unknown[0]!r}")
    for name, longest in (("name", 200), ("by", 100), ("then", 20)):
        value = told.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise InputError(f"{where}: write {name!r}, a text of at most {longest} characters")
    if told["then"] not in ACTIONS:
        raise InputError(f"{where}: 'then' is one of {', '.join(ACTIONS)}")
    for name in ("reason", *_TEXTS):
        if name in told and (not isinstance(told[name], str) or len(told[name]) > 500):
            raise InputError(f"{where}: {name!r} is a text")
    for name, (least, most) in _LEAST.items():
        value = told.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise InputError(f"{where}: {name!r} is a number from {least:g} to {most:g}")
    if not isinstance(told.get("resolved", True), bool):
        raise InputError(f"{where}: 'resolved' is true or false")
    if not set(told) & {*_TEXTS, *_LEAST, "resolved"}:
        raise InputError(f"{where} has no condition: it would decide on everything")
    return Rule(**cast(dict[str, Any], told))


def _reaches(value: float | None, least: float | None) -> bool:
    return least is None or (value is not None and value >= least)
