"""One customer's message taken apart: which clauses carry content, which are small talk or a closing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from copilot.understand.lexicon import Hit, Words, load_lexicon, load_set, split_words
from copilot.understand.text import own_words

NAME_WORDS = 3
PLAIN_WORDS = 2
"""So many words of mere grammar ("where is it") still ask something."""
RESOLVED_WORDS = 10
"""A clause that says "solved" in more words than this tells something else too."""
CLAUSES = 300
"""Clauses read of one message: more are no request that a person wrote."""
_SENTENCE = re.compile(r"(?<=[.!?…])(?=\s)|(?<=[。！？\n])")
_DOUBLE = re.compile(r" {2,}")
_CLAUSE = re.compile(r"[^,;:–—]+(?:[,;:–—]+\s*)?|[,;:–—]+\s*")
_SMALL = frozenset(("greeting", "thanks", "signoff", "filler"))
MARKER_WORDS = 4
_REFUSALS = frozenset(["no", "nope", "non", "nein", "nee", "nao", "nie"])
_ID = re.compile(r"^(?=.*\d)[\w#/.-]+$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A message without its small talk. `weight` counts words of content; `begins`: a new subject.

    "Where is it?" weighs nothing, since it names nothing, but it isn't small talk either.
    """

    core: str
    weight: int = 0
    resolved: bool = False
    thanks: bool = False
    begins: bool = False
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    weight: int
    plain: int
    groups: frozenset[str]


def sentences(text: str) -> list[str]:
    """The text cut after sentence marks and at newlines, white space kept, so that joining gives it back."""
    return [part for part in _SENTENCE.split(text) if part]


def has_phrase(text: str, group: str) -> bool:
    """Whether the text holds a phrase of that group of the small-talk file."""
    return any(hit.group == group for hit in load_lexicon("smalltalk").find(split_words(text)))


def read_message(text: str) -> Reading:
    """The message without greetings, thanks, sign-offs, quotes; and whether it closes or opens a subject."""
    parts = (part for sentence in sentences(own_words(text)) for part in _CLAUSE.findall(sentence))
    clauses = [_read_clause(part) for part in islice(parts, CLAUSES)]
    start = _subject_start(clauses)
    resolved = any("resolved" in c.groups for c in clauses)
    kept = [c for c in clauses[start:] if "resolved" not in c.groups]
    return Reading(
        core=_join(kept),
        weight=sum(c.weight for c in kept),
        resolved=resolved,
        thanks=any("thanks" in c.groups for c in clauses),
        begins=start > 0 or any("new_subject" in c.groups for c in clauses[:1]),
        refuses=bool(clauses) and "refuses" in clauses[0].groups,
    )


def _subject_start(clauses: list[_Clause]) -> int:
    """Where the message's newest subject begins: after "solved", at "another thing"; 0 if it has just one."""
    for at in range(len(clauses) - 1, -1, -1):
        follows = any(c.weight for c in clauses[at + 1 :])
        if "new_subject" in clauses[at].groups and (follows or clauses[at].weight):
            return at
        if "resolved" in clauses[at].groups and follows:
            return at + 1
    return 0


def _read_clause(part: str) -> _Clause:
    words = split_words(part)
    hits = list(load_lexicon("smalltalk").find(words))
    groups = {hit.group for hit in hits if hit.group in _SMALL}
    if any(hit.group == "new_subject" and _marks_subject(hit, words) for hit in hits):
        groups.add("new_subject")
    if _is_resolved(part, words, hits):
        groups.add("resolved")
    if words.words and words.words[0] in _REFUSALS:
        groups.add("refuses")
    plain = _plain_words(part, words, hits)
    function = load_set("smalltalk", "function")
    weight = sum(word not in function and not word.isdigit() for word in plain)
    return _Clause(part, weight, len(plain), frozenset(groups))


def _marks_subject(hit: Hit, words: Words) -> bool:
    """Whether it begins a subject: "another question" does anywhere, "something else" only in front."""
    concerns = load_set("smalltalk", "concerns").intersection(words.words[hit.start : hit.end])
    return bool(concerns) or hit.start <= 1 or len(words.words) <= MARKER_WORDS


def _is_resolved(part: str, words: Words, hits: list[Hit]) -> bool:
    return (
        any(hit.group == "resolved" and not hit.negated for hit in hits)
        and len(words.words) <= RESOLVED_WORDS
        and "?" not in part
        and not load_set("smalltalk", "block").intersection(words.words)
    )


def _plain_words(part: str, words: Words, hits: list[Hit]) -> list[str]:
    """The words that aren't small talk; none in a greeting with a name."""
    covered = {at for hit in hits if hit.group in _SMALL for at in range(hit.start, hit.end)}
    rest = [word for at, word in enumerate(words.words) if at not in covered]
    greets = any(hit.group == "greeting" and hit.start == 0 for hit in hits) or (
        any(hit.group == "thanks" and hit.start == 0 for hit in hits)
    )
    if greets and len(rest) <= NAME_WORDS and part.split()[-1][:1].isupper():
        return []
    return rest


def _join(clauses: list[_Clause]) -> str:
    """The clauses that aren't small talk."""
    text = ""
    for clause in clauses:
        if clause.weight or clause.plain >= PLAIN_WORDS or _names_id(clause.text):
            text += clause.text
        elif text and not text[-1].isspace():
            text += " "  # the white space of what is left out
    return _DOUBLE.sub(" ", text).strip(" \t\n,;:–—")


def _names_id(text: str) -> bool:
    return any(_ID.match(word.strip(".,;:!?()")) for word in text.split())
