"""Links on the web that the knowledge names: followed where the operator wants it, and what leads nowhere."""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import json
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

import certifi

from copilot.checking.finding import Finding, subject_of
from indexer.manifest import write_durably
from knowledge_base.codec import format_time, parse_time
from knowledge_base.models import Case, Kind, PolicyArticle, Record, ReplyTemplate
from knowledge_base.sayings import say
from knowledge_base.store import KnowledgeBase

State = Literal["there", "gone", "unsure"]
ANYWHERE = "*"
KINDS: tuple[Kind, ...] = ("article", "template", "case")
# A page that was there is asked for again after this long; one that wasn't, each time.
GOOD_FOR = timedelta(days=1)
# Asked in one run at most, each host by one thread, so that none is asked twice at once.
MOST_ASKED, THREADS = 2_000, 8
CONNECT_SECONDS, LINK_SECONDS, RUN_SECONDS = 5.0, 15.0, 600.0
MOST_REDIRECTS = 5
# A host that failed so often in a row is let be until the next run.
MOST_FAILURES = 3
GONE = {404, 410}
AGENT = "Precedent (checks the links of its knowledge)"
_LINK = re.compile(r"(?:https?://|(?<![\w@./-])www\.)[^\s<>\"'\]]+", re.IGNORECASE)
# A value that is yet to be filled in: what it leads to isn't known.
_HOLES = frozenset("{}[|\\^`")
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
_AFTER = ".,;:!?*_~`|"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a link led to, and when: `why` is a status or a word on what hindered it."""

    at: datetime
    state: State
    why: str = ""


class Links:
    """Follows links to these hosts and their subdomains, `*`: to every host on the internet.

    An address that is this machine's or the own network's is asked only where its host is named: the one that
    is looked at is the one that is connected to, and no proxy stands between. The `file` holds digests of
    links with what they led to, no link itself.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        file: Path | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._hosts = tuple(hosts)
        self._file, self._clock = file, clock

    def findings(self, knowledge: KnowledgeBase) -> Iterator[Finding]:
        """Links of published records that lead nowhere (warning), or that nothing answered (note)."""
        if not self._hosts:
            return
        named = [(subject, url) for subject, url in links_of(knowledge) if self._wanted(url)]
        answers = self._ask(dict.fromkeys(url for _, url in named))
        for subject, url in named:
            answer = answers.get(url)
            if answer is not None and answer.state == "gone":
                message = say("%(url)s leads nowhere (%(why)s)", url=url, why=answer.why)
                yield Finding("broken_link", "warning", subject, message)
            elif answer is not None and answer.state == "unsure":
                message = say("%(url)s did not answer (%(why)s)", url=url, why=answer.why)
                yield Finding("broken_link", "note", subject, message)

    def _wanted(self, url: str) -> bool:
        host = _host(url)
        return bool(host) and (ANYWHERE in self._hosts or self._named(host))

    def _named(self, host: str) -> bool:
        return any(host == one or host.endswith(f".{one}") for one in self._hosts)

    def _ask(self, urls: Iterable[str]) -> Mapping[str, Answer]:
        """What each leads to: known from before, or asked now; those not asked for longest first."""
        kept, now, known = self._load(), self._clock(), dict[str, Answer]()
        due: list[tuple[datetime, str]] = []
        for url in urls:
            before = kept.get(_digest(url))
            if before is not None:
                known[url] = before
            if before is None or before.state != "there" or now - before.at >= GOOD_FOR:
                due.append((before.at if before else datetime.min.replace(tzinfo=UTC), url))
        by_host: dict[str, list[str]] = {}
        for _, url in sorted(due)[:MOST_ASKED]:
            by_host.setdefault(_host(url), []).append(url)
        known |= self._ask_hosts(by_host.values())
        self._save({_digest(url): answer for url, answer in known.items()})
        return known

    def _ask_hosts(self, hosts: Iterable[Sequence[str]]) -> Mapping[str, Answer]:
        """By threads that hold up neither a run for longer than RUN_SECONDS nor the end of the process."""
        waiting: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()
        for urls in hosts:
            waiting.put(urls)
        answers: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
        end = time.monotonic() + RUN_SECONDS

        def work() -> None:
            with suppress(queue.Empty):
                while True:
                    failures = 0
                    for url in waiting.get_nowait():
                        if failures >= MOST_FAILURES or time.monotonic() > end:
                            break
                        answer = self._follow(url)
                        failures = (
                            failures + 1 if answer.state == "unsure" and not answer.why.isdigit() else 0
                        )
                        answers.put((url, answer))

        threads = [threading.Thread(target=work, name=f"links-{n}", daemon=True) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return dict(answers.get_nowait() for _ in range(answers.qsize()))

    def _follow(self, url: str) -> Answer:
        """What is at the end of its redirects."""
        now, at = self._clock(), url
        end = time.monotonic() + LINK_SECONDS
        try:
            for _ in range(MOST_REDIRECTS + 1):
                addresses = self._addresses(at)
                if not addresses:
                    own = Answer(now, "unsure", "an address of the own network, not asked")
                    return own if at == url else Answer(now, "there")
                status, location = _status(at, addresses[0], end)
                if status in GONE:
                    return Answer(now, "gone", str(status))
                if not (300 <= status < 400 and location):
                    return Answer(now, "there") if status < 500 else Answer(now, "unsure", str(status))
                at = urljoin(at, location)
        except socket.gaierror as error:
            nobody = error.errno == socket.EAI_NONAME
            return Answer(now, *(("gone", "no such host") if nobody else ("unsure", "no connection")))
        except (OSError, ValueError, http.client.HTTPException):
            late = time.monotonic() >= end
            return Answer(now, "unsure", "no answer in time" if late else "no connection")
        return Answer(now, "gone", "redirected in a circle")

    def _addresses(self, url: str) -> list[str]:
        """Where its host is, none where that may not be asked.

        Raises socket.gaierror where nobody knows it, ValueError where it is no address of the web.
        """
        parts = _parsed(url)
        if parts is None:
            return []
        _, host, port, _ = parts
        named = self._named(host)
        if not named and ANYWHERE not in self._hosts:
            return []
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        return found if named or all(map(_on_the_internet, found)) else []

    def _load(self) -> dict[str, Answer]:
        if self._file is None:
            return {}
        try:
            told = json.loads(self._file.read_text("utf-8"))
            return {name: Answer(parse_time(at), state, why) for name, (at, state, why) in told.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _save(self, answers: Mapping[str, Answer]) -> None:
        if self._file is not None:
            told = {name: (format_time(one.at), one.state, one.why) for name, one in answers.items()}
            with suppress(OSError):  # asked again by the next run
                write_durably(self._file, json.dumps(told))


def links_of(knowledge: KnowledgeBase) -> Iterator[tuple[str, str]]:
    """The links of published records, each once a record, with who names them: `article:returns`."""
    for kind in KINDS:
        for record in knowledge.each(kind, status="published"):
            found = (link for text in _texts(record) for link in links_in(text))
            for url in dict.fromkeys(found):
                yield subject_of(kind, record.id), url


def _texts(record: Record) -> Sequence[str]:
    """What the desk wrote; what customers wrote isn't followed."""
    if isinstance(record, PolicyArticle):
        return (record.url or "", record.body)
    if isinstance(record, Case):
        return (record.resolution, record.reply or "", *record.steps)
    return (record.body,) if isinstance(record, ReplyTemplate) else ()


def links_in(text: str) -> Iterator[str]:
    """The addresses of a text, Markdown's marks around them left out, and those with a value to fill in."""
    for match in _LINK.finditer(text):
        url = match.group()
        url = url[: _first_unopened(url)].rstrip(_AFTER)
        if _HOLES.isdisjoint(url):
            yield url if "://" in url[:8] else f"https://{url}"


def _first_unopened(url: str) -> int:
    """Where the first `)` stands that nothing opened, as in `[a](https://b.example/c).`; else its length."""
    opened = 0
    for at, sign in enumerate(url):
        opened += (sign == "(") - (sign == ")")
        if opened < 0:
            return at
    return len(url)


def _status(url: str, address: str, end: float) -> tuple[int, str | None]:
    """Status and Location that the host at this address answers; of the body nothing is read.

    Raises OSError, ValueError and http.client.HTTPException; at `end` the connection is cut.
    """
    parts = _parsed(url)
    if parts is None:
        raise ValueError("no address of the web")
    scheme, host, port, path = parts
    held = [socket.create_connection((address, port), min(CONNECT_SECONDS, _left(end)))]
    cut = threading.Timer(_left(end), _cut, [held])
    cut.daemon = True
    cut.start()
    try:
        held[0].settimeout(_left(end))
        if scheme == "https":
            secure = _context().wrap_socket(held[0], server_hostname=host, do_handshake_on_connect=False)
            held[0] = secure
            secure.do_handshake()
        connection = http.client.HTTPConnection(host, port)
        connection.sock = held[0]
        standard = port == (443 if scheme == "https" else 80)
        written = f"[{host}]" if ":" in host else host
        connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", written if standard else f"{written}:{port}")
        connection.putheader("User-Agent", AGENT)
        connection.putheader("Connection", "close")
        connection.endheaders()
        with connection.getresponse() as response:
            return response.status, response.getheader("Location")
    finally:
        cut.cancel()
        held[0].close()


def _left(end: float) -> float:
    return max(0.01, end - time.monotonic())


def _cut(held: Sequence[socket.socket]) -> None:
    """End whatever waits for a peer that only drips."""
    with suppress(OSError):
        socket.socket.shutdown(held[0], socket.SHUT_RDWR)


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    """What the machine trusts, and what certifi does."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _parsed(url: str) -> tuple[str, str, int, str] | None:
    """Scheme, host, port and path; None where it isn't of the web, or tells a user. Raises ValueError."""
    from urllib3.util import parse_url

    if "\\" in url:
        return None
    parts = parse_url(url)
    if parts.scheme not in ("http", "https") or not parts.host or parts.auth is not None:
        return None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, parts.host.strip("[]").rstrip("."), port, parts.request_uri


def _on_the_internet(address: str) -> bool:
    """Whether it is nobody's own; of an IPv6 address that stands for an IPv4 one, that counts too."""
    told = ipaddress.ip_address(address.partition("%")[0])
    if not told.is_global or told.is_multicast:
        return False
    if isinstance(told, ipaddress.IPv4Address):
        return True
    within = [one for one in (told.ipv4_mapped, told.sixtofour, *(told.teredo or ())) if one is not None]
    if any(told in network for network in _TRANSLATED):
        within.append(ipaddress.IPv4Address(int(told) & 0xFFFFFFFF))
    return all(one.is_global and not one.is_multicast for one in within)


def _host(url: str) -> str:
    """Its host, nothing where it is no address."""
    try:
        parts = _parsed(url)
    except ValueError:
        return ""
    return parts[1] if parts else ""


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]
