"""The unpacked copy of the language model: the same answers, and no harm where it can't be kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copilot.understand import language_model

TEXTS = ("Wo ist mein Paket?", "no", "你好，请问我的订单在哪里", "hej hej", "")


@pytest.fixture(scope="module")
def packed() -> Any:
    """The classifier as py3langid loads it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the copy is kept during the test."""
    copy = tmp_path / "cache" / "py3langid-1-2.npz"
    monkeypatch.setattr(language_model, "_copy_of", lambda packed: copy)
    return copy


def same(one: Any, other: Any) -> bool:
    return all(one.rank(text) == other.rank(text) for text in TEXTS)


def test_the_copy_answers_like_the_packed_model_and_replaces_former_ones(copy: Path, packed: Any):
    copy.parent.mkdir()
    former = copy.with_name("py3langid-0-0.npz")
    former.touch()
    assert same(language_model.load_classifier(), packed)
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    written = copy.stat().st_mtime_ns
    assert same(language_model.load_classifier(), packed)
    assert copy.stat().st_mtime_ns == written


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_damaged_copy_is_made_anew(copy: Path, packed: Any, content: bytes):
    copy.parent.mkdir()
    copy.write_bytes(content)
    assert same(language_model.load_classifier(), packed)
    assert copy.stat().st_size > 1_000_000


def test_a_folder_that_cannot_be_written_is_no_failure(copy: Path, packed: Any):
    copy.parent.touch()
    assert same(language_model.load_classifier(), packed)
    assert copy.parent.is_file()


def test_the_copy_is_named_after_the_model_that_it_copies(tmp_path: Path):
    model = tmp_path / "model.xz"
    model.write_bytes(b"12345")
    name = language_model._copy_of(model).name
    assert name == f"py3langid-5-{model.stat().st_mtime_ns}.npz"
