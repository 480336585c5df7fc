"""Policy articles as Markdown with front matter."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings

from knowledge_base.articles import article_from_dict, article_from_markdown, article_to_markdown
from knowledge_base.codec import encode
from knowledge_base.errors import RecordError
from knowledge_base.models import PolicyArticle
from tests.builders import make_article
from tests.strategies import articles

EXAMPLE = """---
id: returns
title: "Returns: 30 days"
language: no
category: returns
effective_from: 2026-02-01
review_by: 2027-03-01
audience:
url: https://help.example/returns
---

## The 30 days
You have 30 days.

---
Not front matter.

"""


def test_an_article_is_read():
    assert article_from_markdown(EXAMPLE, "f.md") == PolicyArticle(
        id="returns",
        title="Returns: 30 days",
        body="## The 30 days\nYou have 30 days.\n\n---\nNot front matter.",
        language="no",
        category="returns",
        effective_from=date(2026, 2, 1),
        review_by=date(2027, 3, 1),
        url="https://help.example/returns",
    )


def test_line_ends_and_boms_are_no_matter():
    windows = "\ufeff" + EXAMPLE.replace("\n", "\r\n")
    assert article_from_markdown(windows, "f.md") == article_from_markdown(EXAMPLE, "f.md")


def test_values_that_look_like_numbers_and_dates_stay_text():
    head = "id: 0123\ntitle: 12:30\ncategory: 2026-01-01\naudience: yes\nurl: null\ntranslation_of: ~"
    read = article_from_markdown(f"---\n{head}\n---\nText", "f.md")
    assert (read.id, read.title, read.category, read.audience) == ("0123", "12:30", "2026-01-01", "yes")
    assert (read.url, read.translation_of) == (None, None)


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("", 1, "", "the file is empty"),
        (" \n\n", 1, "", "the file is empty"),
        ("# Returns\n", 1, "", "has no front matter"),
        ("---\nid: x\ntitle: y\n", 1, "", "never ends"),
        ("---\nid: x\ntitle: a: b\n---\nText", 3, "", "isn't YAML: quote values"),
        ("---\nid: x\n\ttitle: y\n---\nText", 3, "", "isn't YAML"),
        ("---\n- id\n---\nText", 2, "", "must be lines of the form"),
        ("---\njust words\n---\nText", 2, "", "must be lines of the form"),
        (f"---\nid: {'- ' * 50_000}x\n---\nText", 2, "", "isn't YAML"),
        (f"---\n{'- ' * 50_000}x\n---\nText", 1, "", "isn't YAML"),
        (f"---\nid: {'[' * 50_000}\n---\nText", 1, "", "isn't YAML"),
        ("---\nid: !!python/name:os.system x\ntitle: y\n---\nText", 2, "", "isn't YAML"),
        ("---\n---\nText", 1, "id", "is missing or empty"),
        ("---\nid: x\n---\nText", 1, "title", "is missing or empty"),
        ("---\nid: x\ntitle: [a]\n---\nText", 3, "title", "must be text"),
        ("---\nid: x\ntitle: y\n---\n\n", 1, "body", "is empty"),
        ("---\nid: x\ntitle: y\n---\na\0b", 1, "body", "NUL"),
        ("---\nid: x\ntitle: y\nlanguage: xx\n---\nText", 4, "language", "isn't a language code"),
        ("---\nid: x\ntitle: y\nstatus: draft\n---\nText", 4, "status", "must be one of"),
        ("---\nid: x\ntitle: y\nreview_by: soon\n---\nText", 4, "review_by", "ISO 8601 date"),
        (
            "---\nid: x\ntitle: y\neffective_from: 2026-02-01\neffective_to: 2026-01-31\n---\nText",
            5,
            "effective_to",
            "lies before effective_from",
        ),
    ],
)
def test_what_is_wrong_is_named_with_line_and_field(text: str, line: int, field: str, message: str):
    with pytest.raises(RecordError) as caught:
        article_from_markdown(text, "f.md")
    assert (caught.value.file, caught.value.line, caught.value.field) == ("f.md", line, field)
    assert message in caught.value.message


def test_aliases_cannot_blow_up():
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))
    text = f"---\nid: x\nl0: &l0 lol\n{levels}title: *l29\n---\nText"
    with pytest.raises(RecordError) as caught:
        article_from_markdown(text, "f.md")
    assert caught.value.field == "title"


def test_what_is_written_is_plain():
    article = make_article(effective_from=date(2026, 2, 1), audience="agents")
    assert article_to_markdown(article) == (
        "---\nid: returns\ntitle: Returns\nlanguage: en\n"
        "effective_from: '2026-02-01'\naudience: agents\n---\n"
        "## The 30 days\nYou have 30 days.\n\n## Cost\nThe label costs 3.90 EUR.\n"
    )


@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(articles)
@example(make_article(body="---\nid: other\n---\nx"))
@example(make_article(body="\n\n  x  \n\n"))
@example(make_article(body="a\r\nb", title="a\n---\nb"))
@example(make_article(title="\ufeff\x85\u2028📦\x7f", category="null"))
def test_what_is_written_reads_as_the_same(article: PolicyArticle):
    assert article_from_markdown(article_to_markdown(article), "f.md") == article
    assert article_from_dict(encode(article), "f", 1) == article
