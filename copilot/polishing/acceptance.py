"""Whether a model's wording may stand in a draft's place: decided by what both say, never by trust."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from copilot.drafting.facts import facts_in
from copilot.drafting.text import content_words, sentences, words
from copilot.models import DraftWarning
from copilot.polishing.claims import limit_lost, negation_changed, new_promise, numbers, promise_lost
from copilot.polishing.models import Polished
from copilot.polishing.sheet import GAP, SENT, Sheet, capitals_at
from copilot.translation.codes import primary
from copilot.understand.language import LanguageDetector

Prove = Callable[[str], tuple[DraftWarning, ...]]
"""The proof of a whole text; its warnings."""
SHORTEST, LONGEST = 0.5, 1.5
"""A wording's length against the draft's, in letters of the whole body."""
LONGEST_LINE = 2.0
"""Of a single line, which may grow more where another shrinks."""
_SLACK = 40
"""Letters that even a short line may grow by."""
LEAST_KEPT = 0.3
"""Of a sentence's content words, the share that the other line has too (own rewordings: .43 and more)."""
_ENOUGH_WORDS = 4
_PLAIN = frozenset(" .,;:!?…()'\"’‘“”„«»¿¡–—-\u00a0\u202f")
_ADDRESS = re.compile(r"[\w-]{2,}\.[^\W\d_]{2,}|@|://|\bwww\b", re.IGNORECASE)
_PREAMBLE = re.compile(
    r"^\W*(?:sure|certainly|absolutely|of course|okay|claro|por supuesto|bien sûr|gerne?|natürlich"
    r"|selbstverständlich)\W"
    r"|\b(?:re-?written|re-?worded|re-?phrased|polished|improved|revised)"
    r" (?:version|reply|text|draft|wording|message)"
    r"|\b(?:versión|respuesta) (?:reescrita|mejorada|revisada)"
    r"|\bversion (?:réécrite|améliorée|révisée|reformulée)"
    r"|\b(?:überarbeitete|verbesserte|umformulierte)[rn]? (?:version|fassung|text|antwort|entwurf)"
    r"|^\W*(?:here(?:['’]s| is| are)|aquí (?:tiene|está)|voici|hier ist)\b[^.!?]*:",
    re.IGNORECASE,
)
_QUOTES = ('"', "“", "„", "«", "'")
_TIES_BEFORE = re.compile(r"[\w.,@/_&+#–-]$")
_TIES_AFTER = re.compile(r"^(?:[\w@/_&+#-]|[.,:](?=\w)|['’](?!s\b))")


@dataclass(frozen=True, slots=True)
class Judge:
    """What an answer is judged by, besides the draft itself."""

    detector: LanguageDetector
    prove: Prove

    def decide(self, draft: str, sheet: Sheet, answer: str) -> Polished:
        """The answer in the draft's place if it says what the draft says, else the draft and why."""
        before = self.prove(draft)
        lines = _lines_of(answer)
        reason = unfit(sheet, lines, self.detector)
        text = draft if reason else sheet.put_together(lines)
        reason = reason or _changed(draft, text)
        after = before if reason else self.prove(text)
        reason = reason or ("new_warning" if _told(after) - _told(before) else None)
        return Polished(draft if reason else text, draft, reason is None, reason, before if reason else after)


def _lines_of(answer: str) -> list[str]:
    """The lines that say something, composed, so that é counts as the letter that it is."""
    lines = unicodedata.normalize("NFC", answer).replace("\r\n", "\n").split("\n")
    return [line.strip() for line in lines if line.strip()]


def _changed(draft: str, text: str) -> str | None:
    """What must be the same in the whole letter, values filled in again."""
    if text == draft:
        return "unchanged"
    if [(f.kind, f.value) for f in facts_in(draft)] != [(f.kind, f.value) for f in facts_in(text)]:
        return "fact_changed"
    if GAP.findall(draft) != GAP.findall(text):
        return "value_lost"
    return None


def _told(warnings: Sequence[DraftWarning]) -> Counter[tuple[str, str]]:
    return Counter((warning.code, warning.text) for warning in warnings)


def unfit(sheet: Sheet, lines: Sequence[str], detector: LanguageDetector) -> str | None:
    """Why these lines, with their tokens, may not stand in the draft's place; None where they may."""
    drafted = sheet.lines
    if not _in_proportion(drafted, lines):  # first: what follows takes time by the letter
        return "length"
    if _PREAMBLE.search(lines[0]) and not _PREAMBLE.search(drafted[0]):
        return "preamble"
    if len(lines) != len(drafted):
        return "layout_changed"
    if _in_another_language(drafted, lines, sheet.language, detector):
        return "wrong_language"
    reasons = (_unfit_line(*pair, sheet.language) for pair in zip(drafted, lines, strict=True))
    return next(filter(None, reasons), None)


def _unfit_line(before: str, after: str, language: str) -> str | None:
    """Why a line may not stand in another's place. First what could hide something from the later checks."""
    plain_before, plain_after = SENT.sub(" ", before), SENT.sub(" ", after)
    checks: dict[str, Callable[[], object]] = {
        "value_lost": lambda: SENT.findall(before) != SENT.findall(after) or _ties(before) != _ties(after),
        "new_link": lambda: _more(_ADDRESS.findall(plain_after), _ADDRESS.findall(plain_before)),
        "new_figure": lambda: _figures(plain_before, plain_after, language),
        "strange_characters": lambda: _stranger(plain_before, plain_after),
        "markup": lambda: _marked(after) and not _marked(before),
        "new_name": lambda: _names(plain_after, language) - set(words(plain_before)),
        "new_promise": lambda: new_promise(plain_before, plain_after),
        "promise_lost": lambda: promise_lost(plain_before, plain_after),
        "negation_changed": lambda: negation_changed(plain_before, plain_after),
        "limit_lost": lambda: limit_lost(plain_before, plain_after, language),
        "length": lambda: len(after) > LONGEST_LINE * len(before) + _SLACK,
        "another_text": lambda: _is_another(plain_before, plain_after),
    }
    return next((reason for reason, fails in checks.items() if fails()), None)


def _more(after: Sequence[str], before: Sequence[str]) -> bool:
    return bool(Counter(after) - Counter(before))


def _ties(line: str) -> list[tuple[str, str]]:
    """What each token hangs together with: a letter or a minus beside it would make another value of it."""
    pieces = SENT.split(line)
    return [
        (_tie(_TIES_BEFORE, ahead) if ahead or not number else "token", _tie(_TIES_AFTER, behind))
        for number, (ahead, behind) in enumerate(pairwise(pieces))
    ]


def _tie(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""


def _figures(before: str, after: str, language: str) -> bool:
    return any(map(str.isnumeric, after)) or numbers(before, language) != numbers(after, language)


def _stranger(before: str, after: str) -> bool:
    """Whether characters came in that are neither plain signs nor letters of a script that the draft has."""
    scripts = {_script(char) for char in before if char.isalpha()} | {"LATIN"}

    def strange(text: str) -> list[str]:
        return [c for c in text if c not in _PLAIN and not (c.isalpha() and _script(c) in scripts)]

    return _more(strange(after), strange(before))


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def _marked(line: str) -> bool:
    """Whether a line begins as a list's item or is quoted whole."""
    return line.startswith(("- ", "– ", "— ")) or line.startswith(_QUOTES)


def _names(text: str, language: str) -> set[str]:
    return {word for start, end in capitals_at(text, language) for word in words(text[start:end])}


def _is_another(before: str, after: str) -> bool:
    """Whether a sentence of either line has no counterpart in the other one."""
    return any(
        len(told := content_words(sentence)) >= _ENOUGH_WORDS
        and len(told & content_words(other)) < LEAST_KEPT * len(told)
        for line, other in ((before, after), (after, before))
        for sentence in sentences(line)
    )


def _in_proportion(drafted: Sequence[str], lines: Sequence[str]) -> bool:
    before, after = sum(map(len, drafted)), sum(map(len, lines))
    return SHORTEST * before <= after <= max(LONGEST * before, before + _SLACK)


def _in_another_language(
    drafted: Sequence[str], lines: Sequence[str], language: str, detector: LanguageDetector
) -> bool:
    """Whether the body, or a line long enough to tell, is in another language than the draft is."""
    long = [pair for pair in zip(drafted, lines, strict=True) if len(words(pair[1])) >= _ENOUGH_WORDS]
    pairs = [("\n".join(drafted), "\n".join(lines)), *long]
    return any(
        _told_language(after, detector) not in {_told_language(before, detector), primary(language)}
        for before, after in pairs
    )


def _told_language(text: str, detector: LanguageDetector) -> str | None:
    found = detector.detect(SENT.sub(" ", text)).language
    return None if found is None else primary(found)
