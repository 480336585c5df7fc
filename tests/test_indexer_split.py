"""Splitting sources into passages: pure, stable, nothing lost."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from indexer.split import (
    MAX_WORDS,
    passages_of_article,
    passages_of_case,
    pieces,
    plain,
    sections_of,
    slugify,
)
from knowledge_base.models import Case, Message, PolicyArticle

BODY = """Opening words.

# Returns
## The 30 days
You have 30 days.
### Gifts
Gifts have 60 days.
## Condition
Unused. See [our page](https://help.example/x).
```
# not a heading
```
## Condition
Again.
"""


def test_what_stands_for_personal_data_is_shown_and_not_searched() -> None:
    problem, *_ = passages_of_case(Case("C-1", "Sent again.", "Order [ORDER_ID] of [NAME_1] is lost."))
    assert problem.text == "Order [ORDER_ID] of [NAME_1] is lost."
    assert (problem.embedded, problem.words) == ("Order  of  is lost.", "Order  of  is lost.\nSent again.")


def test_sections_keep_order_headings_and_paths() -> None:
    found = [(s.slug, s.heading, s.path) for s in sections_of(BODY)]
    assert found == [
        ("introduction", "", ()),
        ("the-30-days", "The 30 days", ("Returns", "The 30 days")),
        ("gifts", "Gifts", ("Returns", "The 30 days", "Gifts")),
        ("condition", "Condition", ("Returns", "Condition")),
        ("condition-2", "Condition", ("Returns", "Condition")),
    ]


def test_a_fenced_line_is_no_heading() -> None:
    assert "# not a heading" in sections_of(BODY)[3].text


def test_slugs_drop_apostrophes_and_keep_scripts() -> None:
    assert slugify("Orders you didn’t place!") == "orders-you-didnt-place"
    assert slugify("Rücksendung & Kosten") == "rücksendung-kosten"
    assert slugify("返品 について") == "返品-について"
    assert slugify("***") == "section"


def test_links_become_their_words() -> None:
    assert plain("See [our **page**](https://x.example/?a=(b)) now") == "See our page) now"
    assert plain("![photo](x.png)") == "photo"


def test_an_article_gives_a_passage_for_each_section_with_its_heading_path() -> None:
    article = PolicyArticle(
        "returns",
        "Return policy",
        BODY,
        effective_from=date(2026, 2, 1),
        audience="agents",
        category="return",
    )
    passages = passages_of_article(article)
    assert [p.key for p in passages][:2] == ["article:returns#introduction", "article:returns#the-30-days"]
    gifts = passages[2]
    assert gifts.embedded == "Return policy > Returns > The 30 days > Gifts\nGifts have 60 days."
    assert gifts.text == "Gifts have 60 days."
    assert (gifts.effective_from, gifts.audience, gifts.category) == (date(2026, 2, 1), "agents", "return")


def test_an_article_without_a_body_is_found_by_its_title() -> None:
    (passage,) = passages_of_article(PolicyArticle("a", "Opening hours", ""))
    assert passage.text == "Opening hours"


def test_a_long_section_is_cut_at_sentences_and_its_pieces_are_numbered() -> None:
    sentence = "This is the sentence number that says something about returns. "
    passages = passages_of_article(PolicyArticle("a", "A", "# H\n" + sentence * 60))
    assert [p.key for p in passages] == [f"article:a#h{s}" for s in ("", "~2", "~3", "~4")]
    assert all(len(p.text.split()) <= MAX_WORDS and p.text.endswith(".") for p in passages)


def test_a_case_gives_its_problem_and_what_the_customer_said() -> None:
    case = Case(
        "C-1",
        "refund it",
        problem="Parcel lost",
        title="Lost parcel",
        messages=(
            Message("customer", "Where is it?"),
            Message("agent", "Let me see."),
            Message("customer", "Please do"),
        ),
    )
    problem, said = passages_of_case(case)
    assert (problem.key, said.key) == ("case:C-1/problem", "case:C-1/said")
    assert problem.embedded == "Lost parcel\nParcel lost"
    assert problem.words == "Lost parcel\nParcel lost\nWhere is it?\nPlease do\nrefund it"
    assert said.embedded == "Where is it?\nPlease do"
    assert said.words == ""


def test_a_case_with_messages_alone_has_them_as_its_problem() -> None:
    (problem,) = passages_of_case(Case("C-2", "done", messages=(Message("customer", "It  broke\nToday"),)))
    assert problem.text == "It  broke\nToday"
    assert problem.title == "It  broke"


@given(st.text(alphabet=st.sampled_from("ab .!?\n。"), max_size=600), st.integers(1, 20))
def test_pieces_keep_every_word_in_order(text: str, most: int) -> None:
    assert "".join("".join(pieces(text, most)).split()) == "".join(text.split())


@given(st.text(max_size=300))
def test_sections_keep_every_line_that_is_no_heading(text: str) -> None:
    kept = "\n".join(s.text for s in sections_of(text)).split()
    assert len(kept) <= len(text.split())
    for line in text.splitlines():
        if line.strip() and "#" not in line:
            assert line.split()[0] in kept
