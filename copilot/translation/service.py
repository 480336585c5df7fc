"""Translation as the product uses it: masked, in order through the providers, within a deadline, checked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from copilot.translation import gates
from copilot.translation.codes import same_language, valid
from copilot.translation.deadline import BoundedCalls, Deadline
from copilot.translation.desk_words import DeskWords, Register
from copilot.translation.models import MEMORY, Provider, Translation
from copilot.translation.protect import Masked, mask, tokens
from copilot.translation.register import misaddressed
from copilot.translation.retry import ask, reason
from copilot.translation.upkeep import Breaker, TranslationMemory
from copilot.translation.whole import has_words, translate_masked
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import (
    BadProviderResponseError,
    NoProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    TranslationError,
    UnsupportedPairError,
)

log = logging.getLogger(__name__)

SHARE_OF_TIME = 0.6
"""Of the time left a provider may use so much while another stands behind it."""
AT_ONCE = 4
"""So many texts are translated side by side."""
NO_TIME_SECONDS = 0.05
"""With less time left nobody is asked any more."""

Approved = Callable[[str, str, str, Register], str | None]
"""Gives what was approved for a masked text, its language, the target's and a register."""


@dataclass(slots=True)
class _Attempt:
    """One call of `translate` on its way: what to do, by when, and what happened so far."""

    text: str
    source: str
    target: str
    deadline: Deadline
    flags: list[str] = field(default_factory=list)
    error: TranslationError | None = None

    def passed_over(self, provider: Provider, why: str, *, verb: str = "failed") -> None:
        """Note why a provider gave nothing, for the agent and for the log."""
        self.flags.append(f"{verb}:{provider.name}:{why}")
        log.warning("translator %s %s: %s", provider.name, verb, why)

    def result(self, text: str, provider: Provider, failed: tuple[str, ...]) -> Translation:
        """The translation with everything there is to say about it."""
        return Translation(text, self.source, self.target, provider.name, (*failed, *self.flags))


class TranslationService:
    """Translates through the first provider that gives a sound result. Thread-safe."""

    def __init__(
        self,
        providers: Sequence[Provider],
        *,
        detector: LanguageDetector,
        deadline_seconds: float = 4.0,
        desk: DeskWords | None = None,
        mask_personal: bool = True,
        approved: Approved | None = None,
    ) -> None:
        """`mask_personal=False` shows phone and card numbers to local providers; `approved` comes first."""
        self._providers = tuple(providers)
        self._detector = detector
        self._deadline_seconds = deadline_seconds
        self._desk = desk or DeskWords()
        self._approved = approved
        self._mask_personal = mask_personal
        self._breakers = {id(provider): Breaker() for provider in self._providers}
        self._memory = TranslationMemory()
        self._listings = BoundedCalls()

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Who is asked, in order."""
        return self._providers

    def can(self, source: str, target: str) -> bool:
        """Whether some provider translates between these languages, as far as it can be asked now."""
        if same_language(source, target):
            return True
        deadline = Deadline(self._deadline_seconds)
        return any(self._offers(provider, source, target, deadline) for provider in self._providers)

    def translate(self, text: str, *, target: str, source: str | None = None) -> Translation:
        """Translate into `target` (BCP 47); without `source` its language is detected.

        A text in that language already, or without a word, comes back as it is with provider None.
        Raises `NoProviderError` where nobody translates this pair, else the `TranslationError` of the
        last provider that was asked.
        """
        _require_tags(target, source)
        if not has_words(mask(text, terms=self._desk.keep).text):
            return Translation(text, source or target, target, None)
        source = source or self._detected(text)
        if same_language(source, target):
            return Translation(text, source, target, None)
        attempt = _Attempt(text, source, target, Deadline(self._deadline_seconds))
        return self._remembered(attempt) or self._best(attempt, self._candidates(attempt))

    def translate_all(
        self, texts: Sequence[str], *, target: str, source: str | None = None
    ) -> list[Translation]:
        """Translate several texts side by side, in their order. Raises what the first failure raised."""
        if len(texts) < 2:
            return [self.translate(text, target=target, source=source) for text in texts]
        with ThreadPoolExecutor(min(AT_ONCE, len(texts)), "translate") as pool:
            return list(pool.map(partial(self.translate, target=target, source=source), texts))

    def masked(self, text: str, source: str, target: str, *, names: Sequence[str] = ()) -> Masked:
        """A text as an approved translation of it is kept: values, persons' data and `names` are tokens."""
        return mask(
            text, terms=(*self._desk.keep, *names), glossary=self._desk.said(source, target), personal=True
        )

    def _remembered(self, attempt: _Attempt) -> Translation | None:
        """What an agent approved for this text, if anybody did."""
        if self._approved is None:
            return None
        source, target = attempt.source, attempt.target
        masked = self.masked(attempt.text, source, target)
        told = self._approved(masked.text, source, target, self._desk.register(target))
        if told is None or tokens(told) != tokens(masked.text):
            return None
        return Translation(masked.restore(told), source, target, MEMORY)

    def _detected(self, text: str) -> str:
        language = self._detector.detect(text).language
        if language is None:
            raise UnsupportedPairError("the language of the text can't be told; say which it is")
        return language

    def _offers(self, provider: Provider, source: str, target: str, deadline: Deadline) -> bool:
        try:
            return self._supports(provider, source, target, deadline)
        except TranslationError:
            return False

    def _supports(self, provider: Provider, source: str, target: str, deadline: Deadline) -> bool:
        """What the provider says, which may have to ask its server first, within the deadline."""
        call = partial(provider.supports, source, target)
        left = deadline.require(provider.name)
        return self._listings.run(call, who=provider.name, timeout_seconds=left)

    def _candidates(self, attempt: _Attempt) -> list[Provider]:
        """The providers to ask, in order; the reasons of the others are noted."""
        found: list[Provider] = []
        for provider in self._providers:
            breaker = self._breakers[id(provider)]
            if not breaker.allows():
                attempt.passed_over(provider, "pausing", verb="skipped")
                continue
            try:
                if self._supports(provider, attempt.source, attempt.target, attempt.deadline):
                    found.append(provider)
            except TranslationError as error:
                breaker.failed(error)
                attempt.error = error
                attempt.passed_over(provider, reason(error))
        if not found and not attempt.flags:
            raise NoProviderError(
                f"no translator is configured from {attempt.source} to {attempt.target}; "
                "name one in the settings"
            )
        return found

    def _best(self, attempt: _Attempt, candidates: list[Provider]) -> Translation:
        """The first result that passes every gate, else the one that fails fewest."""
        best: Translation | None = None
        for position, provider in enumerate(candidates):
            result = self._attempt(attempt, provider, last=position == len(candidates) - 1)
            if result is None:
                continue
            if not result.failed_gates:
                return result
            if best is None or len(result.failed_gates) < len(best.failed_gates):
                best = result
        if best is None:
            raise _nobody(attempt)
        return best

    def _attempt(self, attempt: _Attempt, provider: Provider, *, last: bool) -> Translation | None:
        """One provider's checked result; None where it gave none, and why is noted."""
        left = attempt.deadline.remaining()
        if left < NO_TIME_SECONDS:
            attempt.passed_over(provider, "no_time_left", verb="skipped")
            return None
        breaker = self._breakers[id(provider)]
        try:
            deadline = Deadline(left if last else left * SHARE_OF_TIME)
            result, failed = self._ask(attempt, provider, deadline)
        except TranslationError as error:
            breaker.failed(error)
            attempt.error = error
            attempt.passed_over(provider, reason(error))
            return None
        breaker.succeeded()
        return attempt.result(result, provider, (*failed, *self._misaddressed(result, attempt.target)))

    def _misaddressed(self, result: str, target: str) -> tuple[str, ...]:
        """What tells the agent that the machine took the other register; it may still be sent."""
        return tuple(f"register:{word}" for word in misaddressed(result, target, self._desk.register(target)))

    def _ask(self, attempt: _Attempt, provider: Provider, deadline: Deadline) -> tuple[str, tuple[str, ...]]:
        """The provider's result or memory's, restored, with the gates that it fails."""
        source, target = attempt.source, attempt.target
        masked = self._masked(attempt, provider)
        key = (masked.text, source, target, provider.name, self._desk.version)
        remembered = self._memory.get(key)
        call = partial(ask, provider, source=source, target=target, deadline=deadline)
        translated = remembered or translate_masked(masked.text, call)
        result = masked.restore(translated)
        failed = gates.check(attempt.text, result, masked=masked, target=target, detector=self._detector)
        if "empty" in failed or "error_page" in failed:
            raise BadProviderResponseError(f"{provider.name} answered, but not with a translation")
        if not failed:
            self._memory.put(key, translated)
        return result, failed

    def _masked(self, attempt: _Attempt, provider: Provider) -> Masked:
        said = self._desk.said(attempt.source, attempt.target)
        personal = self._mask_personal or provider.off_site
        return mask(attempt.text, terms=self._desk.keep, personal=personal, glossary=said)


def _require_tags(target: str, source: str | None) -> None:
    for tag in filter(None, (target, source)):
        if not valid(tag):
            raise UnsupportedPairError(f"{tag!r} is no language tag; write one such as 'es' or 'pt-BR'")


def _nobody(attempt: _Attempt) -> TranslationError:
    """The error to raise when nobody gave a result: the last provider's kind, everybody's reasons."""
    kind = type(attempt.error) if attempt.error else ProviderUnavailableError
    if attempt.error is None and any(flag.endswith(":no_time_left") for flag in attempt.flags):
        kind = ProviderTimeoutError
    why = ", ".join(attempt.flags)
    return kind(f"no translator gave a result ({why}); try again later, or write in the customer's language")
