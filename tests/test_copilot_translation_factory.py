"""Building the service from names: what is named is built, nothing is called, what is wrong is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from copilot.translation import TranslationService, build_service
from copilot.translation.factory import Access
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import NoProviderError, SettingsError
from tests.translation_servers import send_json, serving


def build(names: list[str], **options: str) -> TranslationService:
    return build_service(names, detector=LanguageDetector(), access=Access(**options))


def test_no_name_is_no_provider() -> None:
    with pytest.raises(NoProviderError, match="name one in the settings"):
        build([]).translate("Where is my parcel?", target="es")


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: build(["gogle"]), "'gogle'; known are apertium"),
        (lambda: build(["libre"]), "'libre' needs the address"),
        (lambda: build(["libre"], libre_url="translate.local"), "'translate.local' is no address"),
        (lambda: build(["apertium"], apertium_url="file:///etc"), "'file:///etc' is no address"),
        (lambda: build(["deepl"]), "'deepl' needs a key: set PRECEDENT_DEEPL_KEY"),
        (lambda: build(["microsoft"]), "set PRECEDENT_MICROSOFT_KEY"),
        (lambda: build(["deepl"], deepl_key="k", deepl_url="deepl"), "'deepl' is no address"),
    ],
)
def test_what_cannot_be_used_is_named(make: Callable[[], TranslationService], match: str) -> None:
    with pytest.raises(SettingsError, match=match):
        make()


def test_apertium_without_command_or_address_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SettingsError, match="apt-get install"):
        build(["apertium"])


def test_building_calls_nobody_and_the_order_is_kept() -> None:
    with serving(lambda _, handler: send_json(handler, {"responseData": []})) as server:
        service = build(
            ["Libre", "apertium ", "deepl", "google", "microsoft", "mymemory", "google", ""],
            apertium_url=server.url, libre_url=server.url, deepl_key="k", deepl_url=server.url,
            microsoft_key="k", microsoft_url=server.url,
        )  # fmt: skip
        assert server.asked == []
    names = [provider.name for provider in service.providers]
    assert names == ["libre", "apertium", "deepl", "google", "microsoft", "mymemory"]


def test_importing_loads_no_translator() -> None:
    code = (
        "import sys, copilot.translation;"
        "print({'deep_translator', 'requests', 'langcodes', 'bs4', 'langdetect'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
