"""Replies put together from others: whose moves they take, and what circles and unknown names do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot.draft import TemplateBook, Wanted
from copilot.drafting.includes import groups_of, include_problems, with_included
from knowledge_base.models import ReplyTemplate
from knowledge_base.templates_io import templates_from_markdown

LOST = """---
id: en/lost_parcel
category: lost_parcel
policies: lost-parcels
---
## acknowledge
Your parcel has not come.
## act
I open a trace.
## next
The carrier answers us.
"""
CHARGED = """---
id: en/double_charge
category: double_charge
policies: payments
---
## acknowledge
You paid twice.
## act
I look up both bookings.
"""


def written(*files: str) -> list[ReplyTemplate]:
    return [one for file in files for one in templates_from_markdown(file, "f.md")]


def both(includes: str, own: str = "## acknowledge\nTwo things at once.") -> str:
    return f"---\nid: en/both\ncategory: both\nincludes: {includes}\n---\n{own}\n"


def picked(move: str, *files: str) -> ReplyTemplate | None:
    return TemplateBook(written(*files), bundled=()).pick(move, Wanted("en", category="both"))


def test_what_a_reply_does_not_write_it_takes_from_the_one_it_includes():
    files = (LOST, CHARGED, both("lost_parcel"))
    assert (found := picked("acknowledge", *files))
    assert found.body == "Two things at once."
    assert (found := picked("next", *files))
    assert found.id == "en/lost_parcel/next"
    assert found.body == "The carrier answers us."
    assert picked("close", *files) is None


def test_two_matters_are_acted_on_one_after_the_other_with_the_policies_of_both():
    found = picked("act", LOST, CHARGED, both("[lost_parcel, double_charge]"))
    assert found is not None
    assert found.id == "en/both/act"
    assert found.body == "I open a trace.\n\nI look up both bookings."
    assert found.policies == ("lost-parcels", "payments")
    # A feeling is said once.
    said = picked("acknowledge", LOST, CHARGED, both("[lost_parcel, double_charge]", "## close\nBye."))
    assert said is not None
    assert said.body == "Your parcel has not come."


def test_an_included_reply_may_include_another():
    middle = "---\nid: en/middle\nincludes: lost_parcel\n---\n## next\nSoon.\n"
    files = (LOST, middle, both("middle"))
    assert (found := picked("act", *files))
    assert found.body == "I open a trace."
    assert (found := picked("next", *files))
    assert found.body == "Soon."


def test_an_included_reply_still_speaks_for_its_own_category():
    book = TemplateBook(written(LOST, both("lost_parcel")), bundled=())
    assert (found := book.pick("act", Wanted("en", category="lost_parcel")))
    assert found.category == "lost_parcel"


def test_circles_and_unknown_names_are_told_and_change_nothing():
    circle = both("[other, nobody]")
    other = "---\nid: en/other\nincludes: both\n---\n## greet\nHello.\n"
    groups = groups_of(written(circle, other))
    assert list(include_problems("en", "both", groups)) == [
        "includes 'other', which includes 'both' again",
        "includes 'nobody', which isn't written in 'en'",
    ]
    assert (found := picked("greet", circle, other))
    assert found.body == "Hello."
    assert picked("act", circle, other) is None


def test_a_reply_that_includes_itself_is_a_circle():
    groups = groups_of(written(both("both")))
    assert list(include_problems("en", "both", groups)) == ["includes 'both', which includes 'both' again"]
    assert with_included(written(both("both")), written(both("both"))) == []


def test_joined_texts_that_grow_too_long_stay_apart():
    long = LOST.replace("I open a trace.", "x" * 9_990)
    found = picked("act", long, CHARGED, both("[lost_parcel, double_charge]"))
    assert found is not None
    assert found.body == "x" * 9_990


_names = st.sampled_from(["a", "b", "c", "d"])


@given(st.dictionaries(_names, st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=4)))
def test_any_web_of_includes_ends(web: dict[str, list[str]]):
    files = [
        ReplyTemplate(f"en/{name}/greet", "greet", "Hello.", includes=tuple(names))
        for name, names in web.items()
    ]
    groups = groups_of(files)
    problems = [problem for name in web for problem in include_problems("en", name, groups)]
    assert all("includes" in problem and "\n" not in problem for problem in problems)
    assert with_included(files, files) == []
