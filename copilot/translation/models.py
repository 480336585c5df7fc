"""What a translation is, and what a translator must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

GATES = frozenset(
    {
        "empty",
        "error_page",
        "ids_changed",
        "length_out_of_proportion",
        "numbers_changed",
        "urls_changed",
        "wrong_language",
    }
)
"""The flags that a failed gate leaves: nothing may go out while one of them stands."""

MEMORY = "memory"
"""What stands in a provider's place where an agent's own words were used again."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in another language. `provider` is None where nothing had to be translated.

    `flags` holds failed gates (see `failed_gates`) and why a provider was passed over:
    `failed:NAME:REASON`, `skipped:NAME:REASON`.
    """

    text: str
    source: str
    target: str
    provider: str | None
    flags: tuple[str, ...] = ()

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """The checks that the text did not pass; it must not be sent while there is one."""
        return tuple(flag for flag in self.flags if flag in GATES)


class Provider(Protocol):
    """A translator. Thread-safe; keeps no text; splits what is longer than it takes.

    Both methods raise only `TranslationError` subclasses, `supports` only where it has to ask a server.
    """

    @property
    def name(self) -> str:
        """The name under which it is configured."""
        ...

    @property
    def off_site(self) -> bool:
        """Whether the text leaves the desk's own machine."""
        ...

    def supports(self, source: str, target: str) -> bool:
        """Whether it translates between these languages (BCP 47)."""
        ...

    def translate(self, text: str, source: str, target: str, *, timeout_seconds: float) -> str:
        """Translate within the time, whatever the server does."""
        ...
