"""Building the translation service from names: nothing is called that the operator did not name."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from copilot.translation import deep
from copilot.translation.apertium import PIECE_BYTES, ApertiumProvider
from copilot.translation.apertium_engines import INSTALL, ApyEngine, CommandEngine
from copilot.translation.deepl import DeepLProvider
from copilot.translation.desk_words import DeskWords
from copilot.translation.microsoft import MicrosoftProvider
from copilot.translation.models import Provider
from copilot.translation.retelling import BULK_BYTES, BulkRetelling
from copilot.translation.service import Approved, TranslationService
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import SettingsError

KNOWN = ("apertium", "libre", "deepl", "google", "microsoft", "mymemory")


@dataclass(frozen=True, slots=True)
class Access:
    """Addresses and keys of the translators; an address stands in place of a service's own."""

    apertium_url: str | None = None
    libre_url: str | None = None
    libre_key: str | None = field(default=None, repr=False)
    deepl_url: str | None = None
    deepl_key: str | None = field(default=None, repr=False)
    microsoft_url: str | None = None
    microsoft_key: str | None = field(default=None, repr=False)
    microsoft_region: str | None = None


def build_service(
    provider_names: list[str],
    *,
    detector: LanguageDetector,
    access: Access | None = None,
    deadline_seconds: float = 4.0,
    desk: DeskWords | None = None,
    mask_personal: bool = True,
    approved: Approved | None = None,
) -> TranslationService:
    """A service over the named providers, in that order; none is called by being built.

    `apertium` runs the command, or asks the APY at `apertium_url` if that is given. Raises
    `SettingsError` for a name that isn't known, an address that is missing or unusable, a missing key.
    """
    desk = desk or DeskWords()
    providers = [_build(name, access or Access(), desk) for name in _distinct(provider_names)]
    return TranslationService(
        providers,
        detector=detector,
        deadline_seconds=deadline_seconds,
        desk=desk,
        mask_personal=mask_personal,
        approved=approved,
    )


def build_retelling(
    provider_names: Iterable[str], *, languages: Sequence[str], access: Access, every: bool
) -> BulkRetelling:
    """Who tells the knowledge in these languages: Apertium, or `every` provider named that is on-site.

    Apertium tells a thousand cases in seconds, a neural translator on the same machine takes hours.
    Raises `SettingsError` as `build_service` does.
    """
    names = [name for name in _distinct(provider_names) if name == "apertium" or every]
    return BulkRetelling([_build(name, access, DeskWords(), BULK_BYTES) for name in names], languages)


def _distinct(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(name.strip().lower() for name in names) if name]


def _build(name: str, access: Access, desk: DeskWords, piece_bytes: int = PIECE_BYTES) -> Provider:
    match name:
        case "apertium":
            return ApertiumProvider(_apertium_engine(access.apertium_url), piece_bytes=piece_bytes)
        case "libre":
            if not access.libre_url:
                raise SettingsError("the translator 'libre' needs the address of a LibreTranslate server")
            return deep.libre(_address(access.libre_url, name), key=access.libre_key)
        case "deepl":
            key, url = _key(access.deepl_key, name), access.deepl_url and _address(access.deepl_url, name)
            return DeepLProvider(key, url=url, registers=dict.fromkeys(desk.informal, "informal"))
        case "microsoft":
            key, url = (
                _key(access.microsoft_key, name),
                access.microsoft_url and _address(access.microsoft_url, name),
            )
            return MicrosoftProvider(key, url=url, region=access.microsoft_region)
        case "google":
            return deep.google()
        case "mymemory":
            return deep.mymemory()
    raise SettingsError(f"there is no translator {name!r}; known are {', '.join(KNOWN)}")


def _key(key: str | None, name: str) -> str:
    if not key:
        raise SettingsError(f"the translator {name!r} needs a key: set PRECEDENT_{name.upper()}_KEY")
    return key


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
