"""Every way by which a text gets into the base: what is personal in it stays outside, or is meant to stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copilot.bring_in.run import Export, begin, carry_out
from knowledge_base import schema
from knowledge_base.exporting import export_to
from knowledge_base.gap_decisions import GapDecision
from knowledge_base.grants import Grant
from knowledge_base.importing import import_paths
from knowledge_base.models import Conversation, Feedback, Message
from knowledge_base.personal.fields import FIELDS
from knowledge_base.promises import Promise
from knowledge_base.store import KnowledgeBase
from knowledge_base.template_edits import Dismissal
from knowledge_base.translations import ApprovedTranslation
from tests.builders import (
    NOON,
    make_article,
    make_case,
    make_conversation,
    make_question,
    make_template,
    open_base,
)
from tests.export_makers import write_array, zendesk
from tests.review_fakes import build_review

Door = Callable[[KnowledgeBase, Path, str], object]


def write(path: Path, *documents: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")
    return path


def imported(base: KnowledgeBase, path: Path) -> None:
    assert not import_paths(base, [path]).errors


def case_file(base: KnowledgeBase, folder: Path, told: str) -> None:
    case = {"id": "F-1", "problem": told, "resolution": told, "reply": told, "steps": [told], "title": told,
            "messages": [{"role": "customer", "text": told}]}  # fmt: skip
    imported(base, write(folder / "cases.jsonl", case))


def case_table(base: KnowledgeBase, folder: Path, told: str) -> None:
    path = folder / "cases.csv"
    path.write_text(f'id,problem,resolution\nT-1,"{told}","{told}"\n', encoding="utf-8")
    imported(base, path)


def question_file(base: KnowledgeBase, folder: Path, told: str) -> None:
    imported(base, write(folder / "golden.jsonl", {"id": "Q-1", "query": told, "relevant": []}))


def article_file(base: KnowledgeBase, folder: Path, told: str) -> None:
    path = folder / "policies" / "contact.md"
    path.parent.mkdir()
    path.write_text(f"---\nid: contact\ntitle: Contact\n---\n## Whom\n{told}\n", encoding="utf-8")
    imported(base, path)


def grant_file(base: KnowledgeBase, folder: Path, told: str) -> None:
    grant = {"id": "g-1", "kind": "voucher", "why": told, "who": "maya", "at": "2026-11-20T10:00:00Z"}
    imported(base, write(folder / "grants.jsonl", grant))


def translation_file(base: KnowledgeBase, folder: Path, told: str) -> None:
    approved = {"source_language": "en", "target_language": "es", "register": "formal", "source": told,
                "target": told, "who": "maya", "at": "2026-11-20T10:00:00Z"}  # fmt: skip
    imported(base, write(folder / "approved_translations.jsonl", approved))


def ticket(base: KnowledgeBase, folder: Path, told: str) -> None:
    path = write_array(folder / "tickets.json", [zendesk(5, description=told, subject=told)])
    assert carry_out(base, begin(base, Export(path, "zendesk"), name=path.name, actor="t").id).added == 1


def help_page(base: KnowledgeBase, folder: Path, told: str) -> None:
    site = folder / "site"
    site.mkdir()
    (site / "reach.md").write_text(f"# Reach us\n\n{told}\n", encoding="utf-8")
    assert carry_out(base, begin(base, Export(site, "help_centre"), name="site", actor="t").id).added == 1


def closed_talk(base: KnowledgeBase, number: str) -> Any:
    """The candidate of a conversation that tells nothing personal."""
    said = (Message("customer", "My lamp arrived broken.", NOON),
            Message("agent", "I have sent a replacement for the lamp today.", NOON))  # fmt: skip
    base.conversations.receive(Conversation(id=number, messages=said))
    base.conversations.settle(number, "closed")
    build_review(base).gather()
    return base.review.list(conversation_id=number)[0]


def candidate(base: KnowledgeBase, _folder: Path, told: str) -> None:
    one, review = closed_talk(base, "K-51"), build_review(base)
    one = review.edit(one.id, {"problem": told, "resolution": told, "reply": told}, version=one.version)
    review.accept(one.id, "maya", version=one.version)


def rejection(base: KnowledgeBase, _folder: Path, told: str) -> None:
    one = closed_talk(base, "K-52")
    build_review(base).reject(one.id, "maya", told, version=one.version)


def verdict(base: KnowledgeBase, _folder: Path, told: str) -> None:
    base.add_feedback(Feedback("s-9", "down", "case:C-1", told, None, None, None), actor="maya")


def practice(base: KnowledgeBase, _folder: Path, told: str) -> None:
    played = base.practice.start("maya", "C-1", None)
    base.practice.reply(played, [told], {"total": 50, "points": [{"text": told, "share": 0.5, "by": told}]})


def retired(base: KnowledgeBase, _folder: Path, told: str) -> None:
    base.put(make_case("R-1"), actor="maya", reason=told)
    base.retire("case", "R-1", actor="maya", reason=told)


def looked_over(base: KnowledgeBase, _folder: Path, told: str) -> None:
    base.put(make_case("C-1"), actor="maya")
    base.dependence.review("case", "C-1", who="maya", note=told)


DOORS: dict[str, Door] = {
    "case": lambda base, _, told: base.put(make_case("P-1", problem=told, title=told), actor="maya"),
    "cases": lambda base, _, told: base.put_many([make_case("P-2", reply=told)], actor="maya"),
    "question": lambda base, _, told: base.put(make_question(query=told), actor="maya"),
    "article": lambda base, _, told: base.put(make_article(body=told, title=told), actor="maya"),
    "template": lambda base, _, told: base.put(make_template(body=told), actor="maya"),
    "grant": lambda base, _, told: base.grants.add([Grant("voucher", told, "maya", NOON)]),
    "translation": lambda base, _, told: base.translations.keep(
        ApprovedTranslation("en", "es", "formal", told, told, "maya", NOON)
    ),
    "case-file": case_file,
    "case-table": case_table,
    "question-file": question_file,
    "article-file": article_file,
    "grant-file": grant_file,
    "translation-file": translation_file,
    "ticket": ticket,
    "help-page": help_page,
    "candidate": candidate,
    "gap": lambda base, _, told: base.gap_decisions.add(
        GapDecision("g", told, bytes(4), "e", "en", "dismissed", 3, "maya", told)
    ),
    "dismissal": lambda base, _, told: base.template_edits.dismiss(
        Dismissal("p", "en/own/act", 5, 9, told, "maya", NOON)
    ),
    "rejection": rejection,
    "verdict": verdict,
    "practice": practice,
    "reason": retired,
    "look": looked_over,
}  # fmt: skip

KEPT: dict[str, Door] = {
    "conversation": lambda base, _, told: base.conversations.receive(make_conversation(told, id="K-61")),
    "delivery": lambda base, _, told: base.deliveries.put("chatwoot", "k", "K-61", {"text": told}),
    "suggestion": lambda base, _, told: base.keep_suggestion("s-1", "K-61", {"draft": {"text": told}}),
    "edit": lambda base, _, told: base.add_feedback(
        Feedback("s-1", "edited", "draft", None, "K-61", told, told), actor="maya"
    ),
    "promise": lambda base, _, told: base.promises.keep(
        "K-61", [Promise("K-61", "refund", "agent", told, "en")], actor="maya"
    ),
    "exception": lambda base, _, told: base.personal.allow(told.split()[2], who="maya"),
}
"""A conversation that goes on and what belongs to it; and the values that the desk says name nobody."""

TABLES_BEHIND_DOORS = frozenset({
    "record", "change", "feedback", "grants", "approved_translations", "practice_round", "record_review",
    "review_candidate", "record_text", "gap_decision", "template_dismissal",
})  # fmt: skip
TABLES_KEPT = frozenset({
    "conversation", "message", "delivery", "suggestion", "promise", "personal_exception",
})  # fmt: skip
TABLES_WITHOUT_TEXT = frozenset({
    "counter", "citation", "shown", "template_edit", "personal_switch", "erasure", "import_run",
    "import_left_out", "import_origin",
    "import_mapping",
})  # fmt: skip
"""Numbers, ids, and what the program itself says; names of files and columns."""


def phone_of(number: int) -> str:
    return f"+34 612 34 {number // 100 + 50} {number % 100:02d}"


def told_at(door: str, number: int) -> str:
    return f"Write to {door}@example.com or call {phone_of(number)} tomorrow."


def held(folder: Path, values: dict[str, tuple[str, ...]]) -> set[str]:
    """The doors whose values stand in a file of a folder, as they are or as JSON escapes them."""
    raw = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    return {door for door, told in values.items() if any(value.encode() in raw for value in told)}


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    (tmp_path / "data").mkdir()
    with open_base(tmp_path / "data") as opened:
        for field in ("article.title", "article.body", "template.body"):
            for kind in ("email", "phone"):
                opened.personal.switch(field, kind, replaced=True)  # type: ignore[arg-type]
        yield opened


def test_nothing_personal_comes_through_any_door(base: KnowledgeBase, tmp_path: Path) -> None:
    values = {}
    for number, (door, enter) in enumerate(DOORS.items()):
        folder = tmp_path / "in" / door
        folder.mkdir(parents=True)
        enter(base, folder, told_at(door, number))
        values[door] = (f"{door}@example.com", phone_of(number))
    assert held(tmp_path / "data", values) == set()
    export_to(base, tmp_path / "out")
    assert held(tmp_path / "out", values) == set()
    said = "Write to [EMAIL] or call [PHONE] tomorrow."
    assert {one.why for one in base.grants.newest()} == {said}
    assert {(one.source, one.target) for one in base.translations.newest()} == {(said, said)}
    assert base.feedback()[0].feedback.reason == said
    assert [one.reason for one in base.history("case", "R-1")] == [said, said]
    [played] = base.practice.list("maya")
    assert (played.replies, played.score) == (
        (said,), {"total": 50, "points": [{"text": said, "share": 0.5, "by": said}]},
    )  # fmt: skip
    assert base.review.list("rejected")[0].reason == said
    assert base.grants.add(base.grants.newest()) == ["unchanged", "unchanged"]


def test_what_belongs_to_a_conversation_that_goes_on_is_kept(base: KnowledgeBase, tmp_path: Path) -> None:
    values = {}
    for number, (door, enter) in enumerate(KEPT.items(), 50):
        enter(base, tmp_path, told_at(door, number))
        values[door] = (f"{door}@example.com",)
    assert held(tmp_path / "data", values) == set(KEPT)


def test_a_field_that_the_desk_switched_off_keeps_it(base: KnowledgeBase, tmp_path: Path) -> None:
    values = {}
    for field in FIELDS:
        base.personal.switch(field, "email", replaced=False)
    for number, (door, enter) in enumerate(DOORS.items()):
        folder = tmp_path / "in" / door
        folder.mkdir(parents=True)
        enter(base, folder, told_at(door, number))
        values[door] = (f"{door}@example.com",)
    assert held(tmp_path / "data", values) == set(DOORS)
    phones = {door: (phone_of(number),) for number, door in enumerate(DOORS)}
    assert held(tmp_path / "data", phones) == set()


def test_each_table_is_behind_a_door_or_meant_to_keep_what_it_holds() -> None:
    """A new table has to be named here: either its texts go through the door, or it says why not."""
    known = TABLES_BEHIND_DOORS | TABLES_KEPT | TABLES_WITHOUT_TEXT
    assert known == set(schema.metadata.tables)


def test_the_desks_exceptions_hold_for_notes_too(base: KnowledgeBase) -> None:
    base.personal.allow("help@example.com", who="maya")
    why = "asked at help@example.com and by ana@example.com"
    base.grants.add([replace(Grant("voucher", why, "maya", NOON), id="g")])
    assert base.grants.newest()[0].why == "asked at help@example.com and by [EMAIL]"
