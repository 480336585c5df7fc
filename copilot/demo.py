"""The sample desk as a running copilot: loaded, indexed, with its golden questions beside it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from copilot.assist import Copilot
from copilot.settings import Settings
from knowledge_base.errors import StorageError

if TYPE_CHECKING:
    from indexer.build import Progress


def load_demo(settings: Settings, *, progress: Progress = lambda phase, done, total: None) -> Copilot:
    """Import and index the sample desk into the settings' data folder; again changes nothing."""
    from copilot.assemble import build_copilot, build_embedder, open_knowledge_base
    from indexer.build import build_index
    from knowledge_base.sample_desk import load_sample

    knowledge = open_knowledge_base(settings)
    try:
        load_sample(knowledge)
        _copy_golden_questions(settings)
        build_index(knowledge, settings.index_folder, build_embedder(settings), progress=progress)
        return build_copilot(settings, knowledge)
    except BaseException:
        knowledge.close()
        raise


def _copy_golden_questions(settings: Settings) -> None:
    """Put the sample's questions where `precedent check` looks; a desk's own ones stay."""
    from knowledge_base.sample_desk import sample_path

    try:
        if not settings.golden_file.exists():
            settings.data.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sample_path() / "golden.jsonl", settings.golden_file)
    except OSError as error:
        message = (
            f"{settings.golden_file} can't be written ({error.strerror}): check the folder's permissions"
        )
        raise StorageError(message) from error
