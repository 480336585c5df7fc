"""Who may grant what, read from sentences of policy: the sample desk's and any other's."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from copilot.authority.read import rules_of
from copilot.authority.rules import Rule, Rules, Within, joined
from knowledge_base.importing import files_below
from knowledge_base.models import PolicyArticle
from knowledge_base.sample_desk import sample_path
from tests.builders import make_article, open_base

YEAR, MONTHS = Within(1, "year"), Within(12, "month")


def read(text: str, language: str = "en", **about: Any) -> list[dict[str, Any]]:
    """What is read from one section, each rule by the fields that say something."""
    article = make_article(
        "rules", title="Rules", body=f"## S\n{text}", language=language, audience="agents", **about
    )
    return [said(rule) for rule in rules_of(article).rules]


def said(rule: Rule) -> dict[str, Any]:
    told = {field.name: getattr(rule, field.name) for field in fields(rule)}
    for name in ("text", "language", "clause"):
        del told[name]
    if told["allows"]:
        del told["allows"]
    plain = {name: value for name, value in told.items() if value not in (None, False) or name == "allows"}
    return {name: str(v) if name in ("most", "above", "total") else v for name, v in plain.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "An agent alone may grant a voucher of up to €20 per case, "
            "and no more than €60 per customer in a year.",
            [{"who": "agent", "kind": "voucher", "most": "20.00 EUR", "total": "60.00 EUR", "within": YEAR}],
        ),
        (
            "An agent may grant vouchers of up to €20 per case and €60 per customer within 12 months.",
            [
                {
                    "who": "agent",
                    "kind": "voucher",
                    "most": "20.00 EUR",
                    "total": "60.00 EUR",
                    "within": MONTHS,
                }
            ],
        ),
        (
            "An agent may grant up to €20; the team lead up to €150.",
            [
                {"who": "agent", "kind": "goodwill", "most": "20.00 EUR"},
                {"who": "team lead", "kind": "goodwill", "above": "20.00 EUR", "most": "150.00 EUR"},
            ],
        ),
        (
            "Agents can offer a discount of up to 15 % or a voucher of up to €10.",
            [
                {"who": "agent", "kind": "discount", "most": "15 %"},
                {"who": "agent", "kind": "voucher", "most": "10.00 EUR"},
            ],
        ),
        (
            "The team lead decides on goodwill above €20 and up to €150, "
            "and on a second exception in the same year.",
            [
                {"who": "team lead", "kind": "goodwill", "above": "20.00 EUR", "most": "150.00 EUR"},
                {"who": "team lead", "kind": "exception", "repeat": True, "within": YEAR},
            ],
        ),
        (
            "Anything above €150 of goodwill is decided by the head of care.",
            [{"who": "head of care", "kind": "goodwill", "above": "150.00 EUR"}],
        ),
        (
            "Vouchers over €50 need the approval of a supervisor.",
            [{"who": "supervisor", "kind": "voucher", "above": "50.00 EUR"}],
        ),
        ("Only a manager may waive the restocking fee.", [{"who": "manager", "kind": "fee_waiver"}]),
        ("Agents may not give discounts.", [{"who": "agent", "kind": "discount", "allows": False}]),
        (
            "An agent can't grant more than €20 of goodwill.",
            [{"who": "agent", "kind": "goodwill", "allows": False, "above": "20.00 EUR"}],
        ),
        (
            "You may give a voucher of up to $15 without asking.",
            [{"who": "agent", "kind": "voucher", "most": "15.00 USD"}],
        ),
        (
            "Above €20 the agent must ask the team lead about any voucher.",
            [{"who": "team lead", "kind": "voucher", "above": "20.00 EUR"}],
        ),
        (
            "An agent may grant a voucher of up to €20. Above that, the team lead decides.",
            [
                {"who": "agent", "kind": "voucher", "most": "20.00 EUR"},
                {"who": "team lead", "kind": "voucher", "above": "20.00 EUR"},
            ],
        ),
        (
            "Goodwill between €50 and €200 is decided by the duty manager.",
            [{"who": "duty manager", "kind": "goodwill", "above": "50.00 EUR", "most": "200.00 EUR"}],
        ),
        (
            "Advisors may waive the delivery fee once per customer in 12 months.",
            [{"who": "agent", "kind": "fee_waiver", "times": 1, "within": MONTHS}],
        ),
        ("An agent may refund up to £25 at once.", [{"who": "agent", "kind": "refund", "most": "25.00 GBP"}]),
        (
            "Any compensation above £100 goes to the head of service.",
            [{"who": "head of service", "kind": "goodwill", "above": "100.00 GBP"}],
        ),
        (
            "Our agent may accept a return up to 7 days after the deadline.",
            [{"who": "agent", "kind": "late_return", "days_most": 7}],
        ),
        (
            "Returns more than 30 days late are decided by the shop manager.",
            [{"who": "shop manager", "kind": "late_return", "days_above": 30}],
        ),
        (
            "An agent may honour an expired code twice a year.",
            [{"who": "agent", "kind": "discount", "times": 2, "within": YEAR}],
        ),
        (
            "Our representatives may give store credit of at most 10 EUR per case.",
            [{"who": "agent", "kind": "credit", "most": "10.00 EUR"}],
        ),
        (
            "A supervisor may approve goodwill of up to €75.",
            [{"who": "supervisor", "kind": "goodwill", "most": "75.00 EUR"}],
        ),
        (
            "For orders up to €40 our agent may send a replacement at once.",
            [{"who": "agent", "kind": "replacement", "most": "40.00 EUR"}],
        ),
        (
            "Repairs after the warranty has ended are decided by the warranty desk.",
            [{"who": "warranty desk", "kind": "warranty"}],
        ),
        (
            "Agents are not allowed to promise compensation.",
            [{"who": "agent", "kind": "goodwill", "allows": False}],
        ),
        (
            "Every report of an injury goes to the safety desk.",
            [{"who": "safety desk", "kind": "safety"}],
        ),
        (
            "Our agent may grant an exception for late returns three times a year.",
            [{"who": "agent", "kind": "late_return", "times": 3, "within": YEAR}],
        ),
        (
            "No voucher may exceed €30 without the consent of the team lead.",
            [{"who": "team lead", "kind": "voucher", "above": "30.00 EUR"}],
        ),
        (
            "Requests for compensation are handed over to the legal department.",
            [{"who": "legal department", "kind": "goodwill"}],
        ),
    ],
)
def test_a_sentence_says_who_may_grant_what(text: str, expected: list[dict[str, Any]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The weather may be nice, and agents can go home.",
        "The team lead reviews vouchers every month.",
        "You can use one code per order, so two codes can't be combined.",
        "If your complaint names a person in our team, the team lead looks into it and writes to you.",
        "We refund the express fee of €9.90.",
    ],
)
def test_what_says_nothing_of_authority_is_no_rule(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "es",
            "Un agente puede conceder por sí solo un vale de hasta 20 € por caso "
            "y no más de 60 € por cliente al año.",
            {"who": "agent", "kind": "voucher", "most": "20.00 EUR", "total": "60.00 EUR", "within": YEAR},
        ),
        (
            "es",
            "La jefa de equipo decide sobre compensaciones de más de 20 € y hasta 150 €.",
            {"who": "jefa de equipo", "kind": "goodwill", "above": "20.00 EUR", "most": "150.00 EUR"},
        ),
        (
            "fr",
            "Un agent peut accorder seul un bon d'achat jusqu'à 20 € par cas, "
            "et pas plus de 60 € par client par an.",
            {"who": "agent", "kind": "voucher", "most": "20.00 EUR", "total": "60.00 EUR", "within": YEAR},
        ),
        (
            "fr",
            "Le responsable d'équipe décide des gestes commerciaux de plus de 20 € et jusqu'à 150 €.",
            {"who": "responsable d'équipe", "kind": "goodwill", "above": "20.00 EUR", "most": "150.00 EUR"},
        ),
        (
            "de",
            "Ein Agent darf allein einen Gutschein von bis zu 20 € je Fall gewähren, "
            "und nicht mehr als 60 € je Kunde im Jahr.",
            {"who": "agent", "kind": "voucher", "most": "20.00 EUR", "total": "60.00 EUR", "within": YEAR},
        ),
        (
            "de",
            "Für Bestellungen bis 50 € kann unser Mitarbeiter Ihnen sofort Ersatz schicken.",
            {"who": "agent", "kind": "replacement", "most": "50.00 EUR"},
        ),
        ("it", "Un agente può concedere un buono fino a 20 €.", None),
    ],
)
def test_other_languages_where_somebody_wrote_their_words(
    language: str, text: str, expected: dict[str, Any] | None
) -> None:
    assert read(text, language) == ([expected] if expected else [])


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The rules of the sample desk's English articles."""
    from knowledge_base.importing import import_paths

    with open_base(tmp_path_factory.mktemp("base")) as base:
        import_paths(base, files_below(sample_path() / "articles"))
        articles = [a for a in base.each("article") if isinstance(a, PolicyArticle)]
    return joined(rules_of(a) for a in articles if a.translation_of is None)


def test_the_sample_desk(sample: Rules) -> None:
    by_clause = {rule.clause.removeprefix("article:"): said(rule) for rule in sample.rules}
    assert {rule.clause.removeprefix("article:") for rule in sample.rules} == {
        "damaged-on-arrival#replacement-or-refund",
        "goodwill-authority#what-an-agent-may-grant",
        "goodwill-authority#team-lead",
        "goodwill-authority#head-of-care",
        "late-returns#up-to-14-days-late",
        "late-returns#later-than-that",
        "lost-parcels#small-orders",
        "product-safety#who-is-told",
        "vouchers#expired-codes",
    }
    late = {"who": "agent", "kind": "late_return", "times": 1, "within": MONTHS, "days_most": 14}
    assert by_clause["late-returns#up-to-14-days-late"] == late
    assert by_clause["late-returns#later-than-that"] == {
        "who": "team lead",
        "kind": "late_return",
        "days_above": 14,
        "repeat": True,
        "within": MONTHS,
    }
    assert by_clause["vouchers#expired-codes"] == {"who": "agent", "kind": "discount", "days_most": 7}
    assert by_clause["product-safety#who-is-told"] == {"who": "safety desk", "kind": "safety"}
    assert sample.windows[0] == 30
