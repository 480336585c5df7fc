"""Exports as they come: each system's tickets, and damage that costs only its own records."""

from __future__ import annotations

import json
import mailbox
import random
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.errors import InputError
from knowledge_base.exports.csv_mapping import checked, propose, signature_of
from knowledge_base.exports.models import Item, LeftOut, Page, System, Ticket
from knowledge_base.exports.reading import detect, read
from tests.export_makers import MAKERS, TOLD, asked, write_array, write_lines, zendesk

BODIES = ("id", "subject", "turns", "state", "tags")


def items(path: Path, **options: object) -> list[Item]:
    system = detect(path)
    assert system is not None
    return [got.item for got in read(path, system, **options)]  # type: ignore[arg-type]


def ids(found: Sequence[Item]) -> list[str]:
    return [item.id for item in found if isinstance(item, Ticket)]


def reasons(found: Sequence[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, LeftOut)]


@pytest.mark.parametrize("system", MAKERS)
@pytest.mark.parametrize("shape", ["lines", "array", "indented", "page", "pages"])
def test_each_system_is_told_and_read_in_each_shape(tmp_path: Path, system: System, shape: str):
    records = [MAKERS[system](number) for number in (1, 2, 3)]
    path = tmp_path / "export.json"
    if shape == "lines":
        write_lines(path, records)
    elif shape == "array":
        write_array(path, records, sort_keys=True)
    elif shape == "indented":
        write_array(path, records, indent=2)
    else:
        name = {"zendesk": "tickets", "intercom": "conversations", "chatwoot": "payload"}.get(
            system, "results"
        )
        page = {"count": 3, name: records, "users": [{"id": 4, "name": "Ana"}], "next": "https://x/{page}"}
        page = {"data": {"meta": {"all_count": 3}, name: records}} if system == "chatwoot" else page
        later = {**page, name: [MAKERS[system](4)]} if shape == "pages" and system != "chatwoot" else None
        path.write_text("\n".join(json.dumps(one, indent=1) for one in (page, later) if one))
    assert detect(path) == system
    found = items(path)
    more = shape == "pages" and system != "chatwoot"
    assert ids(found) == ["1", "2", "3", *(["4"] if more else [])]
    assert reasons(found) == []
    ticket = found[0]
    assert isinstance(ticket, Ticket)
    assert (ticket.subject, ticket.state, ticket.tags, ticket.csat) == (
        "Kettle leaks 1",
        "solved",
        ("kettle",),
        5,
    ) or system == "zammad"
    assert [turn.who for turn in ticket.turns] == ["customer", "note", "agent"]
    assert [turn.text for turn in ticket.turns] == [asked(1), "Seal batch 12 again.", TOLD]
    assert all(turn.at is not None for turn in ticket.turns)
    assert ticket.solved_at is not None


def test_the_fields_of_each_system_become_an_outcome(tmp_path: Path):
    told = {}
    for system, make in MAKERS.items():
        ticket = items(write_lines(tmp_path / f"{system}.json", [make(1)]))[0]
        assert isinstance(ticket, Ticket)
        told[system] = (ticket.reopened, ticket.csat, ticket.handle_minutes, ticket.channel)
    assert told == {
        "zendesk": (True, 5, None, "email"),
        "freshdesk": (True, 5, None, "email"),
        "zammad": (None, None, 12.5, "email"),
        "chatwoot": (None, 5, None, "email"),
        "intercom": (True, 5, 12.5, "email"),
    }


def test_a_truncated_file_costs_its_last_record(tmp_path: Path):
    for write in (write_lines, write_array):
        path = write(tmp_path / "cut.json", [zendesk(number) for number in range(1, 101)])
        raw = path.read_bytes()
        path.write_bytes(raw[: len(raw) - 40])
        found = items(path)
        assert ids(found) == [str(number) for number in range(1, 100)]
        assert reasons(found) == ["damaged"]


@pytest.mark.parametrize("write", [write_lines, write_array])
@pytest.mark.parametrize("damage", ["quote", "brace", "gap", "zeros"])
def test_damage_costs_the_record_that_it_hits(tmp_path: Path, write: object, damage: str):
    path = write(tmp_path / "damaged.json", [zendesk(number) for number in range(1, 301)])  # type: ignore[operator]
    raw = path.read_bytes()
    at = raw.index(b'"subject": "Kettle leaks 150"')
    spoilt = {
        "quote": raw[:at] + raw[at + 1 :],
        "brace": raw[:at] + b"}" + raw[at:],
        "gap": raw[:at] + raw[at + 25 :],
        "zeros": raw[: at + 3] + bytes(200) + raw[at + 203 :],
    }[damage]
    path.write_bytes(spoilt)
    found = items(path)
    assert ids(found) == [str(number) for number in range(1, 301) if number != 150]
    assert reasons(found) == ["damaged"]


def test_other_encodings_are_told_and_stray_bytes_mended(tmp_path: Path):
    words = "Der Wasserkocher läuft über, Größe XL, für 20 €. Können Sie helfen? Das wäre schön, danke!"
    record = zendesk(1, subject=words)
    text = "\n".join(json.dumps({**record, "id": n}, ensure_ascii=False) for n in range(1, 30))
    path = tmp_path / "encoded.json"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        path.write_bytes(text.encode(encoding))
        found = items(path)
        assert len(ids(found)) == 29, encoding
        assert {item.subject for item in found if isinstance(item, Ticket)} == {words}, encoding
    lines = text.split("\n")
    path.write_bytes(b"\n".join(line.encode("cp1252" if n == 7 else "utf-8") for n, line in enumerate(lines)))
    assert {item.subject for item in items(path) if isinstance(item, Ticket)} == {words}
    path.write_text(json.dumps(zendesk(1, subject="half \ud83d of a smile")).replace("half", "a\\u0000half"))
    ticket = items(path)[0]
    assert isinstance(ticket, Ticket)
    assert ticket.subject == "ahalf \ufffd of a smile"


def test_a_comment_of_ten_megabytes_is_read_and_bounded(tmp_path: Path):
    huge = zendesk(2)
    huge["comments"][0]["plain_body"] = "It leaks. " + "log line <b>x</b>\n" * 600_000
    path = write_array(tmp_path / "huge.json", [zendesk(1), huge, zendesk(3)])
    assert path.stat().st_size > 10_000_000
    found = items(path)
    assert ids(found) == ["1", "2", "3"]
    assert isinstance(found[1], Ticket)
    assert len(found[1].turns[0].text) <= 200_000


def test_what_is_no_ticket_is_said_and_deep_nesting_is_damage(tmp_path: Path):
    path = tmp_path / "odd.json"
    deep = '{"id": 2, "comments": ' + "[" * 100_000 + "]" * 100_000 + "}"
    path.write_text(
        "\n".join([json.dumps(zendesk(1)), deep, '{"id": 3}', "[]", "17", json.dumps(zendesk(4))])
    )
    found = items(path)
    assert ids(found) == ["1", "4"]
    assert sorted(reasons(found)) == ["damaged", "not_a_ticket"]


_RAW = {
    "lines": "\n".join(json.dumps(zendesk(n)) for n in range(1, 41)).encode(),
    "array": json.dumps([zendesk(n) for n in range(1, 41)], indent=1).encode(),
    "csv": b"id,question,answer\n"
    + b"".join(b'%d,"It leaks, ""%d""","Press\nthe seal."\n' % (n, n) for n in range(1, 41)),
    "mbox": b"".join(
        b"From ana@x.example Sun Mar  1 10:00:00 2026\nFrom: ana@x.example\nTo: help@desk.example\n"
        b"Message-ID: <%d@x.example>\nSubject: Kettle %d\n\nIt leaks.\n\n" % (n, n) for n in range(1, 41)
    ),
}  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(sorted(_RAW)))
def test_damage_never_raises_and_costs_only_its_own(tmp_path: Path, data: st.DataObject, kind: str):
    raw = bytearray(_RAW[kind])
    chance = random.Random(data.draw(st.integers(0, 2**32), label="seed"))
    flips = data.draw(st.integers(0, 3), label="flips")
    first = raw.index(b"\n") + 1 if kind in ("csv", "mbox") else 1  # a CSV's header says what the columns are
    for _ in range(flips):
        raw[chance.randrange(first, len(raw))] ^= 1 << chance.randrange(8)
    end = data.draw(st.integers(first, len(raw)), label="end")
    path = tmp_path / "export"
    path.write_bytes(bytes(raw[:end]))
    systems: dict[str, System] = {"csv": "csv", "mbox": "mbox"}
    got = [one.item for one in read(path, systems.get(kind, "zendesk"))]
    whole = max(0, 40 * end // len(raw) - 1)
    # A flipped bit may spoil a record, or join it with the next; it never takes more than two with it.
    assert len(ids(got)) >= whole - 2 * flips - 1


def test_a_column_is_proposed_for_each_field(tmp_path: Path):
    header = [
        "Ticket ID",
        "Ticket Subject",
        "Ticket Description",
        "Resolution",
        "Ticket Status",
        "Tags",
        "CSAT",
    ]
    assert propose(header) == {
        "id": "Ticket ID", "subject": "Ticket Subject", "customer_text": "Ticket Description",
        "resolution": "Resolution", "status": "Ticket Status", "tags": "Tags", "csat": "CSAT",
    }  # fmt: skip
    assert signature_of(header) == signature_of([" ticket  id ", *header[1:]])
    with pytest.raises(InputError, match="no column 'Body'"):
        checked({"customer_text": "Body"}, header)
    with pytest.raises(InputError, match="what the customer wrote"):
        checked({"id": "Ticket ID"}, header)


def test_csv_rows_and_their_damage(tmp_path: Path):
    path = tmp_path / "tickets.csv"
    path.write_text(
        "id;subject;description;reply;status\n"
        '1;Kettle;"It leaks;\nat the ""handle""";Press the seal.;closed\n'
        '2;Lamp;A 5" lamp is dim;Turn the ring.;open\n'
        "3;Sofa\n"
        '4;Chair;"never closed;Press.;closed\n'
        "5;Table;It wobbles;Turn the foot.;closed\n"
    )
    found = items(path)
    assert ids(found) == ["1", "2", "5"]
    assert reasons(found) == ["damaged", "damaged"]
    first = found[0]
    assert isinstance(first, Ticket)
    assert [turn.text for turn in first.turns] == ['It leaks;\nat the "handle"', "Press the seal."]
    assert [item.state for item in found if isinstance(item, Ticket)] == ["solved", "open", "solved"]


def test_csv_with_a_transcript_or_a_message_a_row(tmp_path: Path):
    path = tmp_path / "chats.csv"
    path.write_text(
        'key,transcript\n7,"Customer: It leaks.\nAgent (Maya): Press the seal.\nCustomer: Thanks"\n'
    )
    ticket = items(path)[0]
    assert isinstance(ticket, Ticket)
    assert [(turn.who, turn.text) for turn in ticket.turns] == [
        ("customer", "It leaks."), ("agent", "Press the seal."), ("customer", "Thanks")
    ]  # fmt: skip
    path.write_text(
        "conversation_id,sender,message,status\n1,user,It"
        " leaks.,closed\n1,agent,Press.,closed\n2,user,Hi,open\n"
    )
    found = items(path)
    assert ids(found) == ["1", "2"]
    assert isinstance(found[0], Ticket)
    assert [(turn.who, turn.text) for turn in found[0].turns] == [
        ("customer", "It leaks."),
        ("agent", "Press."),
    ]


def test_a_mailboxs_messages_become_conversations(tmp_path: Path):
    path = tmp_path / "support.mbox"
    box = mailbox.mbox(path)
    said = [
        ("ana@x.example", "help@desk.example", "Kettle leaks", "<1@x>", "", asked(1)),
        ("bob@y.example", "help@desk.example", "Lamp is dim", "<2@y>", "", "The lamp is dim."),
        (
            "maya@desk.example",
            "ana@x.example",
            "Re: Kettle leaks",
            "<3@desk>",
            "<1@x>",
            TOLD + "\n\n> quoted",
        ),
        (
            "ana@x.example",
            "help@desk.example",
            "AW: Kettle leaks",
            "<4@x>",
            "<1@x> <3@desk>",
            "Thanks, it holds.",
        ),
    ]
    for hour, (sender, to, subject, own, before, text) in enumerate(said):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"], message["Message-ID"] = sender, to, subject, own
        message["Date"] = f"Sun, 01 Mar 2026 {10 + hour}:00:00 +0000"
        if before:
            message["References"] = before
        message.set_content(text)
        box.add(message)
    box.close()
    found = items(path)
    tickets = [item for item in found if isinstance(item, Ticket)]
    assert [(one.subject, [turn.who for turn in one.turns]) for one in tickets] == [
        ("Kettle leaks", ["customer", "agent", "customer"]), ("Lamp is dim", ["customer"])
    ]  # fmt: skip
    named = [item for item in items(path, agents=["x.example"]) if isinstance(item, Ticket)]
    assert [turn.who for turn in named[0].turns] == ["agent", "customer", "agent"]


PAGE = """<!doctype html><html lang="es-419"><head><title>Devoluciones – Tidewell Help</title></head><body>
<header>Tidewell</header><nav><a href="/">Inicio</a> &gt; Pedidos</nav>
<article><h1>Devoluciones</h1><h2>Los 30 días</h2>
<p>Tiene <b>30 días</b> para devolver un artículo sin usar.</p>
<h3>Coste</h3><ul><li>La etiqueta cuesta 3,90 EUR.</li><li>En tienda es gratis.</li></ul>
<div class="article-votes">Was this helpful?</div></article><footer>© Tidewell</footer></body></html>"""


def test_help_centre_pages_keep_their_headings_and_lose_the_rest(tmp_path: Path):
    site = tmp_path / "site"
    (site / "es").mkdir(parents=True)
    (site / "es" / "returns.html").write_text(PAGE)
    (site / "lamps.md").write_text(
        "# Lamps\n\nA lamp that is dim needs its ring turned to the left.\n\n## Bulbs\nE27.\n"
    )
    (site / "owned.md").write_text(
        "---\nid: own-id\ntitle: Owned\n---\n## Part\nThis one names its id and its title.\n"
    )
    (site / "empty.html").write_text("<html><body><nav>Only links here</nav></body></html>")
    (site / "sitemap.xml").write_text(
        "<urlset><url><loc>https://help.tidewell.example/es/returns</loc></url></urlset>"
    )
    found = items(site)
    pages = {item.article.id: item.article for item in found if isinstance(item, Page)}
    assert sorted(pages) == ["es/returns", "lamps", "own-id"]
    assert reasons(found) == ["empty_page"]
    returns = pages["es/returns"]
    assert (returns.title, returns.language) == ("Devoluciones", "es-419")
    assert returns.url == "https://help.tidewell.example/es/returns"
    assert returns.body == (
        "## Los 30 días\n\nTiene **30 días** para devolver un artículo sin usar.\n\n### Coste\n\n"
        "- La etiqueta cuesta 3,90 EUR.\n- En tienda es gratis."
    )
    assert pages["lamps"].title == "Lamps"
    archive = tmp_path / "site.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in sorted(site.rglob("*.*")):
            zipped.write(path, path.relative_to(site))
    assert [item.article for item in items(archive) if isinstance(item, Page)] == [*pages.values()]
