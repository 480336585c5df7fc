"""The bundled sample desk: an invented web shop's knowledge, golden questions and open conversations."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from knowledge_base.conversations import conversation_from_dict
from knowledge_base.importing import ImportReport, Progress, import_paths
from knowledge_base.models import Conversation
from knowledge_base.store import KnowledgeBase

_PARTS = ("cases", "articles", "templates", "golden.jsonl")


def sample_path() -> Path:
    """Tell where the sample desk's files are."""
    return Path(str(files("knowledge_base"))) / "sample"


def load_sample(kb: KnowledgeBase, progress: Progress | None = None) -> ImportReport:
    """Import what the sample desk knows and its golden questions; an unsound file is refused whole."""
    present = [part for name in _PARTS if (part := sample_path() / name).exists()]
    return import_paths(kb, present, strict=True, actor="sample", progress=progress)


def sample_conversations() -> list[tuple[str, str, Conversation, dict[str, Any]]]:
    """Read the open conversations: id, title, the conversation, and what is expected of a suggestion."""
    found = []
    for path in sorted((sample_path() / "conversations").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        conversation = conversation_from_dict(data, path.name)
        name = conversation.id or path.stem
        found.append((name, data.get("title") or name, conversation, data.get("expected") or {}))
    return found
