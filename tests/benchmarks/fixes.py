"""Which cases of the sample desk and vtex are taken to share a fix: `python -m tests.benchmarks.fixes [N]`.

Prints how many, then N groups of several wordings of each set to be read and judged.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from copilot.assemble import build_embedder
from copilot.settings import Settings
from indexer.fix_finding import find_fixes
from indexer.fixes import Fixes, key_of
from knowledge_base.importing import import_paths
from knowledge_base.models import Case
from knowledge_base.sample_desk import sample_path
from knowledge_base.store import KnowledgeBase
from tests.benchmarks.public_sets import DATA

GROUPS = 40
SETS = {"the sample desk": sample_path() / "cases", "vtex": DATA / "vtex" / "cases.jsonl"}


def main(most: int) -> None:
    """Both sets."""
    embedder = build_embedder(Settings())
    for name, path in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            with KnowledgeBase.open(f"sqlite:///{folder}/precedent.db") as knowledge:
                import_paths(knowledge, [path])
                find_fixes(knowledge, Path(folder), embedder, None)
                cases = [
                    case for case in knowledge.each("case", status="published") if isinstance(case, Case)
                ]
            show(name, cases, Fixes.load(Path(folder)), most)


def show(name: str, cases: list[Case], fixes: Fixes, most: int) -> None:
    """How the cases fall into fixes, and some of these."""
    assert fixes.keys is not None
    assert fixes.of_case is not None
    fix_of = dict(zip(fixes.keys.tolist(), fixes.of_case.tolist(), strict=True))
    groups: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        groups[fix_of[key_of(case.id)]].append(case)
    several = [group for group in groups.values() if len({c.resolution for c in group}) > 1]
    shared = sum(len(group) for group in groups.values() if len(group) > 1)
    print(f"\n{name}: {len(cases)} cases, {len(groups)} fixes, {shared} cases share theirs; "
          f"{len(several)} fixes in several wordings")  # fmt: skip
    for group in several[:most]:
        track = fixes.track(group[0].id)
        print(f"\n[{group[0].category}] worked {track.worked} of {track.tried}")
        for text in dict.fromkeys(case.resolution for case in group):
            print(f"  - {' '.join(text.split())[:300]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else GROUPS)
