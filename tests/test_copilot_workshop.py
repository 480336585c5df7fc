"""The workshop over a real base: what the desk knows, and how templates read in conversations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from copilot.understand.language import LanguageDetector
from copilot.understand.understand import Understander
from copilot.workshop import Workshop
from knowledge_base.models import Message
from knowledge_base.store import KnowledgeBase
from knowledge_base.templates_io import templates_from_markdown
from tests.builders import make_article, make_case, make_conversation, make_template, open_base

TODAY = date(2026, 11, 22)
BOTH = """---
id: en/both
category: odd
includes: [own, double]
---
## acknowledge
Two things at once, {{ customer_name }}.
## close (chat)
Bye.
## close (email)
Yours, {{ agent_name }}
"""


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        said = (Message("customer", "Order TW-770077 again"), Message("agent", "Yes."))
        base.put_many(
            [
                make_article("old", effective_to=date(2026, 1, 1), category="returns"),
                make_case("C-9", category="odd", messages=said, title="An odd one", channel="email"),
                make_template("en/own/act", body="I look at {{ order_id }}."),
                make_template("en/double/act", body="And at both bookings."),
            ],
            actor="t",
        )
        yield base


@pytest.fixture
def workshop(base: KnowledgeBase) -> Workshop:
    reader = Understander(LanguageDetector(("en", "es")))
    return Workshop(base, reader, agent_name="Maya", today=lambda: TODAY)


def test_the_desk_is_read_anew_when_something_changed(workshop: Workshop, base: KnowledgeBase):
    first = workshop.desk()
    assert first is workshop.desk()
    assert first.categories == {"odd", "returns"}
    assert first.languages == {"en"}
    assert not first.policies["old"].in_force
    base.put(make_case("C-10", category="new"), actor="t")
    assert workshop.desk().categories == {"odd", "returns", "new"}


def test_the_desks_own_case_of_the_category_comes_first(workshop: Workshop):
    first, *_ = workshop.previews(templates_from_markdown(BOTH, "f"))
    assert (first.conversation_id, first.title) == ("C-9", "An odd one")
    assert first.text == (
        "Two things at once, [customer_name].\n\nI look at [order_id].\n\nAnd at both bookings."
        "\n\nYours, Maya"
    )
    assert first.gaps == ("customer_name", "order_id")
    assert first.spans[0].start == 0
    assert first.spans[-1].end == len(first.text)


def test_the_variant_follows_the_conversation(workshop: Workshop):
    chat = make_conversation("Hello", channel="chat")
    assert workshop.preview(templates_from_markdown(BOTH, "f"), chat, "x").text.endswith("Bye.")
    alone = [one for one in templates_from_markdown(BOTH, "f") if one.channel == "chat"]
    mail = make_conversation("Hello", channel="email")
    assert workshop.preview([replace(alone[0], includes=())], mail, "x").text == "Bye."


def test_what_cannot_be_rendered_says_so_in_its_place(workshop: Workshop):
    broken = make_template("en/own/act", body="{{ oder_id }}")
    assert "did you mean 'order_id'?" in workshop.preview([broken], make_conversation(), "x").text
    assert workshop.previews([]) == ()


def test_a_reply_is_named_by_its_own_id_or_its_templates(workshop: Workshop):
    assert [one.id for one in workshop.named("en/own/act")] == ["en/own/act"]
    assert [one.id for one in workshop.named("en/own")] == ["en/own/act"]
    assert {one.move for one in workshop.named("en/holding")} == {"acknowledge", "next"}
    assert workshop.named("nobody") == []
