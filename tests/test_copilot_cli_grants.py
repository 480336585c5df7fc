"""`precedent grants` and `precedent grant`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base.grants import customer_key
from tests.builders import make_article, make_conversation, open_base
from tests.command import run

BODY = """## Agents
An agent may grant a voucher of up to €20 per case.
## Team lead
The team lead decides on goodwill above €20."""
CONVERSATION = {
    "id": "K-1",
    "customer": {"name": "Ana Ruiz"},
    "messages": [{"role": "customer", "text": "?"}],
}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    with open_base(tmp_path) as base:
        base.put(make_article("goodwill", body=BODY, audience="agents"), actor="t")
    (tmp_path / "k.json").write_text(json.dumps(CONVERSATION))
    return tmp_path


def test_a_grant_is_logged_listed_and_counted(desk: Path) -> None:
    kept = run(
        "grant", "voucher", "--amount", "20 EUR", "--why", "third [delay]", "--article", "goodwill#agents",
        "--actor", "maya", "--conversation", desk / "k.json", "--json", data=desk,
    ).json  # fmt: skip
    assert (kept["kind"], kept["amount"], kept["who"], kept["conversation_id"]) == (
        "voucher",
        "20.00 EUR",
        "maya",
        "K-1",
    )
    assert kept["customer"] == customer_key(make_conversation())
    listed = run("grants", "--article", "goodwill#agents", "--json", data=desk).json["grants"]
    assert listed == [kept]
    assert run("grants", "--customer", "nobody", data=desk).out == "no grants\n"
    assert "[delay]" in run("grants", data=desk).out
    [row] = run("grants", "--summary", "--json", data=desk).json["summary"]
    assert (row["article"], row["count"], row["total"], row["reasons"]) == (
        "goodwill#agents",
        1,
        "20.00 EUR",
        ["third [delay]"],
    )
    assert "20.00 EUR" in run("grants", "--summary", data=desk).out


def test_above_authority_somebody_must_have_approved_it(desk: Path) -> None:
    told = ("grant", "voucher", "--amount", "20.01 EUR", "--why", "x")
    assert run(*told, data=desk).failure == (
        "a voucher of 20.01 EUR is above what an agent may grant alone (goodwill#agents): let the team lead "
        "decide, and name them in approved_by"
    )
    assert run(*told, "--approved-by", "Ines", "--json", data=desk).json["approved_by"] == "Ines"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("grant", "gift", "--why", "x"), "field kind: must be one of voucher"),
        (("grant", "voucher", "--why", "x", "--amount", "much"), "isn't a sum such as 20.00 EUR"),
        (
            ("grant", "voucher", "--why", "x", "--article", "goodwill#x"),
            "has no such section; take one of agents",
        ),
    ],
)
def test_what_can_not_be_logged_is_told_in_a_line(desk: Path, more: tuple[str, ...], message: str) -> None:
    assert message in run(*more, data=desk).failure
