"""What an agent made of a draft, held against it: values changed, gaps filled with the agent's own entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from copilot.drafting.facts import Fact
from copilot.drafting.proof import Backing, check_text
from copilot.drafting.style import wording_of
from copilot.drafting.text import sentence_spans
from copilot.drafting.tokens import tokens_in
from copilot.models import DraftWarning
from knowledge_base.models import Conversation

CHANGED, OPEN, WORDED = "changed_value", "open_gap", "wording"
# A sentence that shares this much of its words with one of the draft is that sentence, edited.
_SAME = 0.6
_WORD = re.compile(r"\[[a-z_]+\]|[^\W_](?:[\w.,:'’/@%+-]*[^\W_])?|[€$£%]")
# No reply is longer; what is pasted beyond is checked for values, only not held against the draft.
_MOST_SENTENCES = 80


@dataclass(frozen=True, slots=True)
class Drafted:
    """A text that was offered, with where its values and its gaps stand."""

    text: str
    values: tuple[Fact, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
    language: str = "en"

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> Drafted:
        """From a draft in the exchange format."""
        text, spans = shown["text"], shown.get("spans", ())
        slots = [
            Fact("name", text[s["start"] : s["end"]].lower(), s["start"], s["end"])
            for s in spans
            if s["kind"] == "slot"
        ]
        gaps = tuple((s["start"], s["end"]) for s in spans if s["kind"] == "gap")
        spoken = shown["language"].split("-")[0]
        return cls(text, (*tokens_in(text, spoken), *slots), gaps, spoken)


def check_reply(
    text: str,
    conversation: Conversation,
    shown: Mapping[str, Any],
    *,
    language: str,
    agent_name: str | None = None,
) -> tuple[DraftWarning, ...]:
    """The same for a reply in a conversation. `shown` is the suggestion in the exchange format, or empty.

    Whoever is called `agent_name` may sign it.
    """
    versions = [one for one in (shown.get("draft"), shown.get("customer_draft")) if one]
    drafted = [Drafted.of(one) for one in versions]
    backing = _backing(conversation, shown, versions) | Backing.of([("agent", agent_name or "")])
    proof = check_edited(text, drafted, backing, language=language)
    return tuple(sorted((*proof, *_worded(text, versions, language)), key=lambda warning: warning.start))


def _worded(text: str, versions: Sequence[Mapping[str, Any]], language: str) -> Iterator[DraftWarning]:
    """Blame, jargon and cold words of the agent's own; `source` is what to write instead."""
    offered = "\n".join(version["text"] for version in versions).lower()
    for one in wording_of(text, language):
        if one.text.lower() not in offered:  # what the desk approved in a template is the linter's to tell
            yield DraftWarning(WORDED, one.text, one.start, one.end, one.instead)


def _backing(
    conversation: Conversation, shown: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]
) -> Backing:
    """What an edited reply may lean on: the conversation, the policy shown, and what the draft had proven."""
    sources = [(f"message:{n}", m.text) for n, m in enumerate(conversation.messages) if m.role != "note"]
    sources += [(f"slot:{name}", value) for name, value in conversation.slots.items()]
    sources += [("customer", conversation.customer.name)] if conversation.customer.name else []
    for version in versions:
        for span in version.get("spans", ()):
            if span["kind"] in ("template", "policy", "slot"):
                sources.append((span["source"], version["text"][span["start"] : span["end"]]))
    backing = Backing.of(sources)
    for passage in shown.get("passages", ()):
        told = [(f"article:{passage['article_id']}", f"{passage['section']}\n{passage['text']}")]
        backing = backing | Backing.of(told, language=passage["language"])
    return backing


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


def check_edited(
    text: str, drafted: Sequence[Drafted], backing: Backing, *, language: str = "en"
) -> tuple[DraftWarning, ...]:
    """Warn of every value that nothing backs, of one that differs from the draft's, and of gaps left open.

    What stands where a gap stood is the agent's own entry and needs no other proof.
    """
    changed: list[DraftWarning] = []
    entered: list[tuple[int, int]] = []
    for one in _counterparts(text, drafted):
        found, own = _compared(text, one)
        changed += found
        entered += own
    unproven = [w for w in check_text(text, backing, language=language) if not _within(w, entered)]
    gaps = {draft.text[start:end] for draft in drafted for start, end in draft.gaps}
    left = [
        DraftWarning(OPEN, match.group(), match.start(), match.end())
        for match in re.finditer(r"\[[a-z_]+\]", text)
        if match.group() in gaps
    ]
    told = [(w.start, w.end) for w in (*unproven, *left)]
    fresh = [w for w in changed if not _within(w, told) and not _within(w, entered)]
    return tuple(sorted((*unproven, *left, *fresh), key=lambda warning: warning.start))


def _within(warning: DraftWarning, places: Sequence[tuple[int, int]]) -> bool:
    return any(warning.start < end and start < warning.end for start, end in places)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A sentence of the edited text and the one of the draft that it was."""

    edited: list[_Word]
    was: list[_Word]
    drafted: Drafted


def _counterparts(text: str, drafted: Sequence[Drafted]) -> Iterator[_Pair]:
    offered = [
        (_words(one.text, *span), one)
        for one in drafted
        for span in sentence_spans(one.text)[:_MOST_SENTENCES]
    ]
    for span in sentence_spans(text)[:_MOST_SENTENCES]:
        edited = _words(text, *span)
        best = max(offered, key=lambda pair: _likeness(edited, pair[0]), default=None)
        if best and _likeness(edited, best[0]) >= _SAME:
            yield _Pair(edited, *best)


def _words(text: str, start: int, end: int) -> list[_Word]:
    return [
        _Word(m.group().lower(), start + m.start(), start + m.end()) for m in _WORD.finditer(text[start:end])
    ]


def _likeness(one: Sequence[_Word], two: Sequence[_Word]) -> float:
    """Shared words over those of the longer sentence, 0 to 1."""
    a, b = {word.text for word in one}, {word.text for word in two}
    return len(a & b) / max(len(a), len(b), 1)


def _compared(text: str, pair: _Pair) -> tuple[list[DraftWarning], list[tuple[int, int]]]:
    """Values that differ, and where the agent filled a gap."""
    changed, entered = [], []
    said, was = [w.text for w in pair.edited], [w.text for w in pair.was]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, was, said, autojunk=False).get_opcodes():
        if tag != "replace":
            continue
        before, after = (
            (pair.was[i1].start, pair.was[i2 - 1].end),
            (pair.edited[j1].start, pair.edited[j2 - 1].end),
        )
        if _touches(before, pair.drafted.gaps):
            entered.append(after)
        elif _differs(text, before, after, pair.drafted):
            changed.append(DraftWarning(CHANGED, text[slice(*after)], *after))
    exchanged = list(_exchanged(text, pair))
    places = [(warning.start, warning.end) for warning in exchanged]
    return [*exchanged, *(w for w in changed if not _within(w, places))], entered


def _exchanged(text: str, pair: _Pair) -> Iterator[DraftWarning]:
    """Values of the edited sentence that the draft's had not, where it lost one of that kind."""
    if not pair.edited or not pair.was:
        return
    start, end = pair.edited[0].start, pair.edited[-1].end
    first, last = pair.was[0].start, pair.was[-1].end
    now = [token for token in tokens_in(text[start : end + 1], pair.drafted.language) if token.kind != "name"]
    was = [value for value in pair.drafted.values if first <= value.start < last]
    for kind in dict.fromkeys(token.kind for token in now):
        before = [value.value for value in was if value.kind == kind]
        after = [token for token in now if token.kind == kind]
        for token in _strange(before, after):
            place = (start + token.start, start + token.end)
            yield DraftWarning(CHANGED, text[slice(*place)], *place)


def _strange(before: Sequence[str], after: Sequence[Fact]) -> Iterator[Fact]:
    """The values that stand where others stood; what was only added is none."""
    codes = SequenceMatcher(None, before, [one.value for one in after], autojunk=False).get_opcodes()
    if any(tag in {"replace", "delete"} for tag, *_ in codes):
        for tag, _, _, j1, j2 in codes:
            yield from after[j1:j2] if tag in {"replace", "insert"} else ()


def _touches(place: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in others)


def _differs(text: str, before: tuple[int, int], after: tuple[int, int], drafted: Drafted) -> bool:
    """Whether a value of the draft stood there and isn't said there any more, however it is written."""
    lost = [value for value in drafted.values if _touches(before, [(value.start, value.end)])]
    if not lost:
        return False
    around = text[max(0, after[0] - 40) : after[1] + 40]
    said = {(token.kind, token.value) for token in tokens_in(around)}
    return any((v.kind, v.value) not in said and v.value not in around.lower() for v in lost)
