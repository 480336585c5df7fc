"""Building the translation service from names: nothing is called that the operator did not name."""

from __future__ import annotations

import shutil
from urllib.parse import urlsplit

from copilot.translation import deep
from copilot.translation.apertium import ApertiumProvider
from copilot.translation.apertium_engines import INSTALL, ApyEngine, CommandEngine
from copilot.translation.models import Provider
from copilot.translation.service import TranslationService
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import SettingsError

KNOWN = ("apertium", "libre", "google", "mymemory")


def build_service(
    provider_names: list[str],
    *,
    detector: LanguageDetector,
    apertium_url: str | None = None,
    libre_url: str | None = None,
    libre_key: str | None = None,
    deadline_seconds: float = 4.0,
    terms: tuple[str, ...] = (),
    mask_personal: bool = True,
) -> TranslationService:
    """A service over the named providers, in that order; none is called by being built.

    `apertium` runs the command, or asks the APY at `apertium_url` if that is given. Raises
    `SettingsError` for a name that isn't known and for an address that is missing or unusable.
    """
    providers = [
        _build(name, apertium_url=apertium_url, libre_url=libre_url, libre_key=libre_key)
        for name in dict.fromkeys(name.strip().lower() for name in provider_names)
        if name
    ]
    return TranslationService(
        providers,
        detector=detector,
        deadline_seconds=deadline_seconds,
        terms=terms,
        mask_personal=mask_personal,
    )


def _build(name: str, *, apertium_url: str | None, libre_url: str | None, libre_key: str | None) -> Provider:
    if name == "apertium":
        return ApertiumProvider(_apertium_engine(apertium_url))
    if name == "libre":
        if not libre_url:
            raise SettingsError("the translator 'libre' needs the address of a LibreTranslate server")
        return deep.libre(_address(libre_url, name), key=libre_key)
    if name == "google":
        return deep.google()
    if name == "mymemory":
        return deep.mymemory()
    raise SettingsError(f"there is no translator {name!r}; known are {', '.join(KNOWN)}")


def _apertium_engine(url: str | None) -> CommandEngine | ApyEngine:
    if url:
        return ApyEngine(_address(url, "apertium"))
    if shutil.which("apertium") is None:
        raise SettingsError(
            f"the translator 'apertium' needs the `apertium` command or an APY's address: {INSTALL}"
        )
    return CommandEngine()


def _address(url: str, name: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"{url!r} is no address for the translator {name!r}; write http://host:port")
    return url
