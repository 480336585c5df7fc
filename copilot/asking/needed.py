"""What the best case or section wants of the customer and the conversation lacks, and the request for it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from copilot.asking.heard import NOTHING_TO_ASK
from copilot.drafting.given import DraftInput
from copilot.drafting.text import sentences
from copilot.models import Situation, Wording
from copilot.understand.lexicon import Lexicon, split_words
from copilot.understand.text import visible
from indexer.tongues import primary

_FILE = Path(__file__).parent / "needed.toml"
# More than this at once reads like a form, and the rest can be asked for later.
MOST_NEEDED = 3
# A request costs the customer a message: the source that wants it must be likelier than not to apply.
LEAST_SURE = 0.6
_DEMAND, _PROCEDURE, _NEVER, _LOOKED_UP = "demand", "procedure", "never", "looked_up/"
By_Language = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Book:
    """`items` by name: how each stands in a request by language; `things` are sent, not told."""

    items: Mapping[str, By_Language]
    things: frozenset[str]
    frames: Mapping[str, By_Language]
    lexicon: Lexicon


def needed(given: DraftInput, draft: str = "") -> tuple[str, ...]:
    """Names of what the desk must have to do as the best case and section say, in the order to ask for it.

    What the `draft` of the reply asks for is not asked for beside it.
    """
    urgent = given.understanding.situation == Situation.EMERGENCY
    if urgent or given.stage in NOTHING_TO_ASK or not _readable(given):
        return ()
    wanted = {name for text, verbs in _instructions(given) for name in _wanted(text, verbs)}
    if not wanted:
        return ()
    spoken = {name for message in given.conversation.messages for name in _named(message.text)}
    missing = wanted - spoken - _asked(draft) - _known(given)
    return tuple(name for name in _book().items if name in missing)[:MOST_NEEDED]


def needs_of(given: DraftInput, *, language: str, draft: str) -> tuple[tuple[str, ...], Wording | None]:
    """What is needed, and the sentence in the agent's `language` and the customer's that asks for it."""
    names = needed(given, draft)
    return names, request_for(names, language=language, customer_language=given.understanding.language)


def request_for(names: tuple[str, ...], *, language: str, customer_language: str | None) -> Wording | None:
    """One polite sentence that asks for all; None where there are none or the language isn't known."""
    own = primary(language)
    text = _request(names, own)
    if text is None:
        return None
    other = primary(customer_language) if customer_language else own
    told = _request(names, other) if other != own else None
    return Wording(own, text, other if told else None, told)


def _request(names: tuple[str, ...], language: str) -> str | None:
    book = _book()
    frame = book.frames["send" if book.things & set(names) else "tell"].get(language)
    if not names or frame is None:
        return None
    *first, last = (book.items[name][language] for name in names)
    joined = f"{', '.join(first)}{book.frames['and'][language]}{last}" if first else last
    return frame.format(list=joined)


def _readable(given: DraftInput) -> bool:
    language = given.understanding.language
    return language is not None and primary(language) in _book().frames["tell"]


def _known(given: DraftInput) -> set[str]:
    known = set(given.understanding.slots) | {name for name, told in given.conversation.slots.items() if told}
    return known | {"customer_name"} if given.conversation.customer.name else known


def _instructions(given: DraftInput) -> Iterator[tuple[str, frozenset[str]]]:
    """What the best case that settled its problem did, step by step, and what the best section asks for.

    Each with the verbs that ask there: a case tells the agent to check, policy tells the customer to send.
    """
    for evidence in given.cases:
        case = evidence.case
        if case is not None and case.outcome.resolved is not False and evidence.confidence >= LEAST_SURE:
            texts = (*case.steps, *sentences(case.resolution))
            yield from ((text, frozenset((_DEMAND, _PROCEDURE))) for text in texts)
            break
    best = max(given.passages, key=lambda evidence: evidence.confidence, default=None)
    if best is not None and best.confidence >= LEAST_SURE and best.passage in given.in_force():
        yield from ((text, frozenset((_DEMAND,))) for text in sentences(best.passage.text))


@lru_cache(4096)
def _wanted(sentence: str, verbs: frozenset[str]) -> frozenset[str]:
    """What one sentence wants of the customer."""
    groups = _groups(sentence)
    looked_up = frozenset(
        group.removeprefix(_LOOKED_UP)
        for group in groups
        if group.startswith(_LOOKED_UP) and _PROCEDURE in verbs
    )
    if not groups & verbs or _NEVER in groups:
        return looked_up
    return looked_up | (groups & _book().items.keys())


@lru_cache(2048)
def _named(text: str) -> frozenset[str]:
    return _groups(visible(text)) & _book().items.keys()


def _asked(draft: str) -> set[str]:
    """What a draft asks for; what it only says will be looked at isn't asked."""
    asking = (_groups(one) for one in sentences(draft) if "?" in one or _DEMAND in _groups(one))
    return {name for groups in asking for name in groups & _book().items.keys()}


def _groups(text: str) -> frozenset[str]:
    return frozenset(hit.group for hit in _book().lexicon.find(split_words(text)))


@lru_cache(1)
def _book() -> _Book:
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    items = tables["items"]
    groups = {name: _phrases(item["words"]) for name, item in items.items()}
    groups |= {f"{_LOOKED_UP}{name}": _phrases(item.get("looked_up", "")) for name, item in items.items()}
    groups |= {name: _phrases(line) for name, line in tables["verbs"].items()}
    things = frozenset(name for name, item in items.items() if item.get("thing"))
    return _Book(items, things, tables["frames"], Lexicon(groups))


def _phrases(line: str) -> list[str]:
    return [phrase.strip() for phrase in line.split(",") if phrase.strip()]
