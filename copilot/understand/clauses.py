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
WEATHER_WORDS = 1
"""A clause about the weather may name so much beside it: the place."""
RESOLVED_WORDS = 10
"""A clause that says "solved" in more words than this tells something else too."""
SIGNATURE_CLAUSES = 5
"""So many clauses from the end a sign-off is looked for."""
THANKS_WORDS = 2
"""So many words of content may stand before the thanks of a message that begins with them."""
CLAUSES = 300
"""Clauses read of one message: more are no request that a person wrote."""
_SENTENCE = re.compile(r"(?<=[.!?…])(?=\s)|(?<=[。！？\n])")
_DOUBLE = re.compile(r" {2,}")
_CLAUSE = re.compile(r"[^,;:–—]+(?:[,;:–—]+\s*)?|[,;:–—]+\s*")
_SMALL = frozenset(("greeting", "thanks", "praise", "signoff", "filler"))
_NAMELESS = _SMALL | {"new_subject", "aside"}
_GRATEFUL = frozenset(("thanks", "praise"))
_CLOSING = frozenset(("thanks", "signoff"))
MARKER_WORDS = 4
_REFUSALS = frozenset(["no", "nope", "non", "nein", "nee", "nao", "nie"])
_ASIDE = frozenset(("aside",))
# Accounts and pages named in a post, an agent's initials under one; a word behind # is a word like others.
_MARKS = re.compile(r"(?<![\w.%+-])@\w{2,}|(?:https?://|www\.)\S+|\^[A-Z]{1,3}\s*$")
_HASH = re.compile(r"#(?=[^\W\d_])")
_MARK_HINTS = ("@", "#", "://", "www.", "^")
# "F. Amadi" behind the last sentence.
_INITIALS = re.compile(r"(?<=[.!?…])\s+(?:[A-Z]\.\s*){1,3}[A-Z][\w'’-]{1,30}\s*$")
_ID = re.compile(r"^(?=.*\d)[\w#/.-]+$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A message without its small talk. `names` are its words of content, folded; `begins`: a new subject.

    "Where is it?" names nothing, but it isn't small talk either. `thanks`: it begins by thanking or
    praising; `aside`: by words that often, but not always, begin another subject.
    """

    core: str
    names: tuple[str, ...] = ()
    resolved: bool = False
    thanks: bool = False
    begins: bool = False
    aside: bool = False
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    names: tuple[str, ...]
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
    parts = (part for sentence in sentences(_plain(text)) for part in _CLAUSE.findall(sentence))
    clauses = _unsigned([_read_clause(part) for part in islice(parts, CLAUSES)])
    start = _subject_start(clauses)
    resolved = any("resolved" in c.groups for c in clauses)
    kept = [c for c in clauses[start:] if "resolved" not in c.groups]
    return Reading(
        core=_join(kept),
        names=tuple(name for clause in kept for name in clause.names),
        resolved=resolved,
        thanks=_opens_with(clauses, _GRATEFUL, THANKS_WORDS),
        begins=start > 0 or any("new_subject" in c.groups for c in clauses[:1]),
        aside=_opens_with(clauses, _ASIDE),
        refuses=bool(clauses) and "refuses" in clauses[0].groups,
    )


def _plain(text: str) -> str:
    """The person's own words without addresses of accounts and pages, and without a name at the end."""
    text = own_words(text)
    if any(hint in text for hint in _MARK_HINTS):
        text = _HASH.sub("", _MARKS.sub("", text))
    return _INITIALS.sub("", text)


def _unsigned(clauses: list[_Clause]) -> list[_Clause]:
    """The clauses without a name behind thanks or a sign-off at the end."""
    for at in range(len(clauses) - 1, max(-1, len(clauses) - 1 - SIGNATURE_CLAUSES), -1):
        if _CLOSING & clauses[at].groups and not clauses[at].names:
            rest = "".join(clause.text for clause in clauses[at + 1 :]).split()
            named = len(rest) <= NAME_WORDS and all(word[:1].isupper() for word in rest)
            return clauses[: at + 1] if named else clauses
    return clauses


def _opens_with(clauses: list[_Clause], groups: frozenset[str], before: int = 0) -> bool:
    """Whether a clause of these groups stands in front, behind at most `before` words of content."""
    weight = 0
    for clause in clauses:
        if groups & clause.groups:
            return True
        weight += len(clause.names)
        if weight > before:
            return False
    return False


def _subject_start(clauses: list[_Clause]) -> int:
    """Where the message's newest subject begins: after "solved", at "another thing"; 0 if it has just one."""
    for at in range(len(clauses) - 1, -1, -1):
        follows = any(c.names for c in clauses[at + 1 :])
        if "new_subject" in clauses[at].groups and (follows or clauses[at].names):
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
    if any(hit.group == "aside" and hit.start <= 1 for hit in hits):
        groups.add("aside")
    if _is_resolved(part, words, hits):
        groups.add("resolved")
    if words.words and words.words[0] in _REFUSALS:
        groups.add("refuses")
    plain = _plain_words(part, words, hits)
    function = load_set("smalltalk", "function")
    names = tuple(word for word in plain if word not in function and not word.isdigit())
    return _Clause(part, names, len(plain), frozenset(groups))


def _marks_subject(hit: Hit, words: Words) -> bool:
    """Whether it begins a subject: "another question" does anywhere, "something else" only in front."""
    concerns = load_set("smalltalk", "concerns").intersection(words.words[hit.start : hit.end])
    return bool(concerns) or hit.start <= 1 or len(words.words) <= MARKER_WORDS


def _is_resolved(part: str, words: Words, hits: list[Hit]) -> bool:
    return _only_settled(part, words, hits) or (
        any(hit.group == "resolved" and not hit.negated for hit in hits)
        and len(words.words) <= RESOLVED_WORDS
        and "?" not in part
        and not load_set("smalltalk", "block").intersection(words.words)
    )


def _only_settled(part: str, words: Words, hits: list[Hit]) -> bool:
    """Whether the clause says "all good", "it arrived" and nothing else but small talk."""
    said = [hit for hit in hits if hit.group == "settled" and not hit.negated]
    if not said or "?" in part:
        return False
    covered = {
        at for hit in (*said, *(h for h in hits if h.group in _SMALL)) for at in range(hit.start, hit.end)
    }
    return len(covered) == len(words.words)


def _plain_words(part: str, words: Words, hits: list[Hit]) -> list[str]:
    """The words that aren't small talk; none in a greeting with a name."""
    covered = {at for hit in hits if hit.group in _NAMELESS for at in range(hit.start, hit.end)}
    rest = [word for at, word in enumerate(words.words) if at not in covered]
    greets = any(hit.group == "greeting" and hit.start == 0 for hit in hits) or (
        any(hit.group == "thanks" and hit.start == 0 for hit in hits)
    )
    if "?" not in part and any(hit.group == "weather" for hit in hits):
        function = load_set("smalltalk", "function")
        weather = {at for hit in hits if hit.group == "weather" for at in range(hit.start, hit.end)}
        rest = [word for at, word in enumerate(words.words) if at not in covered | weather]
        if sum(word not in function for word in rest) <= WEATHER_WORDS:
            return []
    if greets and len(rest) <= NAME_WORDS and part.split()[-1][:1].isupper():
        return []
    return rest


def _join(clauses: list[_Clause]) -> str:
    """The clauses that aren't small talk."""
    text = ""
    for clause in clauses:
        asks = clause.plain >= PLAIN_WORDS and "new_subject" not in clause.groups
        if clause.names or asks or _names_id(clause.text):
            text += clause.text
        elif text and not text[-1].isspace():
            text += " "  # the white space of what is left out
    return _DOUBLE.sub(" ", text).strip(" \t\n,;:–—")


def _names_id(text: str) -> bool:
    return any(_ID.match(word.strip(".,;:!?()")) for word in text.split())
