"""Checks that a translation must pass before anybody may send it."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal, InvalidOperation

from copilot.translation.codes import primary
from copilot.translation.protect import Masked, find_spans
from copilot.understand.language import LanguageDetector

SHORTEST, LONGEST = 0.45, 2.6
"""A translation's length against its source's: between the twelve languages of NTREX none lies outside."""
MEASURED_FROM = 20
"""Below so many letters the length says nothing."""
_WIDE = re.compile(r"[぀-ヿ一-鿿㐀-䶿가-힣]")
_WIDE_WEIGHT = 2.4
"""Letters of an alphabet that one Chinese, Japanese or Korean sign stands for, about."""

_COMPLAINT = re.compile(
    r"(?i)<!doctype|<html|<title>|that.s an error\. that.s all we know|mymemory warning|"
    r"no query specified|query length limit exceeded|is an invalid (?:source|target) language|"
    r"please select two distinct languages"
)
"""What only a server says."""
_STATUS = re.compile(
    r"(?i)\b(?:error|http|status)[ :]+(\d{3}) \(|\b(50[0234]|429|403)[ :-]+(?:bad gateway|"
    r"service unavailable|gateway time|server error|internal server|too many requests|forbidden)"
)
"""What a customer may tell of as well: then the number stands in the source."""
_NUMBER = re.compile(r"\d+(?:[.,'\u00a0\u202f]\d+)*")


def is_error_page(text: str, source: str) -> bool:
    """Whether a result is a server's complaint; a customer who quotes one isn't mistaken for it."""
    if _COMPLAINT.search(text):
        return _COMPLAINT.search(source) is None
    found = _STATUS.search(text)
    return found is not None and (found[1] or found[2]) not in source


def check(
    source: str, result: str, *, masked: Masked, target: str, detector: LanguageDetector
) -> tuple[str, ...]:
    """The gates that the result fails, sorted; `masked` is the source as it was protected."""
    if not result.strip():
        return ("empty",)
    failed = {
        "error_page": is_error_page(result, source),
        "urls_changed": _miscounted(source, result, masked, {"url"}) or _urls(source) != _urls(result),
        "ids_changed": _miscounted(source, result, masked, None),
        "numbers_changed": numbers(source, masked) != numbers(result, masked),
        "length_out_of_proportion": _out_of_proportion(source, result),
        "wrong_language": _in_another_language(result, target, detector),
    }
    return tuple(sorted(name for name, fails in failed.items() if fails))


def _miscounted(source: str, result: str, masked: Masked, kinds: set[str] | None) -> bool:
    """Whether a protected span occurs more or less often than in the source; None is all but URLs."""
    for original, kind, shown in zip(masked.originals, masked.kinds, masked.restored, strict=True):
        wanted = kind in kinds if kinds else kind != "url"
        if not wanted:
            continue
        # A glossary's term may stand in the translation of other words too; none of its places may be lost.
        lost = result.count(shown) < source.count(original)
        if lost if shown != original else source.count(original) != result.count(original):
            return True
    return False


def _urls(text: str) -> Counter[str]:
    return Counter(text[span.start : span.end] for span in find_spans(text) if span.kind == "url")


def numbers(text: str, masked: Masked) -> Counter[str]:
    """The values of the numbers outside the protected spans, however their separators are written."""
    for original in sorted({*masked.originals, *masked.restored}, key=len, reverse=True):
        text = text.replace(original, " ")
    return Counter(number_value(found) for found in _NUMBER.findall(text))


def number_value(written: str) -> str:
    """One spelling for one value: `1,000.50` and `1.000,5` agree, `12.50` and `125.0` don't."""
    groups = re.split(r"\D", written)
    separators = re.findall(r"\D", written)
    if len(separators) == 1:
        decimal = len(groups[-1]) != 3
    else:
        decimal = len(set(separators)) == 2 and separators[-1] not in separators[:-1]
    thousands = groups[1:-1] if decimal else groups[1:]
    if any(len(group) != 3 for group in thousands):
        return "|".join(groups)  # a date, a version
    whole = "".join(groups[:-1] if decimal else groups)
    try:
        value = Decimal(f"{whole}.{groups[-1]}" if decimal else whole)
    except InvalidOperation:
        return written
    return format(value.normalize(), "f")


def _length(text: str) -> float:
    letters = sum(char.isalnum() for char in text)
    return letters + len(_WIDE.findall(text)) * (_WIDE_WEIGHT - 1)


def _out_of_proportion(source: str, result: str) -> bool:
    before, after = _length(source), _length(result)
    if before < MEASURED_FROM:
        return after > 8 * MEASURED_FROM
    return not SHORTEST <= after / before <= LONGEST


def _in_another_language(result: str, target: str, detector: LanguageDetector) -> bool:
    """Whether the result is told to be in a language other than asked; unknown is no."""
    if primary(target) not in {primary(tag) for tag in detector.languages}:
        return False
    found = detector.detect(result).language
    return found is not None and primary(found) != primary(target)
