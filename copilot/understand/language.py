"""In which language a customer writes: a gate by script, two detectors averaged, or "can't tell"."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from copilot.models import Detection
from copilot.understand.language_model import load_classifier
from copilot.understand.language_text import FOREIGN_LETTERS, SHARED_SCRIPTS, WRITTEN_IN, clean, script_of
from copilot.understand.language_words import GREETINGS, WORDS
from knowledge_base.models import Conversation

DEFAULT_LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "nl", "pl", "sv", "tr", "ru", "ar", "zh", "ja", "ko")

ACCEPTANCE = 0.80
"""From here a language is claimed: on short support phrases nothing wrong was accepted at this score."""
DECAY = 0.8
"""Weight of a message against the next newer one: a switch of language is followed within three messages."""
FLOOR = 0.02
"""Added to each probability before its logarithm, so that one message never rules a language out."""
USUAL_PRIOR = 3.0
"""How much likelier the desk's usual languages are before anything was read; more would drown the text."""
PROFILE_CONFIDENCE = 0.95
"""A profile is usually right, but it is not the agent's word."""
GATE_CONFIDENCE = 0.99
GREETING_CONFIDENCE = 0.95
SAMPLED_SHARE = 0.4
"""langdetect's share of the mean. It is sure of itself on short text, so py3langid weighs a little more."""
TRIALS = 4
"""langdetect's random runs over a text; its usual 7 take longer and answer no better."""
WORD_ODDS = 5.0
"""How much likelier each frequent word makes its languages (4 to 8 measured alike)."""
NAMES_SHARE = 0.5
"""What is left of the scores of a text of nothing but capitalised unknown words: names tell no language."""
STRANGER_SHARE = 0.8
"""From here the text is left to a language beside the desk's: Danish is no bad Swedish."""
STRANGER_BEST = 0.5
STRANGER_WORDS = 3
"""Shorter or spread over several languages it is more often an unusual phrase in one of the desk's."""


@dataclass(frozen=True, slots=True)
class _Models:
    """Both detectors over one set of languages; only read once built, so threads may share it."""

    languages: tuple[str, ...]
    profiles: Any  # langdetect's DetectorFactory, or None where it has fewer than two of the languages
    classifier: Any  # py3langid's LanguageIdentifier

    def probabilities(self, text: str) -> dict[str, float]:
        """Language to probability, the mean of the two detectors; they add up to 1."""
        ranked = {_from_label(label): score for label, score in self.classifier.rank(text)}
        sampled = self._sampled(text) or ranked
        return {
            code: (1 - SAMPLED_SHARE) * ranked[code] + SAMPLED_SHARE * sampled.get(code, 0.0)
            for code in self.languages
        }

    def _sampled(self, text: str) -> dict[str, float]:
        from langdetect.lang_detect_exception import LangDetectException

        if self.profiles is None:
            return {}
        detector = self.profiles.create()
        detector.n_trial = TRIALS
        detector.append(text)
        try:
            detector._detect_block()  # get_probabilities hides what lies under 0.1
        except LangDetectException:
            return {}
        return {_from_label(label): p for label, p in zip(detector.langlist, detector.langprob, strict=True)}


_build_lock = threading.Lock()


def _from_label(label: str) -> str:
    """Our code for a detector's label."""
    return {"no": "nb", "zh-cn": "zh", "zh-tw": "zh"}.get(label, label)


@lru_cache(maxsize=1)
def _whole_classifier() -> Any:
    return load_classifier()


@lru_cache(maxsize=16)
def _build_models(languages: tuple[str, ...]) -> _Models:
    from pathlib import Path

    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    if not languages:
        return _Models((), None, _whole_classifier())
    classifier = copy.copy(_whole_classifier())
    known = {_from_label(label): label for label in classifier.labels}
    wanted = tuple(code for code in languages if code in known)
    classifier.set_languages([known[code] for code in wanted])
    files = [Path(PROFILES_DIRECTORY) / {"nb": "no"}.get(code, code) for code in wanted]
    texts = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    if len(texts) < 2:
        return _Models(wanted, None, classifier)
    profiles = DetectorFactory()
    profiles.set_seed(0)
    profiles.load_json_profile(texts)
    return _Models(wanted, profiles, classifier)


def _models(languages: tuple[str, ...]) -> _Models:
    """The detectors over these languages, built once: their loading is not safe between threads."""
    with _build_lock:
        return _build_models(languages)


def _primary(tag: str) -> str:
    """The language of a BCP 47 tag, with the labels that mean the same folded (`no` is `nb`)."""
    code = tag.replace("_", "-").split("-")[0].lower()
    return {"no": "nb", "nn": "nb", "iw": "he"}.get(code, code)


class LanguageDetector:
    """Tells a message's or a conversation's language, in the desk's own tags; thread-safe, deterministic."""

    def __init__(
        self, languages: tuple[str, ...] = DEFAULT_LANGUAGES, *, usual: tuple[str, ...] = ()
    ) -> None:
        self.languages = languages
        self._tags: dict[str, str] = {}
        for tag in languages:
            self._tags.setdefault(_primary(tag), tag)
        self._usual = frozenset(_primary(tag) for tag in usual)

    def detect(self, text: str) -> Detection:
        """The language of one text; None where it can't be told, or isn't one of the desk's."""
        return self._decide(self._probabilities(text))

    def detect_conversation(self, conversation: Conversation) -> Detection:
        """The customer's language: the agent's choice, else the profile, else what the messages say."""
        detected = self._decide(self._remembered([m.text for m in conversation.by("customer")]))
        if conversation.language:
            return Detection(conversation.language, 1.0, detected.candidates)
        if conversation.customer.language:
            return Detection(conversation.customer.language, PROFILE_CONFIDENCE, detected.candidates)
        return detected

    def _remembered(self, texts: list[str]) -> Mapping[str, float]:
        """Log-probabilities summed over the messages, each older one weighing less."""
        told = [p for p in (self._probabilities(text) for text in texts) if p]
        if len(told) <= 1:
            return told[0] if told else {}
        codes = {code for p in told for code in p}
        sums = {code: math.log(USUAL_PRIOR) if code in self._usual else 0.0 for code in codes}
        for age, probabilities in enumerate(reversed(told)):
            for code in codes:
                sums[code] += DECAY**age * math.log(probabilities.get(code, 0.0) + FLOOR)
        return _softmax(sums)

    def _decide(self, probabilities: Mapping[str, float]) -> Detection:
        ranked = sorted(probabilities.items(), key=lambda item: (-item[1], item[0]))
        candidates = tuple((self._tags.get(code, code), round(p, 4)) for code, p in ranked if p >= FLOOR)
        if not ranked:
            return Detection(None, 0.0)
        code, confidence = ranked[0]
        accepted = confidence >= ACCEPTANCE and code in self._tags
        return Detection(self._tags[code] if accepted else None, round(confidence, 4), candidates)

    def _probabilities(self, text: str) -> Mapping[str, float]:
        """Language to probability; empty where the text holds no language at all."""
        text = clean(text)
        script = script_of(text)
        if script is None:
            return {}
        if script != "latin":
            return self._by_script(script, text)
        return self._latin(text)

    def _by_script(self, script: str, text: str) -> Mapping[str, float]:
        if script in SHARED_SCRIPTS and (strangers := _strangers(text, tuple(self._tags))):
            return strangers
        codes = tuple(code for code in self._tags if WRITTEN_IN.get(code) == script)
        if len(codes) > 1:
            return _models(codes).probabilities(text)
        if not codes or (codes[0] in FOREIGN_LETTERS and FOREIGN_LETTERS[codes[0]].search(text)):
            return {}
        return {codes[0]: GATE_CONFIDENCE}

    def _latin(self, text: str) -> Mapping[str, float]:
        greeted = GREETINGS.get(" ".join(text.lower().split()))
        if greeted:
            return {greeted: GREETING_CONFIDENCE}
        codes = self._contrast()
        return _strangers(text, codes) or _weigh_words(_models(codes).probabilities(text), text)

    def _contrast(self) -> tuple[str, ...]:
        """The languages in Latin letters to choose from: the desk's, and the usual ones beside them.

        A desk of two languages still gets mail in a third: without the contrast it would be claimed.
        """
        both = dict.fromkeys((*map(_primary, DEFAULT_LANGUAGES), *self._tags))
        return tuple(code for code in both if code not in WRITTEN_IN)


def _strangers(text: str, codes: tuple[str, ...]) -> dict[str, float]:
    """The languages beside `codes` that the text is almost surely in; empty where it may be one of them."""
    if len(text.split()) < STRANGER_WORDS:
        return {}
    ranked = [(_from_label(label), p) for label, p in _models(()).classifier.rank(text)]
    beside = {code: p for code, p in ranked if code not in codes and p >= FLOOR}
    if sum(beside.values()) < STRANGER_SHARE or max(beside.values()) < STRANGER_BEST:
        return {}
    return beside


def _weigh_words(probabilities: Mapping[str, float], text: str) -> dict[str, float]:
    """The probabilities after what the text's frequent words say, or after finding nothing but names."""
    words = text.split()
    found = [WORDS[word] for word in dict.fromkeys(w.lower() for w in words) if word in WORDS]
    if not found and all(word[0].isupper() for word in words):
        even = (1 - NAMES_SHARE) / len(probabilities)
        return {code: NAMES_SHARE * p + even for code, p in probabilities.items()}
    weighed = dict(probabilities)
    for languages in found:
        for code in languages & weighed.keys():
            weighed[code] *= WORD_ODDS
    total = sum(weighed.values())
    return {code: p / total for code, p in weighed.items()}


def _softmax(sums: Mapping[str, float]) -> dict[str, float]:
    top = max(sums.values())
    weights = {code: math.exp(value - top) for code, value in sums.items()}
    total = sum(weights.values())
    return {code: weight / total for code, weight in weights.items()}
