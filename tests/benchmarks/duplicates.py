"""How many planted paraphrases are found as duplicates, and how many near misses are taken for one.

`python -m tests.benchmarks.duplicates [--half look|measured]`
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
from indexer.build import build_index, recipe_of
from indexer.embedder import SentenceEmbedder
from indexer.live import LiveIndex
from knowledge_base.models import Case
from knowledge_base.sample_desk import load_sample
from knowledge_base.store import KnowledgeBase

DATA = Path(__file__).parents[1] / "data" / "paraphrases.jsonl"
TODAY = date(2026, 11, 22)
# Pairs of the sample desk that tell the same problem of the same product with the same fix: judged by reading
# before the second half was measured.
OWN_TWINS = frozenset(
    map(
        frozenset,
        [("C-2007", "C-4005"), ("C-4045", "C-4046"), ("C-1056", "C-3042"), ("C-1072", "C-3055")],
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
        yield f"precision {self.right / max(self.found, 1):.3f} ({self.right} of {self.found} pairs found)"
        strict, recall = self.strict_right / max(self.found, 1), self.strict_right / self.wanted
        yield f"  {strict:.3f} ({self.strict_right}) where the sample desk's own twins count as wrong"
        yield f"recall    {recall:.3f} ({self.strict_right} of {self.wanted} planted)"
        yield f"other figures listed as contradictions: {self.contradicted} of {self.figures}"
        yield f"near misses taken for duplicates: {self.misses} of {self.near_misses}"


def planted(half: str) -> list[dict[str, Any]]:
    """The written paraphrases and near misses of a half; a case's are all in the same one."""
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if half == ("look", "measured")[_odd(row["of"])]]


def case_of(row: dict[str, Any], original: Case) -> Case:
    """The planted case: told in the row's words, filed as the original is."""
    told = {name: row[name] for name in ("title", "problem", "resolution")}
    product = row.get("product", original.product)
    return replace(original, id=f"{original.id}-{row['kind']}", product=product, messages=(), **told)


def measure(half: str, *, folder: Path) -> Score:
    """Plant a half into the sample desk, look for duplicates, and count pairs."""
    embedder = SentenceEmbedder()
    with KnowledgeBase.open(f"sqlite:///{folder / 'precedent.db'}") as base:
        load_sample(base)
        rows = planted(half)
        originals = base.get_many("case", [row["of"] for row in rows])
        cases = [case_of(row, one) for row in rows if isinstance(one := originals[row["of"]], Case)]
        base.put_many(cases, actor="benchmark")
        build_index(base, folder / "index", embedder)
        index = LiveIndex(folder / "index", recipe_of(embedder))
        told = Curation(base, index.current, embedder).found(TODAY)
    groups = told.groups
    sides = {frozenset((one.first.source, one.second.source)) for one in told.contradictions}
    found = {frozenset(c.id for c in pair) for group in groups for pair in combinations(group.cases, 2)}
    wanted = {
        frozenset((row["of"], f"{row['of']}-paraphrase")) for row in rows if row["kind"] == "paraphrase"
    }
    right = {pair for pair in found if _right(pair)}
    for pair in sorted(map(sorted, found - wanted)):
        print("also found" if _right(frozenset(pair)) else "wrong", *pair)
    for pair in sorted(map(sorted, wanted - found)):
        print("not found", *pair)
    near = {f"{row['of']}-{row['kind']}" for row in rows if row["kind"] != "paraphrase"}
    misses = {one for pair in found - right for one in pair & near}
    figures = [row["of"] for row in rows if row["kind"] == "figure"]
    contradicted = sum(frozenset((f"case:{one}", f"case:{one}-figure")) in sides for one in figures)
    right_planted = len(found & wanted)
    return Score(
        len(found), len(right), len(wanted), len(misses), len(near), right_planted, contradicted, len(figures)
    )


def _right(pair: frozenset[str]) -> bool:
    """Whether two cases are one: one the other's paraphrase, or twins, or paraphrases of twins."""
    if any(one.endswith(("-figure", "-product")) for one in pair):
        return False
    originals = frozenset(one.removesuffix("-paraphrase") for one in pair)
    return len(originals) == 1 or originals in OWN_TWINS


def _odd(case_id: str) -> int:
    return hashlib.sha256(case_id.encode()).digest()[0] % 2


def main() -> None:
    """Measure a half; the second one is to be looked at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("look", "measured"), default="measured")
    half = parser.parse_args().half
    with tempfile.TemporaryDirectory() as folder:
        score = measure(half, folder=Path(folder))
    print(f"half {half}:", *score.lines(), sep="\n")


if __name__ == "__main__":
    main()
