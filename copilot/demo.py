"""The sample desk as a running copilot: loaded, indexed, its golden questions asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from copilot.assist import Copilot
from copilot.settings import Settings

if TYPE_CHECKING:
    from copilot.upkeep import IndexReport
    from indexer.build import Progress


def load_demo(
    settings: Settings,
    *,
    progress: Progress = lambda phase, done, total: None,
    tell: Callable[[IndexReport], None] = lambda report: None,
) -> Copilot:
    """Import and index the sample desk, and receive its open conversations; again changes nothing.

    `tell` is given what the index build did.
    """
    from copilot.assemble import build_copilot, build_embedder, open_knowledge_base
    from copilot.upkeep import bring_up_to_date
    from knowledge_base.sample_desk import load_sample, sample_conversations

    knowledge = open_knowledge_base(settings)
    try:
        load_sample(knowledge)
        embedder = build_embedder(settings)
        tell(bring_up_to_date(settings, knowledge, embedder=embedder, progress=progress))
        copilot = build_copilot(settings, knowledge, embedder=embedder)
        for _, _, conversation, _ in sample_conversations():
            copilot.inbox.receive(conversation)
        return copilot
    except BaseException:
        knowledge.close()
        raise
