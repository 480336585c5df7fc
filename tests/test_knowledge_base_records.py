"""Cases and conversations from outside: what is taken, and how what isn't is named."""

from __future__ import annotations

import io
import json
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.conversations import conversation_from_dict, conversation_to_dict
from knowledge_base.errors import RecordError
from knowledge_base.models import Case, Conversation, Customer, Message, Outcome, Source
from knowledge_base.records import case_from_dict, case_to_dict
from knowledge_base.records_jsonl import records_from_jsonl

EXAMPLE: dict[str, Any] = {
    "id": "C-1042",
    "title": "Refund for a parcel lost in transit",
    "language": "en",
    "problem": "what the customer had",
    "resolution": "what settled it",
    "reply": "the agent's message",
    "steps": ["confirm the address", "open a trace with the carrier"],
    "messages": [{"role": "customer", "text": "…", "at": "2026-03-01T10:00:00Z"}],
    "category": "lost_parcel",
    "tags": ["shipping"],
    "product": None,
    "channel": "email",
    "outcome": {"resolved": True, "reopened": False, "csat": 5, "handle_minutes": 12},
    "resolved_at": "2026-03-02T09:00:00Z",
    "policies": ["refunds#lost-parcels"],
    "source": {"system": "zendesk", "id": "88123", "url": "https://example.com"},
    "status": "published",
}


def read(raw: bytes, **options: int) -> list[tuple[int, Any]]:
    return [read for _, read in records_from_jsonl(io.BytesIO(raw), "f.jsonl", **options)]


def problems(raw: bytes, **options: int) -> list[tuple[int, str, str]]:
    return [(r.line, r.field, r.message) for _, r in read(raw, **options) if isinstance(r, RecordError)]


def test_the_formats_example_is_read_whole():
    assert case_from_dict(EXAMPLE, "f", 1) == Case(
        id="C-1042",
        title="Refund for a parcel lost in transit",
        problem="what the customer had",
        resolution="what settled it",
        reply="the agent's message",
        steps=("confirm the address", "open a trace with the carrier"),
        messages=(Message("customer", "…", datetime(2026, 3, 1, 10, tzinfo=UTC)),),
        category="lost_parcel",
        tags=("shipping",),
        channel="email",
        outcome=Outcome(True, False, 5, 12),
        resolved_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        policies=("refunds#lost-parcels",),
        source=Source("zendesk", "88123", "https://example.com"),
    )
    assert case_to_dict(case_from_dict(EXAMPLE, "f", 1)) == EXAMPLE


def test_the_least_that_a_case_needs():
    assert case_from_dict({"id": "1", "resolution": "r", "problem": "p", "made_up": 1}, "f", 1) == Case(
        id="1", resolution="r", problem="p"
    )
    told = {"id": "1", "resolution": "r", "messages": [{"role": "customer", "text": "hi"}], "title": "  "}
    assert case_from_dict(told, "f", 1).title is None


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"id": None}, "id", "is missing or empty"),
        ({"id": "  "}, "id", "is missing or empty"),
        ({"id": 7}, "id", "must be text"),
        ({"id": "x" * 201}, "id", "longer than 200"),
        ({"id": "a\tb"}, "id", "control character"),
        ({"id": "a\u2028b"}, "id", "control character"),
        ({"id": " a"}, "id", "space"),
        ({"resolution": ""}, "resolution", "is missing or empty"),
        ({"problem": None, "messages": []}, "problem", "needs a problem or messages"),
        ({"problem": " ", "messages": [{"role": "agent", "text": " "}]}, "problem", "needs a problem"),
        ({"problem": ["p"]}, "problem", "must be text"),
        ({"problem": "a\0b"}, "problem", "NUL"),
        ({"reply": "half \ud83d"}, "reply", "half a character"),
        ({"messages": {"role": "customer"}}, "messages", "must be a list"),
        ({"messages": ["hi"]}, "messages[0]", "must be an object"),
        ({"messages": [{"role": "customer", "text": 5}]}, "messages[0].text", "must be text"),
        ({"messages": [{"text": "x"}]}, "messages[0].role", "must be one of customer, agent, note"),
        ({"messages": [{"role": "customer", "text": "x", "at": "noon"}]}, "messages[0].at", "ISO 8601"),
        ({"messages": [{"role": "note", "text": ""}] * 10_001}, "messages", "at most 10000"),
        ({"steps": "one"}, "steps", "must be a list of texts"),
        ({"tags": ["a", 2]}, "tags[1]", "must be text"),
        ({"language": "klingonese"}, "language", "isn't a language code"),
        ({"language": "xx"}, "language", "isn't a language code"),
        ({"outcome": []}, "outcome", "must be an object"),
        ({"outcome": {"csat": 6}}, "outcome.csat", "whole number from 1 to 5"),
        ({"outcome": {"csat": 4.5}}, "outcome.csat", "whole number from 1 to 5"),
        ({"outcome": {"csat": True}}, "outcome.csat", "must be a number"),
        ({"outcome": {"handle_minutes": -1}}, "outcome.handle_minutes", "not negative"),
        ({"outcome": {"handle_minutes": 10**400}}, "outcome.handle_minutes", "absurdly large"),
        ({"outcome": {"resolved": "yes"}}, "outcome.resolved", "true or false"),
        ({"resolved_at": "2026-13-01"}, "resolved_at", "ISO 8601"),
        ({"resolved_at": "0001-01-01T00:00:00+14:00"}, "resolved_at", "ISO 8601"),
        ({"source": {"url": 1}}, "source.url", "must be text"),
        ({"status": "draft"}, "status", "must be one of published, pending, retired"),
        ({"status": ["published"]}, "status", "must be one of"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(change: dict[str, Any], field: str, message: str):
    with pytest.raises(RecordError) as caught:
        case_from_dict(EXAMPLE | change, "f.jsonl", 3)
    assert (caught.value.file, caught.value.line, caught.value.field) == ("f.jsonl", 3, field)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("written", "normal"),
    [("EN", "en"), ("pt_br", "pt-BR"), ("zh-hans", "zh-Hans"), ("no", "no"), (None, "en")],
)
def test_languages_are_normalised(written: str | None, normal: str):
    assert case_from_dict(EXAMPLE | {"language": written}, "f", 1).language == normal


def test_a_time_without_zone_is_taken_as_utc():
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for text in ("2026-03-02T12:00:00", "2026-03-02 12:00", "2026-03-02T14:00+02:00", "20260302T120000Z"):
        assert case_from_dict(EXAMPLE | {"resolved_at": text}, "f", 1).resolved_at == noon


def line(**change: Any) -> bytes:
    return json.dumps({"id": "1", "resolution": "r", "problem": "p"} | change).encode() + b"\n"


def test_lines_are_counted_over_blank_ones_and_a_bom_is_no_matter():
    raw = (
        b"\xef\xbb\xbf"
        + line(id="A")
        + b"\n  \r\n"
        + line(id="B").replace(b"\n", b"\r\n")
        + line(id="C")[:-1]
    )
    assert [(number, case.id) for number, case in read(raw)] == [(1, "A"), (4, "B"), (5, "C")]


def test_bad_lines_are_named_and_the_others_read():
    raw = b"".join(
        [
            line(id="A"),
            b"{not json}\n",
            b'{"id": "\xff"}\n',
            b"\0\n",
            b"[1]\n",
            line(problem="\0"),
            b'{"id": NaN}\n',
            b"[" * 200_000 + b"\n",
            b'{"id": ' + b"1" * 5000 + b"}\n",
            line(id="B"),
            b'{"id": "tru',
        ]
    )
    assert [case.id for _, case in read(raw) if isinstance(case, Case)] == ["A", "B"]
    found = problems(raw)
    assert [number for number, _, _ in found] == [2, 3, 4, 5, 6, 7, 8, 9, 11]
    messages = {number: message for number, _, message in found}
    assert "isn't valid JSON" in messages[2]
    assert messages[3] == "isn't UTF-8 (byte 9)"
    assert "isn't valid JSON" in messages[4]
    assert "must be a JSON object" in messages[5]
    assert "NUL" in messages[6]
    assert messages[7] == "isn't valid JSON: NaN is no JSON number"
    assert messages[8] == "isn't valid JSON: it is nested too deeply"
    assert "isn't valid JSON" in messages[11]


def test_a_line_too_long_is_skipped():
    raw = line(id="A") + line(problem="x" * 300_000) + line(id="B") + line(problem="x" * 300_000)[:-1]
    assert problems(raw, limit=200_000) == [
        (2, "", "is longer than 200,000 bytes; split it, or leave it out"),
        (4, "", "is longer than 200,000 bytes; split it, or leave it out"),
    ]
    assert [case.id for _, case in read(raw, limit=200_000) if isinstance(case, Case)] == ["A", "B"]
    assert len(read(raw, limit=400_000)) == 4


def test_a_line_of_200_megabytes_is_never_held(tmp_path: Path):
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as stream:
        stream.write(line(id="A"))
        stream.seek(200_000_000)  # a hole reads as NULs
        stream.write(b"\n" + line(id="B"))
    tracemalloc.start()
    try:
        with path.open("rb") as stream:
            found = [read for _, read in records_from_jsonl(stream, "huge.jsonl")]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(number, type(record)) for number, record in found] == [(1, Case), (2, RecordError), (3, Case)]
    assert peak < 20_000_000


def conversation(**change: Any) -> dict[str, Any]:
    return {"messages": [{"role": "customer", "text": "Hola"}]} | change


def test_a_conversation_is_read_and_written():
    data = {
        "id": "K-77",
        "channel": "chat",
        "customer": {"name": "Ana Ruiz", "language": None, "tier": "gold", "joined": "2022-05-01"},
        "slots": {"order_id": "ORD-12345"},
        "messages": [
            {"role": "customer", "text": "Hola, mi pedido no ha llegado", "at": "2026-11-20T09:00:00Z"}
        ],
        "language": None,
        "tone": "warm",
        "length": None,
    }
    read = conversation_from_dict(data, "-")
    assert read == Conversation(
        id="K-77",
        channel="chat",
        customer=Customer("Ana Ruiz", None, "gold", date(2022, 5, 1)),
        slots={"order_id": "ORD-12345"},
        messages=(
            Message("customer", "Hola, mi pedido no ha llegado", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ),
        tone="warm",
    )
    assert conversation_to_dict(read) == data
    told = data | {"title": "Parcel", "corrections": {"category": "lost_parcel", "emotion": "worried"}}
    assert conversation_to_dict(conversation_from_dict(told, "-")) == told
    assert conversation_from_dict(conversation(state="x", expected={}), "-") == Conversation(
        messages=(Message("customer", "Hola"),)
    )


def test_what_a_customer_or_their_system_wrote_is_read_anyhow():
    data = conversation(
        messages=[{"role": "customer", "text": "a\0b \ud83d\ude00 \ud83d"}, {"role": "agent", "text": ""}],
        customer={"language": "Spanish", "joined": "2022-05-01T10:00:00Z"},
        slots={"amount": 59.9, "order_id": 12, "none": None},
    )
    read = conversation_from_dict(data, "-")
    assert [message.text for message in read.messages] == ["ab 😀 \ufffd", ""]
    assert read.customer == Customer(language=None, joined=date(2022, 5, 1))
    assert read.slots == {"amount": "59.9", "order_id": "12"}
    assert (
        conversation_from_dict(conversation(customer={"language": "ES_mx"}), "-").customer.language == "es-MX"
    )


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], ""),
        ("hello", ""),
        ({}, "messages"),
        (conversation(messages=[]), "messages"),
        (conversation(messages="hi"), "messages"),
        (conversation(messages={"role": "customer"}), "messages"),
        (conversation(messages=[{"role": "customer", "text": "x"}, None]), "messages[1]"),
        (conversation(messages=[{"role": "robot", "text": "x"}]), "messages[0].role"),
        (conversation(messages=[{"role": "customer"}]), "messages[0].text"),
        (conversation(messages=[{"role": "customer", "text": ["x"]}]), "messages[0].text"),
        (conversation(messages=[{"role": "customer", "text": "x", "at": 5}]), "messages[0].at"),
        (conversation(messages=[{"role": "customer", "text": "x"}] * 10_001), "messages"),
        (conversation(slots={"order_id": ["x"]}), "slots.order_id"),
        (conversation(slots=[]), "slots"),
        (conversation(customer="Ana"), "customer"),
        (conversation(customer={"name": 5}), "customer.name"),
        (conversation(customer={"joined": "long ago"}), "customer.joined"),
        (conversation(language="nonsense!"), "language"),
        (conversation(id=5), "id"),
        (conversation(id="a\nb"), "id"),
        (conversation(channel=[]), "channel"),
    ],
)
def test_a_conversation_that_cannot_be_used(data: object, field: str):
    with pytest.raises(RecordError) as caught:
        conversation_from_dict(data, "chat.json")
    assert (caught.value.file, caught.value.field) == ("chat.json", field)


def test_errors_hold_no_customer_text():
    with pytest.raises(RecordError) as caught:
        case_from_dict(EXAMPLE | {"status": "secret words", "language": "secret"}, "f", 1)
    assert "secret" not in str(caught.value)
