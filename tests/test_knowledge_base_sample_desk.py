"""The bundled sample desk is sound and complete."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.importing import Counts
from knowledge_base.sample_desk import load_sample, sample_conversations, sample_path
from tests.builders import open_base


def test_the_sample_desk_loads_without_an_error(tmp_path: Path):
    with open_base(tmp_path) as kb:
        report = load_sample(kb)
        assert report.errors == []
        assert kb.count("case") == report.cases.added > 50
        assert kb.count("article") == report.articles.added >= 27
        assert kb.count("question") == report.questions.added == 68
        assert kb.get("article", "lost-parcels").language == "en"
        assert {change.actor for change in kb.changes(since=0)} == {"sample"}
        again = load_sample(kb)
        assert again.cases == Counts(unchanged=report.cases.added)
        assert again.templates == Counts(unchanged=report.templates.added)


def test_the_sample_conversations_can_be_read():
    conversations = sample_conversations()
    names = [name for name, _, _, _ in conversations]
    assert len(names) == len(set(names)) == len(list((sample_path() / "conversations").glob("*.json")))
    assert "K-101" in names
    for name, title, conversation, expected in conversations:
        assert conversation.id == name
        assert title != ""
        assert conversation.by("customer")
        assert isinstance(expected, dict)
