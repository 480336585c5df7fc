"""What the linter finds in templates: each planted fault once, and nothing in what comes with the product."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import knowledge_base
from copilot.drafting.lint import Desk, Policy, lint, plain_text
from copilot.drafting.promises import promises_in
from copilot.drafting.templates import bundled_templates
from copilot.template_files import lint_files, read_paths, read_text, with_articles
from knowledge_base.models import ReplyTemplate

SAMPLE = Path(knowledge_base.__file__).parent / "sample"
DESK = Desk(
    {
        "refunds": Policy(
            {"how-long": "We refund within 5 working days.", "how-much": "At most €50 or 20 %."}
        ),
        "old": Policy({"rule": "30 days."}, in_force=False),
    },
    frozenset({"lost_parcel"}),
    frozenset({"en"}),
)


def template(body: str = "Text.", id: str = "en/x/act", **fields: Any) -> ReplyTemplate:
    return ReplyTemplate(id, "act", body, **fields)


def told(*templates: ReplyTemplate, desk: Desk = DESK) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.message) for one in lint(templates, desk)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (template("{{ oder_id }}"), ("markup", "error", "no slot 'oder_id'; did you mean 'order_id'?")),
        (template("{{ order_id"), ("markup", "error", "the template can't be read in line 1: mend its")),
        (template(situation="servce_failure"), ("unreachable", "error", "did you mean 'service_failure'?")),
        (template(emotion="sad"), ("unreachable", "error", "no conversation has the emotion 'sad'")),
        (template(category="lost_parcle"), ("unreachable", "warning", "did you mean 'lost_parcel'?")),
        (template(policies=("gone",)), ("policy", "error", "cites 'gone', which is not published")),
        (
            template(policies=("refunds#how-lng",)),
            ("policy", "error", "no such section; did you mean 'how-long'?"),
        ),
        (template(policies=("old",)), ("policy", "warning", "which is not in force today")),
        (template("You get €20."), ("promise", "error", "promises '€20' and cites no policy")),
        (template("We act within 3 days."), ("promise", "error", "promises '3 days' and cites no policy")),
        (
            template("We will refund it."),
            ("promise", "warning", "promises 'We will refund' and cites no policy"),
        ),
        (
            template("Back within 7 working days.", policies=("refunds",)),
            ("promise", "error", "says '7 working days'; none of the policies that it cites does"),
        ),
        (
            template("You get 20 %.", policies=("refunds#how-long",)),
            ("promise", "error", "says '20 %'; none of the policies that it cites does"),
        ),
        (template("You failed to write."), ("wording", "warning", "'You failed to' reads as blame; say")),
        (template("Hello\u202eolleH"), ("invisible", "warning", "invisible or text-turning characters")),
        (template(includes=("nobody",)), ("includes", "error", "'nobody', which isn't written in 'en'")),
        (template(includes=("x",)), ("includes", "error", "includes 'x', which includes 'x' again")),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found_alone(given: ReplyTemplate, expected: tuple[str, str, str]):
    [(code, severity, message)] = told(given)
    assert (code, severity) == expected[:2]
    assert expected[2] in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "given",
    [
        template("We refund up to €50 within 5 working days.", policies=("refunds",)),
        template("20 %", policies=("refunds#how-much",), category="lost_parcel"),
        template("{{ amount }} on {{ date | date('short') }}{% if known('email') %} 3{% endif %}"),
        template("Bitte rufen Sie 112 an.", id="de/x/act", language="en"),
    ],
)
def test_what_policy_says_may_be_said(given: ReplyTemplate):
    assert told(given) == []


def test_a_place_is_that_of_the_text_whatever_marks_stand_before_it():
    body = "{% if known('order_id') %}{{ order_id }}{% endif %} You failed to"
    [found] = lint([template(body)], DESK)
    assert body[found.start : found.end] == "You failed to"
    assert len(plain_text(body)) == len(body)


def test_a_language_or_a_move_that_only_some_have_is_told():
    desk = replace(DESK, languages=frozenset({"en", "es", "fr"}))
    spanish = template(id="es/x/act", language="es")
    assert told(template(), desk=desk) == [
        ("missing_translation", "note", "'x' isn't written in es, fr, unlike other replies")
    ]
    limits = replace(template(id="en/x/limits"), move="limits")
    assert told(template(), limits, spanish, desk=desk) == [
        ("missing_translation", "warning", "'x' isn't written in fr, unlike other replies"),
        ("missing_translation", "warning", "'x' has no limits in es, unlike in another language"),
    ]


def test_what_is_written_already_counts_as_a_translation():
    desk = replace(DESK, languages=frozenset({"en", "es"}), written=(template(id="es/x/act", language="es"),))
    assert told(template(), desk=desk) == []


@lru_cache(maxsize=1)
def sample_desk() -> Desk:
    files, articles = read_paths([SAMPLE / "articles", SAMPLE / "templates"])
    own = [one for file in files for one in file.templates]
    desk = with_articles(Desk(written=(*bundled_templates(), *own)), articles, date(2026, 11, 22))
    categories = desk.categories | {one.category for one in own if one.category}
    return replace(desk, categories=categories, languages=frozenset({"en", "es", "fr", "de"}))


def test_the_bundled_and_the_sample_desks_templates_are_without_fault():
    files, _ = read_paths([SAMPLE / "templates"])
    assert len(files) == 124
    assert lint_files(files, sample_desk()) == ()
    assert lint(bundled_templates(), sample_desk()) == ()


FILE = """---
id: en/trial
category: lost_parcle
policies:
  - refunds
  - gone
---
## act
First line.

You get {{ amoun }}.

## next
Fine.
As per your wish.
"""


def test_a_file_is_told_by_line_and_the_front_matter_once():
    found = lint_files([read_text(FILE, "trial.md")], DESK)
    assert [(one.file, one.line, one.remark.code) for one in found] == [
        ("trial.md", 3, "unreachable"),
        ("trial.md", 4, "policy"),
        ("trial.md", 11, "markup"),
        ("trial.md", 15, "wording"),
    ]


def test_a_file_that_cannot_be_read_is_one_remark():
    found = lint_files([read_text("---\nid: x\n---\n## sing\nLa", "x.md")], DESK)
    assert [(one.line, one.remark.severity) for one in found] == [(1, "error")]
    assert "'sing' isn't a move" in found[0].remark.message


def test_an_id_that_two_files_use_is_told():
    text = "---\nid: en/x\n---\n## act\nText."
    [found] = lint_files([read_text(text, "a.md"), read_text(text, "b.md")], DESK)
    assert (found.file, found.remark.message) == ("b.md", "the id is used by a.md already")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("We'll refund you €5 within 2 days.", "en", ["€5", "2 days", "We'll refund"]),
        ("Le devolveremos el dinero, sin coste.", "es", ["Le devolveremos", "sin coste"]),
        ("Nous vous rembourserons, c'est gratuit.", "fr", ["rembourserons", "gratuit"]),
        ("Wir erstatten Ihnen den Preis, kostenlos.", "de", ["Wir erstatten", "kostenlos"]),
        ("Please write to us what you see.", "en", []),
    ],
)
def test_promises_are_figures_and_deeds(text: str, language: str, expected: list[str]):
    assert [one.text for one in promises_in(text, language)] == expected


HOSTILE = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ date.__init__.__globals__ }}",
    "{{ date | attr('__class__') }}",
    "{{ date | map('upper') }}",
    "{{ date | date('%Y' * 10**9) }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ order_id ~ order_id }}",
    "{% for x in range(10**9) %}x{% endfor %}",
    "{% include 'en/base' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{{ known.__globals__ }}",
    "{{ known | date }}",
    "{{ number }}",
    "{% set money = 1 %}",
    "{{ '\\ue000\\ue100evil\\ue002' }}",
    "{{ " + "not " * 5000 + "order_id }}",
    "{% if known('order_id') %}" * 400,
    "x" * 100_000,
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: body[:40])
def test_a_hostile_template_is_refused_with_one_clear_line(body: str):
    [(code, severity, message)] = told(template(body))
    assert (code, severity) == ("markup", "error")
    assert "\n" not in message
    assert len(message) < 300


@given(st.text(max_size=300))
def test_no_text_at_all_breaks_the_linter(body: str):
    for remark in lint([template(body or "x")], DESK):
        assert 0 <= remark.start <= remark.end <= len(body or "x")


def test_a_formal_reply_of_an_informal_desk_is_told():
    desk = replace(DESK, informal=frozenset({"de"}))
    formal, informal = (template(id=f"de/{n}/act", language="de", register=n) for n in ("formal", "informal"))
    found = [one for one in lint([formal, informal, template()], desk) if one.field == "register"]
    assert [(one.template_id, one.severity) for one in found] == [("de/formal/act", "warning")]
