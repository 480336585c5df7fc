"""Settings: what is read from where, and what stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot import settings
from copilot.settings import Settings, read_settings
from copilot.translation.factory import KNOWN
from knowledge_base.errors import SettingsError
from tests.command import run


def test_the_defaults_need_no_environment():
    read = read_settings()
    assert (read.data, read.host, read.port) == (Path("data"), "127.0.0.1", 8321)
    assert (read.languages, read.translators, read.agent_language) == ((), (), "en")
    assert 0 < read.confidence_floor <= read.draft_floor < 1


def test_every_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())


def test_the_environment_is_read_and_what_is_given_comes_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_PORT", "9000")
    monkeypatch.setenv("PRECEDENT_DATA", "/srv/desk")
    monkeypatch.setenv("PRECEDENT_LANGUAGES", "en, pt_br ,, de")
    monkeypatch.setenv("PRECEDENT_TRANSLATORS", "Apertium,libre")
    read = read_settings(port=9001, host=None)
    assert (read.port, read.host) == (9001, "127.0.0.1")
    assert read.languages == ("en", "pt-BR", "de")
    assert read.translators == ("apertium", "libre")
    assert read.database == "sqlite:////srv/desk/precedent.db"
    assert read.index_folder == Path("/srv/desk/index")
    assert read.golden_file == Path("/srv/desk/golden.jsonl")


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_PORT", "")
    monkeypatch.setenv("PRECEDENT_MODEL", "")
    assert (read_settings().port, read_settings().model) == (8321, None)


def test_another_database_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_DATABASE_URL", "postgresql://desk:secret@db/desk")
    assert read_settings().database == "postgresql://desk:secret@db/desk"
    assert "secret" not in repr(read_settings())


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "abc"), ("PORT", "70000"), ("PORT", "-1"), ("PORT", "80.5"),
        ("CONFIDENCE_FLOOR", "2"), ("CONFIDENCE_FLOOR", "nan"), ("DRAFT_FLOOR", "-0.1"),
        ("TRANSLATION_SECONDS", "0"), ("TRANSLATION_SECONDS", "soon"),
        ("POLISHER_URL", "ftp://127.0.0.1/v1"), ("POLISHER_URL", "127.0.0.1:11434"),
        ("POLISHER_URL", "http://127.0.0.1:0/v1"), ("POLISHER_URL", "http://127.0.0.1/v1?key=1"),
        ("POLISHER_MODEL", "qwen"), ("POLISHER_SECONDS", "0"), ("POLISHER_SECONDS", "soon"),
        ("POLISHER_CONVERSATION", "perhaps"),
        ("AGENT_LANGUAGE", "zz9"), ("LANGUAGES", "en,klingon"), ("TRANSLATORS", "babelfish"),
        ("HOST", "0.0.0.0"), ("HOST", "192.168.1.5"), ("HOST", "::"), ("HOST", "example.com"),
    ],
)  # fmt: skip
def test_a_bad_setting_names_its_variable_and_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
):
    monkeypatch.setenv(f"PRECEDENT_{variable}", value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value).startswith(f"PRECEDENT_{variable}={value} can't be used: ")
    assert run("detect", "hello").failure == str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_addresses_of_this_machine_are_taken(host: str):
    assert read_settings(host=host).host == host


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [("PROT", "PORT"), ("CONFIDENCE_FLOR", "CONFIDENCE_FLOOR"), ("LIBRE_KYE", "LIBRE_KEY")],
)
def test_a_mistyped_name_is_not_passed_over(monkeypatch: pytest.MonkeyPatch, mistyped: str, meant: str):
    monkeypatch.setenv(f"PRECEDENT_{mistyped}", "s3cret")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value) == f"PRECEDENT_{mistyped} is no setting: did you mean PRECEDENT_{meant}?"


def test_names_of_others_are_passed_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_TEST_NO_SKIP", "1")
    monkeypatch.setenv("PRECEDENTS", "1")
    assert read_settings() == Settings()


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_LIBRE_KEY", "s3cret")
    assert read_settings().libre_key == "s3cret"
    assert "s3cret" not in repr(read_settings())


def test_a_polisher_needs_its_address_and_its_model(monkeypatch: pytest.MonkeyPatch):
    assert (read_settings().polisher_url, read_settings().polisher_conversation) == (None, False)
    monkeypatch.setenv("PRECEDENT_POLISHER_URL", "http://127.0.0.1:11434/v1")
    with pytest.raises(SettingsError, match=r"^PRECEDENT_POLISHER_MODEL=\(not set\) can't be used: "):
        read_settings()
    monkeypatch.setenv("PRECEDENT_POLISHER_MODEL", "qwen2.5:3b")
    read = read_settings()
    assert (read.polisher_model, read.polisher_seconds) == ("qwen2.5:3b", 8.0)


def test_no_password_and_no_key_is_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_POLISHER_MODEL", "m")
    monkeypatch.setenv("PRECEDENT_POLISHER_URL", "http://user:s3cret@127.0.0.1/v1")
    with pytest.raises(SettingsError, match=r"^PRECEDENT_POLISHER_URL=\(hidden\)") as caught:
        read_settings()
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("PRECEDENT_POLISHER_URL", "http://127.0.0.1/v1")
    monkeypatch.setenv("PRECEDENT_POLISHER_KEY", "s3cret and more")
    with pytest.raises(SettingsError, match=r"^PRECEDENT_POLISHER_KEY=\(hidden\)") as caught:
        read_settings()
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("PRECEDENT_POLISHER_KEY", "s3cret")
    assert read_settings().polisher_key == "s3cret"
    assert "s3cret" not in repr(read_settings())


def test_the_translators_are_those_that_can_be_built():
    assert settings.TRANSLATORS == KNOWN
