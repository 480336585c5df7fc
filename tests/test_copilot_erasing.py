"""A customer is erased from everything: base, history, index, files, memory; every file is searched after."""

from __future__ import annotations

import gc
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copilot.assemble import build_copilot, build_eraser
from copilot.assist import Copilot
from copilot.drafting.former import former_of
from copilot.settings import Settings
from copilot.upkeep import bring_up_to_date
from indexer.live import LOOK_SECONDS
from knowledge_base.errors import InputError
from knowledge_base.exporting import export_to
from knowledge_base.gap_decisions import GapDecision
from knowledge_base.grants import Grant, customer_key
from knowledge_base.models import Case, Conversation, Customer, Feedback, Message, Source
from knowledge_base.personal.person import Person
from knowledge_base.promises import Promise
from knowledge_base.template_edits import Dismissal
from knowledge_base.translations import ApprovedTranslation
from tests.builders import NOON, make_article, make_case
from tests.command import run
from tests.fakes import WordHashEmbedder

NAME, MAIL, PHONE, ORDER = "Zélie Ünalova", "zelie.unalova@example.org", "+34 612 345 678", "ZX-7654321"
WRITTEN = (NAME, MAIL, PHONE, "612 34 56 78", ORDER, "Müßiggang 14, 12345 Völklingen")
TALK = Conversation(
    id="K-900",
    channel="email",
    customer=Customer(name=NAME),
    slots={"order_id": ORDER, "customer_id": "CUST-889900"},
    messages=(
        Message("customer", f"My name is {NAME}. Write to {MAIL} or call 612 34 56 78, {PHONE}.", NOON),
        Message("customer", f"Deliver {ORDER} to Müßiggang 14, 12345 Völklingen.", NOON + timedelta(hours=1)),
        Message("agent", f"Hi Zélie, we refund {ORDER} by Friday.", NOON + timedelta(hours=2)),
    ),
)
OTHER = Conversation(
    id="K-901", customer=Customer(name="Zélie Moreau"), messages=(Message("customer", "Where is it?", NOON),)
)

NOTES = ("change.reason", "dismissal.reason", "gap.why", "grant.why", "look.note", "translation.text")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a desk that keeps much of a customer, made once; each test has a copy."""
    settings = Settings(data=tmp_path_factory.mktemp("desk") / "data")
    embedder = WordHashEmbedder()
    made = build_copilot(settings, embedder=embedder)
    with made.knowledge:
        fill(made)
        bring_up_to_date(settings, made.knowledge, embedder=embedder)
    return settings.data


@pytest.fixture
def copilot(filled: Path, tmp_path: Path) -> Iterator[Copilot]:
    shutil.copytree(filled, tmp_path / "data")
    made = build_copilot(Settings(data=tmp_path / "data"), embedder=WordHashEmbedder())
    with made.knowledge:
        yield made


def fill(copilot: Copilot) -> None:
    """Everything that a desk keeps of a customer, also what came in before anything was replaced."""
    base = copilot.knowledge
    for field in ("problem", "title", "resolution", "reply"):
        for kind in ("name", "email", "phone", "order_id", "address"):
            base.personal.switch(f"case.{field}", kind, replaced=False)  # type: ignore[arg-type]
    for field in NOTES:
        for kind in ("name", "email"):
            base.personal.switch(field, kind, replaced=False)  # type: ignore[arg-type]
    told = f"{NAME} ({MAIL}) waits for {ORDER}."
    base.put(make_case("C-1", problem=told, source=Source("desk", "K-900", "https://d/K-900")), actor="a")
    base.put(
        make_case("C-1", problem=f"{told} Again.", title=f"For {NAME}"), actor="a", reason=f"{MAIL} asked"
    )
    base.put(make_case("C-2", problem="Zélie Moreau waits."), actor="a")
    base.put(make_article(body=f"## Thanks\nto {NAME} for this."), actor="a")
    base.conversations.receive(TALK)
    base.conversations.receive(OTHER)
    base.keep_suggestion(
        "s-1", "K-900", {"draft": {"text": f"Hi {NAME}"}, "understanding": {"request": MAIL}}
    )
    base.add_feedback(
        Feedback("s-1", "edited", "draft", None, "K-900", f"Hi {NAME}", f"Dear {NAME}"), actor="a"
    )
    promise = Promise("K-900", "refund", "agent", f"We refund {ORDER}.", "en", customer_name=NAME)
    base.promises.keep("K-900", [promise], actor="a")
    key = customer_key(TALK)
    base.grants.add(
        [Grant("voucher", f"for {NAME}", "Luc", NOON, conversation_id="K-900", customer=key, id="g")]
    )
    base.deliveries.put("chatwoot", "k1", "K-900", {"text": f"{NAME} {MAIL}"})
    base.translations.add([approved(f"Dear {NAME},")])
    base.dependence.review("case", "C-2", who="a", note=f"{NAME} was right")
    base.gap_decisions.add(
        GapDecision("g", f"lamp of {NAME}", bytes(4), "e", "en", "dismissed", 3, "a", f"only {MAIL}")
    )
    base.template_edits.dismiss(Dismissal("p", "en/own/act", 5, 9, f"only {NAME}", "a", NOON))


def approved(text: str) -> ApprovedTranslation:
    return ApprovedTranslation("en", "es", "formal", text, f"Estimada {text}", "a", NOON)


def held(folder: Path) -> dict[str, list[str]]:
    """The files below a folder that hold one of the values, in any of the ways in which texts are kept."""
    found: dict[str, list[str]] = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        for value in (*WRITTEN, NAME.casefold(), "zelie unalova", MAIL.upper()):
            for form in (value.encode(), json.dumps(value)[1:-1].encode(), value.encode("utf-16-le")):
                if form in raw:
                    found.setdefault(path.name, []).append(value)
    return found


def test_what_goes_is_shown_first_and_nothing_is_removed(copilot: Copilot, tmp_path: Path) -> None:
    traces = copilot.eraser.preview(Person(email=MAIL.upper()))
    assert traces.conversations == ("K-900",)
    assert set(traces.records) == {("case", "C-1"), ("article", "returns")}
    assert traces.counts() == {
        "conversations": 1, "messages": 3, "records": 2, "versions": 3, "suggestions": 1, "feedback": 1,
        "promises": 1, "grants": 1, "deliveries": 1, "translations": 1, "exceptions": 0,
        "rounds": 0, "candidates": 0, "decisions": 1,
    }  # fmt: skip
    assert ("order_id", ORDER) in traces.values.pairs
    assert copilot.knowledge.conversations.read("K-900").conversation.customer.name == NAME
    assert held(tmp_path / "data")


@pytest.mark.parametrize(
    "person",
    [
        Person(email=MAIL),
        Person(phone="0034612345678"),
        Person(name=NAME.upper()),
        Person(customer_id="CUST-889900"),
        Person(conversation_id="K-900"),
    ],
    ids=lambda person: next(name for name in Person.__slots__ if getattr(person, name)),
)
def test_no_file_holds_a_value_afterwards(copilot: Copilot, tmp_path: Path, person: Person) -> None:
    data = tmp_path / "data"
    (data / "golden.imported.jsonl").write_text(json.dumps({"id": "G", "query": f"I am {NAME}"}) + "\n")
    (data / "old.log").write_text(f"12:00 {MAIL} came\n12:01 another came\n", encoding="utf-8")
    export_to(copilot.knowledge, data / "export")
    former_of(as_case(copilot.knowledge.get("case", "C-1")))
    assert {"passages.jsonl", "old.log", "cases.jsonl"} <= held(data).keys()
    assert {"precedent.db", "precedent.db-wal"} & held(data).keys()
    done = copilot.eraser.erase(person, actor="maya")
    assert (done.left, done.index, done.complete) == ((), None, True)
    assert held(data) == {}
    assert "old.log" in done.files
    assert (data / "old.log").read_text(encoding="utf-8") == "12:00 [EMAIL] came\n12:01 another came\n"
    assert former_of.cache_info().currsize == 0


def as_case(record: Any) -> Case:
    assert isinstance(record, Case)
    return record


def test_what_stays_reads_on(copilot: Copilot) -> None:
    base, eraser = copilot.knowledge, copilot.eraser
    eraser.erase(Person(conversation_id="K-900"), actor="maya")
    case = as_case(base.get("case", "C-1"))
    assert (case.problem, case.title) == ("[NAME] ([EMAIL]) waits for [ORDER_ID]. Again.", "For [NAME]")
    first, second, third = base.history("case", "C-1")
    assert as_case(first.snapshot).source == Source("desk", None, None)
    assert (second.reason, third.reason, third.actor) == ("[EMAIL] asked", "personal data erased", "maya")
    assert as_case(base.get("case", "C-2")).problem == "Zélie Moreau waits."
    assert base.conversations.read("K-901").conversation.customer.name == "Zélie Moreau"
    [grant] = base.grants.newest()
    assert (grant.why, grant.customer, grant.conversation_id) == ("for [NAME]", None, None)
    assert base.promises.list(state=None) == []
    assert base.feedback() == []
    assert base.translations.newest() == []
    assert base.erasures.last_seq() == 1
    found = copilot.search("waits for", kind="case")
    assert {one.passage.source_id for one in found} == {"C-1", "C-2"}


def test_erased_again_there_is_nothing(copilot: Copilot) -> None:
    copilot.eraser.erase(Person(email=MAIL), actor="maya")
    again = copilot.eraser.preview(Person(email=MAIL))
    assert not any(again.counts().values())


@pytest.mark.parametrize(
    "person", [Person(), Person(name=" "), Person(email="nobody"), Person(phone="12"), Person(name="x" * 301)]
)
def test_too_little_is_refused(copilot: Copilot, person: Person) -> None:
    with pytest.raises(InputError):
        copilot.eraser.preview(person)


def test_the_command_shows_then_erases(copilot: Copilot, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shown = run("erase", "--email", MAIL, "--json", data=data).json
    assert (shown["counts"]["conversations"], shown["conversations"]) == (1, ["K-900"])
    assert {"kind": "name", "value": NAME} in shown["values"]
    assert "Erase them with --yes" in run("erase", "--email", MAIL, data=data).out
    settings = Settings(data=data)
    eraser = build_eraser(settings, copilot.knowledge, embedder=WordHashEmbedder())
    assert eraser.erase(Person(email=MAIL), actor="x").complete
    assert run("erase", "--name", NAME, "--json", data=data).json["counts"]["conversations"] == 0
    assert "say who" in run("erase", data=data).failure


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for another process gives up soon."""
    monkeypatch.setattr("knowledge_base.database.BUSY_TIMEOUT_MS", 300)


@pytest.mark.usefixtures("impatient")
def test_while_somebody_reads_on_it_says_what_is_left_and_the_next_cleans_it(
    copilot: Copilot, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    reader = sqlite3.connect(data / "precedent.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM message").fetchone()
    done = copilot.eraser.erase(Person(email=MAIL), actor="maya")
    assert not done.complete
    assert set(done.left) <= {"precedent.db", "precedent.db-wal"}
    reader.close()
    assert copilot.eraser.erase(Person(email=MAIL), actor="maya").complete
    assert held(data) == {}


def test_a_process_that_sees_an_erasure_forgets_what_it_remembers(copilot: Copilot) -> None:
    former_of(as_case(copilot.knowledge.get("case", "C-1")))
    copilot.knowledge.erasures.erase(Person(email=MAIL), actor="maya")
    assert former_of.cache_info().currsize == 1
    time.sleep(LOOK_SECONDS)
    copilot.suggest(OTHER)
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one) is Case and MAIL in one.problem]
