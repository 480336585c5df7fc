"""The sample desk as a running copilot: loaded, indexed, with its golden questions beside it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from copilot.assist import Copilot
from copilot.settings import Settings

if TYPE_CHECKING:
    from indexer.build import Progress


def load_demo(settings: Settings, *, progress: Progress = lambda phase, done, total: None) -> Copilot:
    """Import and index the sample desk into the settings' data folder; again changes nothing."""
    from copilot.assemble import build_copilot, build_embedder, open_knowledge_base
    from indexer.build import build_index
    from knowledge_base.sample_desk import load_sample, sample_path

    knowledge = open_knowledge_base(settings)
    load_sample(knowledge)
    golden = sample_path() / "golden.jsonl"
    if not settings.golden_file.exists():
        shutil.copyfile(golden, settings.golden_file)
    build_index(knowledge, settings.index_folder, build_embedder(settings), progress=progress)
    return build_copilot(settings, knowledge)
