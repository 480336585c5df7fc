"""The translators of deep-translator, made safe: a new instance per call, bounded time, our errors only."""

from __future__ import annotations

import html
import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

from copilot.translation.codes import closest
from copilot.translation.deadline import BoundedCalls, Deadline
from copilot.translation.gates import is_error_page
from copilot.translation.http import Answer, Request, is_loopback, send
from copilot.translation.pieces import in_pieces
from knowledge_base.errors import (
    BadProviderResponseError,
    InputTooLongError,
    ProviderAuthError,
    ProviderUnavailableError,
    RateLimitedError,
    TranslationError,
    UnsupportedPairError,
)

_NO_KEY = "-"
"""LibreTranslator refuses to be built without a key, though a server of one's own needs none."""
FOREIGN_SECONDS = 10.0
"""For a call of deep-translator that isn't ours: the stand-in serves the whole process."""
_local = threading.local()
_install_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs between the translators: module, class, table of codes, and the longest text."""

    module: str
    cls: str
    codes: str
    piece_bytes: int


_GOOGLE = Kind("deep_translator.google", "GoogleTranslator", "GOOGLE_LANGUAGES_TO_CODES", 4900)
_MYMEMORY = Kind("deep_translator.mymemory", "MyMemoryTranslator", "MY_MEMORY_LANGUAGES_TO_CODES", 480)
_LIBRE = Kind("deep_translator.libre", "LibreTranslator", "LIBRE_LANGUAGES_TO_CODES", 2000)


class _NeverError(Exception):
    """Stands where deep-translator names an exception of `requests`, so that ours pass it by."""


class _TimedRequests:
    """Stands in for `requests` inside deep-translator, which gives its calls no time limit.

    A call's name and deadline are the thread's: each call runs on a thread of its own.
    """

    exceptions = SimpleNamespace(RequestException=_NeverError)

    def get(self, url: str, *, params: dict[str, Any], proxies: object = None) -> Answer:
        """As `requests.get`; proxies are the environment's."""
        return send(Request("GET", url, query=params), who=_who(), timeout_seconds=_left())

    def post(
        self,
        url: str,
        *,
        params: dict[str, Any],
        headers: dict[str, str] | None = None,
        json: list[Any] | None = None,
        proxies: object = None,
    ) -> Answer:
        """As `requests.post`; text and key never go into the address, which ends up in logs."""
        if json is not None:
            asked = Request("POST", url, query=params, body=json, headers=headers)
            return send(asked, who=_who(), timeout_seconds=_left())
        body = {name: value for name, value in params.items() if (name, value) != ("api_key", _NO_KEY)}
        return send(Request("POST", url, body=body), who=_who(), timeout_seconds=_left())


def _who() -> str:
    return getattr(_local, "who", "the translator")


def _left() -> float:
    deadline: Deadline | None = getattr(_local, "deadline", None)
    return deadline.require(_who()) if deadline else FOREIGN_SECONDS


class DeepProvider:
    """One of deep-translator's translators as a provider; made by the functions below."""

    def __init__(
        self, name: str, kind: Kind, *, off_site: bool, base_url: str | None = None, key: str | None = None
    ) -> None:
        self.name = name
        self.off_site = off_site
        self._kind = kind
        self._base_url = base_url
        self._key = key
        self._calls = BoundedCalls()

    @property
    def abandoned(self) -> int:
        """How many calls that were given up on are still running."""
        return self._calls.abandoned

    def supports(self, source: str, target: str) -> bool:
        """Whether both languages stand in deep-translator's table."""
        return None not in (self._code(source), self._code(target))

    def translate(self, text: str, source: str, target: str, *, timeout_seconds: float) -> str:
        """Translate in pieces that the server takes, all within the time."""
        deadline = Deadline(timeout_seconds)
        codes = self._code(source), self._code(target)
        if codes[0] is None or codes[1] is None:
            raise UnsupportedPairError(f"{self.name} doesn't translate from {source} to {target}")
        ask = partial(self._ask, source=codes[0], target=codes[1], deadline=deadline)
        return in_pieces(text, self._kind.piece_bytes, ask)

    def _code(self, tag: str) -> str | None:
        from deep_translator import constants

        return closest(tag, tuple(getattr(constants, self._kind.codes).values()))

    def _ask(self, text: str, source: str, target: str, deadline: Deadline) -> str:
        """One piece on a thread of its own, its answer checked."""
        call = partial(self._call, text, source, target, deadline)
        result = self._calls.run(call, who=self.name, timeout_seconds=deadline.require(self.name))
        if not result.strip() or is_error_page(result, text):
            raise BadProviderResponseError(f"{self.name} answered, but not with a translation")
        return result if "&" in text else html.unescape(result)

    def _call(self, text: str, source: str, target: str, deadline: Deadline) -> str:
        _local.who, _local.deadline = self.name, deadline
        error: TranslationError | None = None
        try:
            result = self._translator(source, target).translate(text)
            return result if isinstance(result, str) else ""
        except TranslationError:
            raise
        except Exception as raised:  # noqa: BLE001 - deep-translator raises bare Exception
            error = _as_ours(raised, self.name)
        raise error  # out here: the library's exceptions hold the customer's text and the key

    def _translator(self, source: str, target: str) -> Any:
        """A new instance: it keeps the text, so that threads sharing one get each other's answers."""
        module = timed_module(self._kind.module)
        options: dict[str, Any] = {"source": source, "target": target}
        if self._kind is _LIBRE:
            options |= {"api_key": self._key or _NO_KEY, "custom_url": self._base_url}
        translator = getattr(module, self._kind.cls)(**options)
        if self._base_url is not None:
            translator._base_url = self._base_url
        return translator


def google(*, base_url: str | None = None) -> DeepProvider:
    """Google's web page as GoogleTranslator reads it; often refused, no key."""
    return DeepProvider("google", _GOOGLE, off_site=True, base_url=base_url)


def mymemory(*, base_url: str | None = None) -> DeepProvider:
    """MyMemory's free service, over plain HTTP unless `base_url` says otherwise."""
    return DeepProvider("mymemory", _MYMEMORY, off_site=True, base_url=base_url)


def libre(url: str, *, key: str | None = None) -> DeepProvider:
    """A LibreTranslate server; on this machine's own address nothing leaves the machine."""
    address = url.rstrip("/") + "/"  # LibreTranslator appends "translate" as it stands
    return DeepProvider("libre", _LIBRE, off_site=not is_loopback(url), base_url=address, key=key)


def timed_module(name: str) -> Any:
    """The library's module, with `requests` in it replaced by what keeps to the deadline."""
    module: Any = importlib.import_module(name)
    with _install_lock:
        if not isinstance(module.requests, _TimedRequests):
            module.requests = _TimedRequests()
    return module


def _as_ours(raised: Exception, name: str) -> TranslationError:
    """Which of our errors an exception of deep-translator means."""
    from deep_translator import exceptions as theirs

    table: list[tuple[tuple[type[Exception], ...], Callable[[str], TranslationError], str]] = [
        ((theirs.TooManyRequests,), RateLimitedError, "asks to slow down; wait, or name another too"),
        (
            (theirs.RequestError, theirs.ServerException),
            ProviderUnavailableError,
            "can't be used now; try again later",
        ),
        (
            (theirs.AuthorizationException, theirs.ApiKeyException),
            ProviderAuthError,
            "refuses the key; check it in the settings",
        ),
        (
            (theirs.LanguageNotSupportedException, theirs.InvalidSourceOrTargetLanguage),
            UnsupportedPairError,
            "doesn't translate between these languages",
        ),
        (
            (theirs.NotValidLength, theirs.NotValidPayload),
            InputTooLongError,
            "takes no text of that length; send it in shorter pieces",
        ),
    ]
    for types, ours, message in table:
        if isinstance(raised, types):
            return ours(f"{name} {message}")
    return BadProviderResponseError(f"{name} answered, but not with a translation")
