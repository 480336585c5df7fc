"""Microsoft's translator through deep-translator, whose class asks for all languages anew at each call."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from copilot.translation.codes import closest
from copilot.translation.deadline import Deadline
from copilot.translation.deep import DeepProvider, Kind, timed_module
from copilot.translation.http import Request, is_loopback, send
from knowledge_base.errors import BadProviderResponseError

ADDRESS = "https://api.cognitive.microsofttranslator.com"
PIECE_BYTES = 30_000
"""Microsoft takes 50,000 characters a request."""
LISTING_SECONDS = 5.0
_KIND = Kind("deep_translator.microsoft", "MicrosoftTranslator", "", PIECE_BYTES)


class MicrosoftProvider(DeepProvider):
    """Microsoft as a provider; `region` is the resource's, where it isn't global."""

    def __init__(self, key: str, *, region: str | None = None, url: str | None = None) -> None:
        address = (url or ADDRESS).rstrip("/")
        super().__init__("microsoft", _KIND, off_site=not is_loopback(address), base_url=address, key=key)
        self._address, self._region = address, region
        self._lock = threading.Lock()
        self._codes: tuple[str, ...] = ()

    def _code(self, tag: str) -> str | None:
        return closest(tag, self._listed())

    def _listed(self) -> tuple[str, ...]:
        with self._lock:
            if not self._codes:
                query = {"api-version": "3.0", "scope": "translation"}
                request = Request("GET", f"{self._address}/languages", query=query)
                deadline = Deadline(LISTING_SECONDS)
                call = partial(send, request, who=self.name, timeout_seconds=LISTING_SECONDS)
                answer = self._calls.run(call, who=self.name, timeout_seconds=deadline.remaining()).json()
                told = answer.get("translation") if isinstance(answer, dict) else None
                if not isinstance(told, dict) or not told:
                    raise BadProviderResponseError("microsoft answered, but not with its languages")
                self._codes = tuple(told)
            return self._codes

    def _translator(self, source: str, target: str) -> Any:
        """A new instance that is told its two languages, and so asks for no list."""
        theirs = timed_module(_KIND.module).MicrosoftTranslator

        class Told(theirs):  # type: ignore[misc, valid-type]
            def _get_supported_languages(self) -> dict[str, str]:
                return {source: source, target: target}

        translator = Told(source=source, target=target, api_key=self._key, region=self._region)
        translator._base_url = f"{self._address}/translate"
        translator._url_params |= {"api-version": "3.0"}
        return translator
