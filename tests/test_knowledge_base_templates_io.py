"""Reply templates as Markdown: a section a move, variants divided by a line."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.codec import encode
from knowledge_base.errors import RecordError
from knowledge_base.models import ReplyTemplate
from knowledge_base.templates_io import group_of, template_files, template_from_dict, templates_from_markdown
from tests.builders import make_template
from tests.strategies import templates

EXAMPLE = """---
id: lost-parcel-es
language: es
situation: service_failure
category: lost_parcel
emotion: frustrated
register: formal
policies: [lost-parcels#small-orders, refunds]
---
Notes for the author.

## greet

Hola, {{ customer_name }}:

## act
Le enviamos otro hoy mismo.

---
Hoy sale otro paquete.

## Close ##
Un saludo
"""


def test_each_section_and_variant_is_a_template():
    read = templates_from_markdown(EXAMPLE, "f.md")
    assert [(one.id, one.move, one.body) for one in read] == [
        ("lost-parcel-es/greet", "greet", "Hola, {{ customer_name }}:"),
        ("lost-parcel-es/act", "act", "Le enviamos otro hoy mismo."),
        ("lost-parcel-es/act/2", "act", "Hoy sale otro paquete."),
        ("lost-parcel-es/close", "close", "Un saludo"),
    ]
    assert {(one.language, one.situation, one.category, one.emotion, one.register) for one in read} == {
        ("es", "service_failure", "lost_parcel", "frustrated", "formal")
    }
    assert read[0].policies == ("lost-parcels#small-orders", "refunds")


MANNERS = """---
id: en/base
tone: formal
includes: lost_parcel
---
## greet
Good day,

## greet (chat, warm)
Hi!
---
Hello!

## close (short)
Bye.
"""


def test_a_section_says_for_which_channel_length_and_tone_it_is():
    read = templates_from_markdown(MANNERS, "f.md")
    assert [(one.id, one.channel, one.length, one.tone) for one in read] == [
        ("en/base/greet", None, None, "formal"),
        ("en/base/greet/chat-warm", "chat", None, "warm"),
        ("en/base/greet/chat-warm/2", "chat", None, "warm"),
        ("en/base/close/short", None, "short", "formal"),
    ]
    assert {one.includes for one in read} == {("lost_parcel",)}
    [file] = template_files(read)
    assert templates_from_markdown(file.text, "f.md") == read
    assert "## greet (chat, warm)\nHi!\n---\nHello!" in file.text
    assert {group_of(one) for one in read} == {"en/base"}


def test_one_policy_needs_no_list():
    read = templates_from_markdown("---\nid: x\npolicies: refunds\n---\n## act\nText", "f.md")
    assert read == [ReplyTemplate(id="x/act", move="act", body="Text", policies=("refunds",))]


def test_a_file_with_a_move_is_one_template():
    read = templates_from_markdown("---\nid: any id\nmove: next\n---\n## act\nText\n---\nmore\n", "f.md")
    assert read == [ReplyTemplate(id="any id", move="next", body="## act\nText\n---\nmore")]


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ("---\nid: x\n---\nText", "", "has no section"),
        ("---\nid: x\n---\n## act\nA\n## sing\nB", "", "'sing' isn't a move; take one of greet"),
        ("---\nid: x\n---\n## act\nA\n## act\nB", "", "'act' stands twice"),
        ("---\nid: x\n---\n## act (warm)\nA\n## act (warm)\nB", "", "stands twice"),
        ("---\nid: x\n---\n## act (wrm)\nA", "", "'wrm' in the section 'act (wrm)' isn't known; take chat"),
        ("---\nid: x\n---\n## act (warm, formal)\nA", "", "is a second one of its kind"),
        ("---\nid: x\ntone: rude\n---\n## act\nA", "tone", "must be one of warm, neutral, formal"),
        ("---\nid: x\nlength: 3\n---\n## act\nA", "length", "must be one of short, full"),
        ("---\nid: x\n---\n## act\n\n## next\nB", "body", "is empty"),
        ("---\nid: x\n---\n## act\nA\n---\n", "body", "is empty"),
        ("---\nid: x\nmove: sing\n---\nA", "move", "must be one of greet"),
        ("---\nid: x\nregister: rude\n---\n## act\nA", "register", "must be one of formal, informal"),
        ("---\nid: x\nemotion: [angry]\n---\n## act\nA", "emotion", "must be text"),
        ("---\nlanguage: en\n---\n## act\nA", "id", "is missing"),
        (f"---\nid: {'x' * 198}\n---\n## act\nA", "id", "longer than 200"),
    ],
)
def test_what_is_wrong_is_named(text: str, field: str, message: str):
    with pytest.raises(RecordError) as caught:
        templates_from_markdown(text, "f.md")
    assert (caught.value.file, caught.value.field) == ("f.md", field)
    assert message in caught.value.message


def test_templates_of_one_reply_are_written_as_one_file():
    read = templates_from_markdown(EXAMPLE, "f.md")
    [file] = template_files(reversed(read))
    assert (file.id, file.language) == ("lost-parcel-es", "es")
    assert file.text.endswith(
        "---\n## greet\nHola, {{ customer_name }}:\n\n"
        "## act\nLe enviamos otro hoy mismo.\n---\nHoy sale otro paquete.\n\n## close\nUn saludo\n"
    )
    assert templates_from_markdown(file.text, "f.md") == read


def test_templates_that_one_file_cannot_say_are_written_apart():
    apart = [make_template("lost/act"), make_template("lost/greet", move="greet", status="retired")]
    assert len(template_files(apart)) == 2
    assert len(template_files([make_template("lost/act/2")])) == 1
    assert [file.id for file in template_files([make_template("lost/act/2")])] == ["lost/act/2"]


def test_more_than_nine_variants_keep_their_order():
    many = [make_template("lost/act" + (f"/{n}" if n > 1 else ""), body=f"text {n}") for n in range(1, 13)]
    [file] = template_files(many)
    assert templates_from_markdown(file.text, "f.md") == many


@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(templates, max_size=6, unique_by=lambda one: one.id))
def test_what_is_written_reads_as_the_same(written: list[ReplyTemplate]):
    read = [one for file in template_files(written) for one in templates_from_markdown(file.text, "f.md")]
    assert {one.id: one for one in read} == {one.id: one for one in written}
    assert len(read) == len(written)
    for one in written:
        assert template_from_dict(encode(one), "f", 1) == one
