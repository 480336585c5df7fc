"""How many planted paraphrases are found as duplicates, and how many near misses are taken for one.

`python -m tests.benchmarks.duplicates [--half look|measured] [--set first|second]`
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from copilot.curation.desk import Curation
from copilot.evaluation.bootstrap import wilson
from indexer.build import build_index, recipe_of
from indexer.embedder import SentenceEmbedder
from indexer.live import LiveIndex
from knowledge_base.models import Case
from knowledge_base.sample_desk import load_sample
from knowledge_base.store import KnowledgeBase

FOLDER = Path(__file__).parents[1] / "data"
# The first holds English cases of the sample desk; the second, written later, also Spanish and German ones,
# and cases of other trades, with freer paraphrases and near misses of more kinds.
SETS = {"first": FOLDER / "paraphrases.jsonl", "second": FOLDER / "paraphrases_2.jsonl"}
KINDS = ("figure", "product", "problem", "resolution")
"""What near misses have otherwise."""
TODAY = date(2026, 11, 22)
# Pairs of the sample desk that tell the same problem of the same product with the same fix, judged by
# reading: the first four before the first set's half was measured, the others before the second set's was.
OWN_TWINS = frozenset(
    map(
        frozenset,
        [
            *[("C-2007", "C-4005"), ("C-4045", "C-4046"), ("C-1056", "C-3042"), ("C-1072", "C-3055")],
            *[("C-2012", "C-4009"), ("C-4009", "C-4010"), ("C-2012", "C-4010"), ("C-2074", "C-4057")],
            *[("C-4025", "C-4027"), ("C-4018", "C-4020"), ("C-4026", "C-4028")],
        ],
    )
)


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs found, those of them that are right, those to find, and near misses taken for a duplicate."""

    found: int
    right: int
    wanted: int
    misses: int
    near_misses: int
    strict_right: int
    contradicted: int
    figures: int

    def lines(self) -> Iterable[str]:
        """The same to print."""
        yield _share("precision", self.right, self.found, "pairs found")
        yield _share("  where the sample desk's own twins count as wrong", self.strict_right, self.found, "")
        yield _share("recall", self.strict_right, self.wanted, "planted")
        yield f"other figures listed as contradictions: {self.contradicted} of {self.figures}"
        yield f"near misses taken for duplicates: {self.misses} of {self.near_misses}"


def planted(half: str, names: Iterable[str]) -> list[dict[str, Any]]:
    """The written rows of a half of some sets; a case's are all in the same one."""
    rows = [json.loads(line) for name in names for line in SETS[name].read_text("utf-8").splitlines()]
    return [row for row in rows if half == ("look", "measured")[_odd(row["of"])]]


def cases_of(rows: Iterable[dict[str, Any]], base: KnowledgeBase) -> list[Case]:
    """The planted cases: told in the row's words, filed as the original is, and originals of other trades."""
    written = {row["of"]: _original(row) for row in rows if row["kind"] == "case"}
    originals = {**base.get_many("case", [row["of"] for row in rows]), **written}
    told = [row for row in rows if row["kind"] != "case"]
    return [
        *written.values(),
        *(_retold(row, one) for row in told if isinstance(one := originals.get(row["of"]), Case)),
    ]


def right(pair: frozenset[str]) -> bool:
    """Whether two cases are one: one the other's paraphrase, or twins, or paraphrases of twins."""
    if any(one.endswith(tuple(f"-{kind}" for kind in KINDS)) for one in pair):
        return False
    originals = frozenset(one.removesuffix("-paraphrase") for one in pair)
    return len(originals) == 1 or originals in OWN_TWINS


def measure(half: str, name: str, *, folder: Path) -> Score:
    """Plant a half of a set into the sample desk, look for duplicates, and count pairs."""
    embedder = SentenceEmbedder()
    with KnowledgeBase.open(f"sqlite:///{folder / 'precedent.db'}") as base:
        load_sample(base)
        rows = planted(half, [name])
        base.put_many(cases_of(rows, base), actor="benchmark")
        build_index(base, folder / "index", embedder)
        index = LiveIndex(folder / "index", recipe_of(embedder))
        told = Curation(base, index.current, embedder).found(TODAY)
    groups = told.groups
    sides = {frozenset((one.first.source, one.second.source)) for one in told.contradictions}
    found = {frozenset(c.id for c in pair) for group in groups for pair in combinations(group.cases, 2)}
    wanted = {
        frozenset((row["of"], f"{row['of']}-paraphrase")) for row in rows if row["kind"] == "paraphrase"
    }
    sound = {pair for pair in found if right(pair)}
    for pair in sorted(map(sorted, found - wanted)):
        print("also found" if right(frozenset(pair)) else "wrong", *pair)
    for pair in sorted(map(sorted, wanted - found)):
        print("not found", *pair)
    near = {f"{row['of']}-{row['kind']}" for row in rows if row["kind"] in KINDS}
    misses = {one for pair in found - sound for one in pair & near}
    figures = [row["of"] for row in rows if row["kind"] == "figure"]
    contradicted = sum(frozenset((f"case:{one}", f"case:{one}-figure")) in sides for one in figures)
    right_planted = len(found & wanted)
    return Score(
        len(found), len(sound), len(wanted), len(misses), len(near), right_planted, contradicted, len(figures)
    )


def _original(row: dict[str, Any]) -> Case:
    told = {name: row[name] for name in ("title", "problem", "resolution", "language", "category", "product")}
    return Case(id=row["of"], **told)


def _retold(row: dict[str, Any], original: Case) -> Case:
    told = {name: row[name] for name in ("title", "problem", "resolution")}
    product = row.get("product", original.product)
    return replace(original, id=f"{original.id}-{row['kind']}", product=product, messages=(), **told)


def _share(what: str, some: int, every: int, of: str) -> str:
    low, high = wilson(some / every, every) if every else (0.0, 1.0)
    return f"{what} {some / max(every, 1):.3f} ({some} of {every} {of}; 95%: {low:.3f} to {high:.3f})"


def _odd(case_id: str) -> int:
    return hashlib.sha256(case_id.encode()).digest()[0] % 2


def main() -> None:
    """Measure a half; the second one is to be looked at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("look", "measured"), default="measured")
    parser.add_argument("--set", choices=tuple(SETS), default="second")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        score = measure(told.half, told.set, folder=Path(folder))
    print(f"half {told.half} of the {told.set} set:", *score.lines(), sep="\n")


if __name__ == "__main__":
    main()
