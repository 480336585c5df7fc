"""Plain text helpers of drafting: cleaning, sentences, content words, slugs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Longer values are no names or numbers any more, and would push the reply out of the agent's sight.
MAX_VALUE = 200
# A reply that settled a case is never longer; what is, is pasted matter that nobody wants in a draft.
MAX_TEXT = 20_000
# Zero-width joiner and non-joiner are part of correct spelling in Persian and Indic names.
_JOINERS = "‌‍"
_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Cn"}
# What nearly every text is made of and nothing of it is unseen, so that most texts cost one look.
_PLAIN = re.compile(
    "[\n\t\x20-\x7e\u00a0-\u00ac\u00ae-\u0377\u0400-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
    "\u3001-\u3096\u30a1-\u30fe\u4e00-\u9fa5\uac00-\ud7a3]*"
)
_STOP_WORDS_TEXT = """
a about after all also an and any are as at be been before but by can could do does for from get had
has have how i if in into is it its just may me more my no not now of on once one or our out over
please so soon than that the their them then there they this to too up us was we were what when
which who will with within during until would you your al como durante dentro hasta
con de del desde el en es esta este ha han hasta he hemos
la las le les lo los más me mi muy no nos o para pero por que se si sin su sus te tu un una usted ya
y à au aux avec ce ces cette dans des du elle en est et il ils je la le les leur lui mais ne nous on
ou par pas pour qu que qui sa se ses si son sur un une vos votre vous y ab als am an auch auf aus
bei bin bis das dass dem den der des die dies diese dieser ein eine einem einen einer er es für
haben hat ich ihnen ihr ihre ihrem ihren ihrer im in ist mit nach nicht noch nur oder sich sie sind
sobald innerhalb binnen über um und uns unser unsere vom von vor war wenn werde werden wie wir wird
zu zum zur
"""
_STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|no|nr|approx|incl|e\.g|i\.e|etc|z\.\s?b|d\.\s?h|ca|bzw|sra?|srta|avda|art|"
    r"mme|mlle|m|p\.\s?ej|tel|vs|inc|ltd|co)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?<![\w.,])\d{1,2}\.$")
_MONTH = re.compile(
    r"(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|janv|févr|mars|avr|juin|juil|août|déc)"
)
_ENDING = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)\]]*\s+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def clean_value(value: str) -> str:
    """One line without control, bidirectional or private-use characters, at most `MAX_VALUE` long."""
    return " ".join(_visible(value[: 4 * MAX_VALUE], keep="\n\t").split())[:MAX_VALUE].rstrip()


def clean_text(text: str) -> str:
    """Text without control, bidirectional or private-use characters; line breaks stay."""
    return _visible(text[:MAX_TEXT].replace("\r\n", "\n"), keep="\n\t")


def _visible(text: str, *, keep: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    kept = keep + _JOINERS
    return "".join(c for c in text if c in kept or unicodedata.category(c) not in _UNSEEN)


def sentences(line: str) -> list[str]:
    """The sentences of one paragraph, in order, without the space between them."""
    return [line[start:end].strip() for start, end in _ended(line) if line[start:end].strip()]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text stand, in order, without the space between them; a line ends one."""
    return [trimmed for span in _ended(text, lines=True) for trimmed in _lines(text, *span)]


def _ended(text: str, *, lines: bool = False) -> Iterator[tuple[int, int]]:
    """Stretches that end where a sentence does, with the space behind it."""
    start = 0
    for match in _ENDING.finditer(text):
        ended, rest = text[start : match.end()].rstrip(), text[match.end() : match.end() + 20]
        broken = lines and "\n" in match.group()
        if not broken and (
            not rest or rest[:1].islower() or _ABBREVIATION.search(ended[-8:]) or _inside_date(ended, rest)
        ):
            continue
        yield start, match.end()
        start = match.end()
    yield start, len(text)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines of a stretch that hold more than white space, without the space around them."""
    for line in text[start:end].split("\n"):
        bare = line.strip()
        if bare:
            first = start + line.index(bare)
            yield first, first + len(bare)
        start += len(line) + 1


def _inside_date(ended: str, rest: str) -> bool:
    return bool(_ORDINAL.search(ended[-8:])) and _MONTH.match(rest) is not None


def words(text: str) -> list[str]:
    """The words of a text as written."""
    return _WORD.findall(text)


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """Lower-case words that carry meaning, cut to their first six letters so that endings don't matter."""
    return frozenset(w[:6] for w in (x.lower() for x in words(text)) if w not in _STOP_WORDS and len(w) > 2)


def overlap(a: str, b: str) -> float:
    """Share of the shorter text's content words that the other one holds too, 0 to 1."""
    one, two = content_words(a), content_words(b)
    return len(one & two) / min(len(one), len(two)) if one and two else 0.0


def normal(text: str) -> str:
    """Lower-case words alone, to compare what was said whatever its punctuation."""
    return " ".join(w.lower() for w in words(text))


_MARKUP = re.compile(r"\*\*|__|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)|`|!?\[([^\]]*)\]\(([^)]*)\)")


def without_markup(markdown: str) -> str:
    """Markdown as plain text; list marks and headings go, a link leaves its words."""
    lines = (re.sub(r"^\s*(?:[-*+]|\d+[.)]|#{1,6}|>)\s+", "", line) for line in markdown.splitlines())
    return _MARKUP.sub(lambda m: m.group(1) or "", "\n".join(lines)).strip()
