"""The filters of a template: what they write, what they leave alone, what isn't allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.drafting.filters import FILTERS
from copilot.drafting.render import check_template, render
from copilot.drafting.slots import SLOT_NAMES, SlotValues
from knowledge_base.errors import TemplateError
from knowledge_base.models import ReplyTemplate

KNOWN = SlotValues(
    {"amount": "50.00 EUR", "date": "2026-11-22", "order_id": "TW-1", "voucher_code": "12500.5"}
)


def said(body: str, language: str = "en", values: SlotValues = KNOWN) -> str:
    return "".join(chunk.text for chunk in render(ReplyTemplate("t", "act", body, language), values))


@pytest.mark.parametrize(
    ("body", "language", "expected"),
    [
        ("{{ amount | money }}", "en", "€50.00"),
        ("{{ amount | money('short') }}", "en", "€50"),
        ("{{ amount | money('short') }}", "de", "50\u00a0€"),
        ("{{ date | date }}", "en", "22 November 2026"),
        ("{{ date | date('short') }}", "fr", "22/11/2026"),
        ("{{ date | date('full') }}", "es", "domingo, 22 de noviembre de 2026"),
        ("{{ date | date('day') }}", "de", "22. November"),
        ("{{ date | weekday }}", "de", "Sonntag"),
        ("{{ voucher_code | number }}", "de", "12.500,5"),
        ("{{ order_id | date('short') }}", "en", "TW-1"),
        ("{{ date | money }}", "en", "22 November 2026"),
        ("{{ delivery_date | date('short') }}", "en", "[delivery_date]"),
        ("{% if delivery_date | weekday %}yes{% else %}no{% endif %}", "en", "no"),
    ],
)
def test_a_filter_writes_a_value_as_the_language_does(body: str, language: str, expected: str):
    assert said(body, language) == expected


def test_a_filtered_value_is_still_known_for_what_it_is():
    chunks = render(ReplyTemplate("t", "act", "On {{ date | weekday }}, {{ email | money }}"), KNOWN)
    assert [(c.text, c.kind, c.source) for c in chunks] == [
        ("On ", "template", "template:t"),
        ("Sunday", "slot", "slot:date"),
        (", ", "template", "template:t"),
        ("[email]", "gap", "slot:email"),
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{{ date | dat }}", "line 1: no filter 'dat'; did you mean 'date'?"),
        ("{{ date | upper }}", "no filter 'upper'; there are date, weekday, money, number"),
        ("{{ date | date('ISO') }}", "is written as date('long'), date('short'), date('full'), date('day')"),
        ("{{ date | date(order_id) }}", "is written as date"),
        ("{{ date | date(format='long') }}", "is written as date"),
        ("{{ date | date(*channel) }}", "is written as date"),
        ("{{ date | date(['long']) }}", "is written as date"),
        ("{{ 'x' | date }}", "must follow a slot's name"),
        ("{{ date | date | date }}", "must follow a slot's name"),
        ("{{ channel | number }}", "must follow a slot's name"),
        ("{% filter date %}x{% endfilter %}", "filterblock isn't allowed"),
    ],
)
def test_another_filter_or_manner_is_refused_in_one_line(body: str, message: str):
    with pytest.raises(TemplateError) as caught:
        check_template(ReplyTemplate("t", "act", body))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["1E+999999999", "Infinity", "NaN", "9" * 200, "9999-99-99", "٣", "1 XXX"])
def test_a_value_that_only_looks_like_a_number_stays(value: str):
    values = SlotValues({"order_id": value})
    assert said("{{ order_id | number }}", values=values) == said("{{ order_id }}", values=values)


@given(
    st.sampled_from(SLOT_NAMES),
    st.sampled_from(sorted(FILTERS)),
    st.sampled_from(["en", "es", "fr", "de", "ar", "xx"]),
    st.text(max_size=40),
)
def test_whatever_the_value_the_text_around_stays_and_no_mark_is_left(
    name: str, chosen: str, language: str, value: str
):
    clean = "".join(c for c in value if c.isprintable() and not "\ue000" <= c <= "\uf8ff")
    chunks = render(
        ReplyTemplate("t", "act", f"<{{{{ {name} | {chosen} }}}}>", language), SlotValues({name: clean})
    )
    assert chunks[0].text[0] == "<"
    assert chunks[-1].text[-1] == ">"
    assert not any("\ue000" <= c <= "\uf8ff" for chunk in chunks for c in chunk.text)
