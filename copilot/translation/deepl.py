"""DeepL's own interface: deep-translator's class for it sends the key as DeepL no longer takes it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from copilot.translation.codes import closest, primary
from copilot.translation.deadline import BoundedCalls, Deadline
from copilot.translation.http import Request, is_loopback, send
from copilot.translation.pieces import in_pieces
from knowledge_base.errors import BadProviderResponseError, UnsupportedPairError

FREE, PAID = "https://api-free.deepl.com", "https://api.deepl.com"
SCHEME = "DeepL-Auth-Key"
PIECE_BYTES = 100_000
"""DeepL takes requests of 128 KiB, keys and names in them included."""
FORMALITY = {"formal": "prefer_more", "informal": "prefer_less"}
"""`prefer_…` is ignored for languages that know no such thing; `more` and `less` would be refused."""


class DeepLProvider:
    """DeepL as a provider. `registers` say by primary language how customers are addressed."""

    name = "deepl"

    def __init__(
        self, key: str, *, url: str | None = None, registers: Mapping[str, str] | None = None
    ) -> None:
        """Keys that end with `:fx` belong to the free service, which has another address."""
        self._key = key
        self._url = (url or (FREE if key.endswith(":fx") else PAID)).rstrip("/")
        self._registers = dict(registers or {})
        self._calls = BoundedCalls()
        self._lock = threading.Lock()
        self._languages: dict[str, tuple[str, ...]] = {}

    @property
    def off_site(self) -> bool:
        """Whether the text leaves the desk's own machine."""
        return not is_loopback(self._url)

    def supports(self, source: str, target: str) -> bool:
        """Whether DeepL lists both languages; the lists are asked for once."""
        return self._source(source) is not None and self._target(target) is not None

    def translate(self, text: str, source: str, target: str, *, timeout_seconds: float) -> str:
        """Translate in pieces that DeepL takes, all within the time."""
        deadline = Deadline(timeout_seconds)
        codes = self._source(source), self._target(target)
        if codes[0] is None or codes[1] is None:
            raise UnsupportedPairError(f"deepl doesn't translate from {source} to {target}")
        call = partial(self._ask, source=codes[0], target=codes[1], deadline=deadline)
        return in_pieces(text, PIECE_BYTES, call)

    def _ask(self, text: str, source: str, target: str, deadline: Deadline) -> str:
        register = self._registers.get(primary(target), "formal")
        body = {
            "text": [text], "source_lang": primary(source).upper(), "target_lang": target.upper(),
            "formality": FORMALITY[register], "preserve_formatting": True,
        }  # fmt: skip
        document = self._send(Request("POST", f"{self._url}/v2/translate", body=body), deadline)
        try:
            told = document["translations"][0]["text"]
        except (KeyError, IndexError, TypeError):
            told = None
        if not isinstance(told, str) or not told.strip():
            raise BadProviderResponseError("deepl answered, but not with a translation")
        return told

    def _source(self, tag: str) -> str | None:
        return closest(primary(tag), self._listed("source"))

    def _target(self, tag: str) -> str | None:
        """The target as DeepL names it; it wants to be told which English and which Portuguese."""
        return closest(tag, self._listed("target"))

    def _listed(self, kind: str) -> tuple[str, ...]:
        with self._lock:
            if kind not in self._languages:
                address = f"{self._url}/v2/languages"
                document = self._send(Request("GET", address, query={"type": kind}), Deadline(5.0))
                try:
                    self._languages[kind] = tuple(str(one["language"]) for one in document)
                except (KeyError, TypeError):
                    raise BadProviderResponseError("deepl answered, but not with its languages") from None
            return self._languages[kind]

    def _send(self, request: Request, deadline: Deadline) -> Any:
        """The answer on a thread of its own, which a dripping server can't hold."""
        signed = request.signed(self._key, SCHEME)
        call = partial(send, signed, who=self.name, timeout_seconds=deadline.require(self.name))
        return self._calls.run(call, who=self.name, timeout_seconds=deadline.require(self.name)).json()
