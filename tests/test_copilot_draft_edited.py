"""A ready draft of the sample desk, changed by the agent: every value that differs is found."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.draft import CustomerDrafter, Drafter, check_reply
from copilot.drafting.facts import NUMBER_WORDS, Fact
from copilot.drafting.tokens import tokens_in
from copilot.present import suggested_passage
from knowledge_base.models import Conversation, Message
from tests.test_copilot_draft_sample import CONVERSATIONS, book, given_input

NAMES = ("Quentin", "Zorro", "Xanthippe", "Wolfram", "Yolanda")
STREETS = {"en": "99 Quokka Street", "de": "Quokkastraße 99"}


@lru_cache(maxsize=64)
def drafted(file: Path, language: str | None = None) -> tuple[Conversation, dict[str, Any], str, str]:
    """A sample conversation's draft as it was shown; in the customer's language, where that is asked for."""
    made, spoken = given_input(file)
    composed = Drafter(book()).compose(made)
    assert composed is not None
    shown = {
        "draft": asdict(composed.draft),
        "passages": [asdict(suggested_passage(evidence)) for evidence in made.passages],
    }
    if language is None:
        return made.conversation, shown, composed.draft.text, "en"
    version = CustomerDrafter(book()).draft(made, composed, language=spoken)
    assert version.draft is not None
    shown["customer_draft"] = asdict(version.draft)
    return made.conversation, shown, version.draft.text, spoken


SPOKEN = [(f, None) for f in CONVERSATIONS] + [
    (f, "own") for f in CONVERSATIONS if given_input(f)[1] in {"es", "fr", "de"}
]
ids = [f"{file.stem}-{own or 'agent'}" for file, own in SPOKEN]


@pytest.mark.parametrize(("file", "own"), SPOKEN, ids=ids)
def test_what_was_drafted_from_templates_is_never_flagged(file: Path, own: str | None) -> None:
    conversation, shown, text, language = drafted(file, own)
    flagged = check_reply(text, conversation, shown, language=language)
    assert [(w.code, w.text) for w in flagged if w.code != "open_gap"] == []


def changed(token: Fact, written: str, seed: int) -> str:
    """Another value of the same kind, written the same way."""
    match token.kind:
        case "email":
            return f"x{seed}@elsewhere.example"
        case "link":
            return f"https://elsewhere.example/{seed}"
        case "name":
            return NAMES[seed % len(NAMES)]
        case "date" if not any(c.isdigit() for c in written):
            return next(d for d in ("Tuesday", "Sunday") if d != written)
        case _:
            digits = [c for c in written if c.isdigit()]
            if digits:  # every figure one higher than it was
                return "".join(str((int(c) + 1 + seed % 8) % 10) if c.isdigit() else c for c in written)
            word = next(w for w in written.replace("-", " ").split() if w.lower() in NUMBER_WORDS or w == "a")
            return written.replace(word, "eleven" if NUMBER_WORDS.get(word.lower()) != 11 else "nine", 1)


@pytest.mark.parametrize(("file", "own"), SPOKEN, ids=ids)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_changed_value_of_a_draft_is_flagged(file: Path, own: str | None, data: st.DataObject) -> None:
    conversation, shown, text, language = drafted(file, own)
    tokens = [t for t in tokens_in(text, language) if t.value != "tomorrow"]
    token = data.draw(st.sampled_from(tokens))
    other = changed(token, text[token.start : token.end], data.draw(st.integers(0, 99)))
    edited = text[: token.start] + other + text[token.end :]
    place = range(token.start, token.start + len(other))
    flagged = check_reply(edited, conversation, shown, language=language)
    assert any(w.start in place or token.start in range(w.start, w.end) for w in flagged), (token, other)


def test_a_value_that_stands_elsewhere_is_flagged_where_the_draft_said_another() -> None:
    """Both periods are policy's; the sentence is about the first."""
    conversation = Conversation((Message("customer", "Where is my money?"),))
    said = "We refund you within 5 working days. The carrier answers within 3 working days."
    spans = [{"start": 0, "end": len(said), "kind": "template", "source": "template:x"}]
    shown = {"draft": {"language": "en", "text": said, "spans": spans}}
    (flagged,) = check_reply(said.replace("5", "3"), conversation, shown, language="en")
    assert (flagged.code, flagged.text) == ("changed_value", "3 working days")


@pytest.mark.parametrize("joint", [".", " and", ", which is why"])
def test_a_range_moved_by_one_end_is_flagged(joint: str) -> None:
    conversation = Conversation((Message("customer", "Where is my money?"),))
    said = f"Delivery takes 5 to 7 working days{joint} the carrier needs 3 to 5 working days."
    spans = [{"start": 0, "end": len(said), "kind": "template", "source": "template:x"}]
    shown = {"draft": {"language": "en", "text": said, "spans": spans}}
    (flagged,) = check_reply(said.replace("5 to 7", "3 to 5"), conversation, shown, language="en")
    assert (flagged.code, flagged.text) == ("changed_value", "3 to 5 working days")


def test_what_fills_a_gap_is_the_agents_own_entry_and_a_gap_left_open_is_told() -> None:
    conversation = Conversation((Message("customer", "Where is my parcel?"),))
    said = "Your parcel has the number [tracking_number] and left on [date]."
    gaps = [(said.index(g), said.index(g) + len(g)) for g in ("[tracking_number]", "[date]")]
    spans = [{"start": a, "end": b, "kind": "gap", "source": "slot:x"} for a, b in gaps]
    shown = {"draft": {"language": "en", "text": said, "spans": spans}}
    edited = said.replace("[tracking_number]", "NP204518763DE")
    assert [(w.code, w.text) for w in check_reply(edited, conversation, shown, language="en")] == [
        ("open_gap", "[date]")
    ]
    invented = edited.replace("[date]", "11 November") + " It costs €7."
    assert [(w.code, w.text) for w in check_reply(invented, conversation, shown, language="en")] == [
        ("unsupported_amount", "€7")
    ]


def test_a_figure_of_policy_backs_only_what_its_clause_speaks_of() -> None:
    conversation = Conversation((Message("customer", "When do I get my money back?"),))
    clause = "The carrier answers our search within 3 working days."
    passage = {"article_id": "lost", "section": "Search", "text": clause, "language": "en"}
    shown = {"passages": [passage]}
    wrong = "We transfer your money within 3 working days."
    assert [w.code for w in check_reply(wrong, conversation, shown, language="en")] == ["unsupported_period"]
    right = "You hear from us when the carrier has answered, within 3 working days."
    assert check_reply(right, conversation, shown, language="en") == ()


@given(st.text(max_size=400))
@settings(deadline=None)
def test_any_text_is_checked_and_warnings_lie_in_it(text: str) -> None:
    conversation, shown, _, language = drafted(CONVERSATIONS[0])
    for warning in check_reply(text, conversation, shown, language=language):
        assert text[warning.start : warning.end] == warning.text


def test_blame_and_jargon_of_the_agents_own_are_told_with_what_to_write_instead() -> None:
    conversation = Conversation((Message("customer", "My lamp is broken."),))
    flagged = check_reply("You failed to send a photo, as per our terms.", conversation, {}, language="en")
    assert [(w.code, w.text) for w in flagged] == [("wording", "You failed to"), ("wording", "as per")]
    assert all(warning.source for warning in flagged)
