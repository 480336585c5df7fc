"""Links on the web: which are followed, what of their answers is a finding, and what is never asked."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from copilot.checking.links import Links, links_in, links_of
from copilot.settings import read_settings
from knowledge_base.errors import SettingsError
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, make_article, make_case, make_template, open_base
from tests.command import run

GONE = {"/gone": 410, "/missing": 404, "/broken": 500, "/secret": 403, "/page": 200}
MOVED = {"/moved": "/page", "/moved-away": "/missing", "/circle": "/circle"}


@dataclass
class Site:
    """A web site on this machine, and how often each path was asked for."""

    address: str = ""
    asked: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def site() -> Iterator[Site]:
    told = Site()

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked[self.path] += 1
            self.send_response(302 if self.path in MOVED else GONE[self.path])
            if self.path in MOVED:
                self.send_header("Location", MOVED[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        told.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server on this machine that answers each connection so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        connection.recv(4096)
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def drip(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


def swell(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 900000000\r\n\r\n")
    for _ in range(900):
        connection.sendall(b"x" * 1_000_000)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (drip, "no answer in time"),
        (swell, "redirected in a circle"),
        (lambda c: c.sendall(b"HTTP/1.1 300 Many\r\nLocation: http://[x\r\n\r\n"), "no connection"),
        (lambda c: c.sendall(b"no such thing\r\n\r\n"), "no connection"),
        (lambda c: c.sendall(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"), "no connection"),
        (lambda c: None, "no connection"),
    ],
)
def test_a_hostile_answer_costs_its_own_link(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, answer: Callable[[socket.socket], None], why: str
):
    seconds = 1.0 if why == "no answer in time" else 10.0
    monkeypatch.setattr("copilot.checking.links.LINK_SECONDS", seconds)
    with answering(answer) as address:
        base.put(make_article(body=f"See {address}/a."), actor="t")
        started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ((_, _, said),) = told(Links(["127.0.0.1"]), base)
    assert said.endswith(f"({why})")
    assert time.monotonic() - started < 9
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_a_host_that_fails_again_and_again_is_let_be(base: KnowledgeBase):
    asked: list[int] = []
    with answering(lambda _: asked.append(1)) as address:
        base.put(make_article(body=" ".join(f"{address}/{n}" for n in range(9))), actor="t")
        assert len(told(Links(["127.0.0.1"]), base)) == 3
    assert len(asked) == 3


@pytest.mark.parametrize(
    "link", ["http://{}\\@help.example/x", "http://help.example@{}/x", "http://help.example:1@{}/"]
)
def test_no_writing_of_an_address_leads_elsewhere(base: KnowledgeBase, site: Site, link: str):
    base.put(make_article(body=f"See {link.format(site.address.removeprefix('http://'))}"), actor="t")
    for hosts in (["help.example"], ["*"]):
        assert told(Links(hosts), base) == []
    assert site.asked == {}


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("64:ff9b::808:808", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("169.254.169.254", False), ("224.0.0.1", False),
        ("::1", False), ("::127.0.0.1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False),
    ],
)  # fmt: skip
def test_what_is_on_the_internet(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, address: str, public: bool
):
    asked: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    monkeypatch.setattr(
        "copilot.checking.links._status", lambda url, at, end: (asked.append(at), (200, None))[1]
    )
    base.put(make_article(body="See https://www.shop.example/help."), actor="t")
    assert bool(told(Links(["*"]), base)) != public
    assert asked == [address] * public


def test_no_proxy_opens_the_own_network(base: KnowledgeBase, site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", site.address)
    monkeypatch.setenv("NO_PROXY", "*")
    base.put(make_article(body=f"See {site.address}/missing."), actor="t")
    assert [severity for severity, _, _ in told(Links(["*"]), base)] == ["note"]
    assert site.asked == {}


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (
            "**https://h.example/returns** and `https://h.example/a`",
            ["https://h.example/returns", "https://h.example/a"],
        ),
        (
            "[page](https://h.example/a). And [more](https://h.example/b_(c)).",
            ["https://h.example/a", "https://h.example/b_(c)"],
        ),
        ("<https://h.example/a>, (see https://h.example/b)", ["https://h.example/a", "https://h.example/b"]),
        ("https://h.example/track/{{ order_id }} https://h.example/o/[order number]", []),
        ("It was sent.It takes httpbin.org/x, not a@www.h.example", []),
        ("[https://h.example/a](https://h.example/b)", ["https://h.example/a", "https://h.example/b"]),
        ("WWW.h.example/x; http://h.example?", ["https://WWW.h.example/x", "http://h.example"]),
    ],
)
def test_links_as_they_stand_in_markdown(text: str, links: list[str]):
    assert list(links_in(text)) == links


@pytest.mark.parametrize("tail", [")", "()", "(", "])", "https://a)"])
def test_links_in_hostile_text_are_found_quickly(tail: str):
    started = time.process_time()
    assert next(links_in("https://h.example/a" + tail * 100_000)).startswith("https://h.example/a")
    assert time.process_time() - started < 2


@pytest.mark.parametrize("wrong", ["https://help.example.com", "*.example.com", "help.example.com:8443"])
def test_a_wrong_host_is_named(monkeypatch: pytest.MonkeyPatch, wrong: str):
    monkeypatch.setenv("PRECEDENT_FOLLOW_LINKS", f"help.example.com, {wrong}")
    with pytest.raises(SettingsError, match="is no host name"):
        read_settings()


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


def told(links: Links, base: KnowledgeBase) -> list[tuple[str, str, str]]:
    found = list(links.findings(base))
    assert {one.check for one in found} <= {"broken_link"}
    return [(one.severity, one.subject, str(one.message)) for one in found]


def test_what_leads_nowhere_is_told_with_who_names_it(base: KnowledgeBase, site: Site):
    at = site.address
    base.put_many(
        [
            make_article(url=f"{at}/missing", body=f"See [the page]({at}/page), {at}/moved and {at}/secret."),
            make_article("gone", body=f"See <{at}/gone>, again {at}/gone."),
            make_case("C-1", resolution=f"Send them {at}/moved-away.", steps=(f"Open {at}/broken",)),
            make_case("C-2", problem=f"The customer wrote {at}/missing", resolution="Sent a label."),
            make_case("C-3", resolution=f"See {at}/gone", status="retired"),
            make_template(body=f"It stands on {at}/circle."),
        ],
        actor="t",
    )
    found = told(Links(["127.0.0.1"]), base)
    assert found == [
        ("warning", "article:gone", f"{at}/gone leads nowhere (410)"),
        ("warning", "article:returns", f"{at}/missing leads nowhere (404)"),
        ("warning", "template:lost/act", f"{at}/circle leads nowhere (redirected in a circle)"),
        ("warning", "case:C-1", f"{at}/moved-away leads nowhere (404)"),
        ("note", "case:C-1", f"{at}/broken did not answer (500)"),
    ]
    assert site.asked["/gone"] == 1


def test_hosts_that_nobody_named_are_not_asked(base: KnowledgeBase, site: Site):
    base.put(make_article(body=f"See {site.address}/missing."), actor="t")
    assert told(Links([]), base) == []
    assert told(Links(["help.example"]), base) == []
    # Everywhere is on the internet: what stands on this machine or in the own network isn't.
    (only,) = told(Links(["*"]), base)
    assert only[::2] == (
        "note",
        f"{site.address}/missing did not answer (an address of the own network, not asked)",
    )
    assert site.asked == {}


def test_a_redirect_leads_to_no_other_host(base: KnowledgeBase, site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(MOVED, "/inside", "http://169.254.169.254/latest")
    monkeypatch.setitem(MOVED, "/file", "file:///etc/passwd")
    base.put(make_article(body=f"See {site.address}/inside and {site.address}/file."), actor="t")
    assert told(Links(["127.0.0.1"]), base) == []
    assert site.asked == {"/inside": 1, "/file": 1}


def test_a_host_that_nobody_knows(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch):
    def unknown(number: int) -> object:
        def look_up(*_: object, **__: object) -> object:
            raise socket.gaierror(number, "said")

        return look_up

    base.put(make_article(body="See https://www.gone.example/help and http://[::bad."), actor="t")
    for hosts in (["gone.example"], ["*"]):
        monkeypatch.setattr(socket, "getaddrinfo", unknown(socket.EAI_NONAME))
        found = told(Links(hosts), base)
        assert (
            "warning",
            "article:returns",
            "https://www.gone.example/help leads nowhere (no such host)",
        ) in found
        monkeypatch.setattr(socket, "getaddrinfo", unknown(socket.EAI_AGAIN))
        found = told(Links(hosts), base)
        assert (
            "note",
            "article:returns",
            "https://www.gone.example/help did not answer (no connection)",
        ) in found


def test_what_was_there_is_not_asked_again_for_a_day(base: KnowledgeBase, site: Site, tmp_path: Path):
    now, at = [NOON], site.address
    base.put(make_article(body=f"See {at}/page and {at}/missing."), actor="t")

    def clock() -> datetime:
        return now[0]

    file = tmp_path / "links.json"
    for hours, pages, missing in ((0, 1, 1), (23, 1, 2), (25, 2, 3)):
        now[0] = NOON + timedelta(hours=hours)
        assert len(told(Links(["127.0.0.1"], file, clock=clock), base)) == 1
        assert site.asked == {"/page": pages, "/missing": missing}
    assert "page" not in file.read_text("utf-8")
    file.write_text("[", "utf-8")
    assert len(told(Links(["127.0.0.1"], file, clock=clock), base)) == 1


def test_of_many_links_each_run_asks_some(
    base: KnowledgeBase, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("copilot.checking.links.MOST_ASKED", 1)
    base.put(make_article(body=f"See {site.address}/missing and {site.address}/gone."), actor="t")
    links = Links(["127.0.0.1"], tmp_path / "links.json")
    assert [len(told(links, base)) for _ in range(2)] == [1, 2]
    assert sum(site.asked.values()) == 2


def test_links_of_cases_are_those_that_the_desk_wrote(base: KnowledgeBase):
    case = make_case(
        "C-1", problem="See http://a.example/x", resolution="See www.shop.example.", reply="http://b.example"
    )
    base.put(replace(case, title="http://c.example"), actor="t")
    assert list(links_of(base)) == [
        ("case:C-1", "https://www.shop.example"),
        ("case:C-1", "http://b.example"),
    ]


def test_the_command_follows_links_where_hosts_are_named(
    base: KnowledgeBase, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    base.put(make_article(body=f"See {site.address}/missing."), actor="t")
    plain = run("check", "--only", "broken_link", "--json", data=tmp_path).json
    assert (plain["passed"], plain["findings"]) == (True, [])
    monkeypatch.setenv("PRECEDENT_FOLLOW_LINKS", "127.0.0.1")
    failed = run("check", "--only", "broken_link", "--fail-on", "warning", data=tmp_path)
    assert f"{site.address}/missing leads nowhere (404)" in failed.out
    assert (failed.status, "the check failed" in failed.line) == (1, True)
