"""Which template is taken, and what a template may not do."""

from __future__ import annotations

import pytest

from copilot.draft import TemplateBook, Wanted, check_template
from copilot.drafting.includes import family
from copilot.drafting.render import render
from copilot.drafting.slots import SlotValues
from copilot.models import Situation
from knowledge_base.errors import TemplateError
from knowledge_base.models import Emotion, ReplyTemplate


def template(name: str, body: str = "Text.", move: str = "acknowledge", **fields: str) -> ReplyTemplate:
    return ReplyTemplate(name, move, body, **fields)  # type: ignore[arg-type]


LEVELS = [
    template("en/base/acknowledge"),
    template("en/emotion-angry/acknowledge", emotion="angry"),
    template("en/aggressive_customer/acknowledge", situation="aggressive_customer"),
    template("en/service_failure/acknowledge", situation="service_failure"),
    template("en/lost_parcel/acknowledge", category="lost_parcel"),
]
BOOK = TemplateBook(bundled=LEVELS)


@pytest.mark.parametrize(
    ("situation", "category", "emotion", "expected"),
    [
        (None, None, Emotion.NEUTRAL, "base"),
        (None, None, Emotion.ANGRY, "emotion-angry"),
        (Situation.SERVICE_FAILURE, None, Emotion.ANGRY, "service_failure"),
        (Situation.SERVICE_FAILURE, "lost_parcel", Emotion.ANGRY, "lost_parcel"),
        (Situation.AGGRESSIVE_CUSTOMER, "lost_parcel", Emotion.ANGRY, "aggressive_customer"),
        (Situation.EMERGENCY, "lost_parcel", Emotion.ANGRY, "lost_parcel"),
    ],
)
def test_the_most_specific_template_wins(
    situation: Situation | None, category: str | None, emotion: Emotion, expected: str
) -> None:
    picked = BOOK.pick("acknowledge", Wanted("en", situation, category, emotion))
    assert picked is not None
    assert picked.id == f"en/{expected}/acknowledge"


def test_for_the_act_the_category_beats_every_situation() -> None:
    acts = [
        template("en/lost_parcel/act", move="act", category="lost_parcel"),
        template("en/unreasonable_demand/act", move="act", situation="unreasonable_demand"),
    ]
    picked = TemplateBook(bundled=acts).pick("act", Wanted("en", "unreasonable_demand", "lost_parcel"))
    assert picked == acts[0]


def test_variants_follow_the_conversation() -> None:
    variants = [template(f"en/base/acknowledge/{n}", f"Variant {n}.") for n in range(4)]
    book = TemplateBook(bundled=variants)
    picked = {seed: book.pick("acknowledge", Wanted("en", seed=seed)) for seed in map(str, range(40))}
    assert {one.id for one in picked.values() if one} == {one.id for one in variants}
    assert picked == {seed: book.pick("acknowledge", Wanted("en", seed=seed)) for seed in picked}


def test_a_region_falls_back_to_its_language_and_no_further() -> None:
    assert BOOK.pick("acknowledge", Wanted("en-GB")) == LEVELS[0]
    assert BOOK.pick("acknowledge", Wanted("it")) is None


def test_the_desk_beats_the_bundled_and_a_retired_template_is_gone() -> None:
    own = template("desk/hello", "Ours.")
    book = TemplateBook([own], bundled=LEVELS)
    assert book.pick("acknowledge", Wanted("en")) == own
    book.refresh([template("desk/hello", "Ours.", status="retired")])
    assert book.pick("acknowledge", Wanted("en")) == LEVELS[0]


ESCAPES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ customer_name.upper() }}",
    "{{ customer_name|attr('__class__') }}",
    "{% for x in range(10**9) %}x{% endfor %}",
    "{{ 'x' * 10**9 }}",
    "{{ '%1000000000d' % 1 }}",
    "{% include '/etc/passwd' %}",
    "{% set known = 1 %}",
    "{% macro a() %}{% endmacro %}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ known.__globals__ }}",
    "{{ known('nothing') }}",
    "{{ known(name='order_id') }}",
    "{{ credit_card }}",
    "{{ order_id",
    "{{ '\\ue000' }}",
    "{% if " + "(" * 3000 + "1" + ")" * 3000 + " %}x{% endif %}",
    "x" * 20_000,
]


@pytest.mark.parametrize("body", ESCAPES)
def test_what_is_outside_the_dialect_is_refused_and_the_bundled_template_speaks(body: str) -> None:
    with pytest.raises(TemplateError):
        check_template(template("desk/evil", body))
    book = TemplateBook([template("en/base/acknowledge", body)], bundled=LEVELS)
    assert book.pick("acknowledge", Wanted("en")) == LEVELS[0]
    assert len(book.problems) == 1
    assert "en/base/acknowledge" in book.problems[0]


def test_an_error_says_what_to_do() -> None:
    with pytest.raises(TemplateError, match=r"line 2: no slot .oder_id.; did you mean .order_id.\?"):
        check_template(template("desk/typo", "Hello,\n{{ oder_id }}"))


def test_slots_conditions_and_blank_lines() -> None:
    body = "{% if known('order_id') and not known('email') %}\nOrder {{ order_id }}\n{% endif %}"
    body += "\n\n\n\n{{ email }}"
    chunks = render(template("t", body), SlotValues({"order_id": "TW-1"}))
    assert [(c.text, c.kind, c.source) for c in chunks] == [
        ("Order ", "template", "template:t"),
        ("TW-1", "slot", "slot:order_id"),
        ("\n\n", "template", "template:t"),
        ("[email]", "gap", "slot:email"),
    ]


def test_a_family_is_the_id_without_its_language() -> None:
    assert family("en/lost_parcel/act") == family("pt-BR/lost_parcel/act") == "lost_parcel/act"


def test_the_bundled_templates_all_compile() -> None:
    book = TemplateBook()
    assert book.problems == ()
    for language in ("en", "es", "fr", "de"):
        for move in ("greet", "acknowledge", "next", "close"):
            assert book.pick(move, Wanted(language)) is not None
        for move in ("acknowledge", "next"):
            assert book.pick(move, Wanted(language, kind="holding")) is not None
