"""Telling the knowledge's lines in the customers' languages, many at once, by translators on this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from copilot.translation.codes import primary
from copilot.translation.models import Provider
from knowledge_base.errors import BadProviderResponseError, TranslationError

log = logging.getLogger(__name__)

BULK_BYTES = 24_000
"""What Apertium is given at once: starting its pipeline costs more than the words do. Under its 40 kB."""
BULK_SECONDS = 30.0
"""A batch takes a third of a second; a translator that takes so much longer hangs."""
AT_ONCE = 2
_BETWEEN = "\n\n"
"""Lines are kept apart by an empty one, so that no sentence runs over from one into the next."""


class BulkRetelling:
    """Gives the knowledge to providers on this machine alone, whatever else is configured."""

    def __init__(self, providers: Sequence[Provider], languages: Sequence[str]) -> None:
        self._providers = tuple(provider for provider in providers if not provider.off_site)
        self._languages = tuple(dict.fromkeys(primary(language) for language in languages))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the knowledge is to be told in, by primary tag."""
        return self._languages

    def reaches(self, source: str, target: str) -> bool:
        """Whether a provider translates between these languages; False also where that can't be asked."""
        return self._first(source, target) is not None

    def retell(self, lines: Sequence[str], source: str, target: str) -> list[str | None]:
        """The lines in `target`, None for one that gives no line back. Raises TranslationError for all."""
        provider = self._first(source, target)
        if provider is None:
            return [None] * len(lines)
        batches = list(_batches(lines))

        def tell(batch: Sequence[str]) -> list[str | None]:
            return _told(provider, batch, source, target)

        with ThreadPoolExecutor(AT_ONCE, "retell") as pool:
            return [line for told in pool.map(tell, batches) for line in told]

    def _first(self, source: str, target: str) -> Provider | None:
        for provider in self._providers:
            try:
                if provider.supports(source, target):
                    return provider
            except TranslationError as error:
                log.warning("%s isn't asked for the knowledge's words: %s", provider.name, error)
        return None


def _told(provider: Provider, lines: Sequence[str], source: str, target: str) -> list[str | None]:
    """The batch, halved where the answer has another number of lines, down to the line that spoils it."""
    try:
        answer = provider.translate(_BETWEEN.join(lines), source, target, timeout_seconds=BULK_SECONDS)
        told = [" ".join(part.split()) for part in answer.split(_BETWEEN)]
    except BadProviderResponseError:
        told = []
    if len(told) == len(lines) and all(told):
        return list(told)
    if len(lines) == 1:
        return [" ".join(" ".join(told).split()) or None]
    half = len(lines) // 2
    return [*_told(provider, lines[:half], source, target), *_told(provider, lines[half:], source, target)]


def _batches(lines: Sequence[str]) -> Iterator[list[str]]:
    """As many lines as fit into BULK_BYTES, at least one."""
    batch: list[str] = []
    size = 0
    for line in lines:
        own = len(line.encode("utf-8", "surrogatepass")) + len(_BETWEEN)
        if batch and size + own > BULK_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += own
    if batch:
        yield batch
