"""Links on the web that the knowledge names: followed where the operator wants it, and what leads nowhere."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from copilot.checking.finding import Finding, subject_of
from copilot.drafting.facts import facts_in
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
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
MOST_REDIRECTS = 5
GONE = {404, 410}
AGENT = "Precedent (checks the links of its knowledge)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a link led to, and when: `why` is a status or a word on what hindered it."""

    at: datetime
    state: State
    why: str = ""


class Links:
    """Follows links to these hosts and their subdomains, `*`: to every host on the internet.

    An address that is this machine's or the own network's is asked only where its host is named. The `file`
    holds digests of links with what they led to, no link itself.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        file: Path | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._hosts = tuple(host.lower().lstrip(".") for host in hosts)
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
            if before is not None and before.state == "there" and now - before.at < GOOD_FOR:
                known[url] = before
            else:
                due.append((before.at if before else datetime.min.replace(tzinfo=UTC), url))
                if before is not None:
                    known[url] = before
        by_host: dict[str, list[str]] = {}
        for _, url in sorted(due)[:MOST_ASKED]:
            by_host.setdefault(_host(url), []).append(url)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="links") as pool:
            for answers in pool.map(self._ask_host, by_host.values()):
                known |= answers
        self._save({_digest(url): answer for url, answer in known.items()})
        return known

    def _ask_host(self, urls: Sequence[str]) -> Mapping[str, Answer]:
        import requests

        with requests.Session() as session:
            session.headers["User-Agent"] = AGENT
            return {url: self._follow(session, url) for url in urls}

    def _follow(self, session: Any, url: str) -> Answer:
        """What is at the end of its redirects; nothing is read of it."""
        import requests

        now, at = self._clock(), url
        for _ in range(MOST_REDIRECTS + 1):
            try:
                if not self._may_ask(at):
                    own = Answer(now, "unsure", "an address of the own network, not asked")
                    return own if at == url else Answer(now, "there")
                with session.get(
                    at, stream=True, allow_redirects=False, timeout=(CONNECT_SECONDS, READ_SECONDS)
                ) as response:
                    status, location = response.status_code, response.headers.get("Location")
            except requests.Timeout:
                return Answer(now, "unsure", "no answer in time")
            except (requests.RequestException, OSError, ValueError) as error:
                nobody = _unknown_host(error)
                return Answer(now, *(("gone", "no such host") if nobody else ("unsure", "no connection")))
            if status in GONE:
                return Answer(now, "gone", str(status))
            if not (300 <= status < 400 and location):
                return Answer(now, "there") if status < 500 else Answer(now, "unsure", str(status))
            at = urljoin(at, location)
        return Answer(now, "gone", "redirected in a circle")

    def _may_ask(self, url: str) -> bool:
        """Raises OSError where the host can't be looked up, ValueError where it is none."""
        from requests.utils import get_environ_proxies

        parts, host = urlsplit(url), _host(url)
        if parts.scheme not in ("http", "https") or not host:
            return False
        if self._named(host):
            return True
        if ANYWHERE not in self._hosts:
            return False
        if get_environ_proxies(url):  # it looks names up, and says where it leads
            return True
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
        return all(ipaddress.ip_address(one[4][0]).is_global for one in found)

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
            found = (link for text in _texts(record) for link in _links(text))
            for url in dict.fromkeys(found):
                yield subject_of(kind, record.id), url


def _texts(record: Record) -> Sequence[str]:
    """What the desk wrote; what customers wrote isn't followed."""
    if isinstance(record, PolicyArticle):
        return (record.url or "", record.body)
    if isinstance(record, Case):
        return (record.resolution, record.reply or "", *record.steps)
    return (record.body,) if isinstance(record, ReplyTemplate) else ()


def _links(text: str) -> Iterator[str]:
    for fact in facts_in(text) if "." in text else ():
        if fact.kind == "link":
            written = text[fact.start : fact.end]
            yield written if written.lower().startswith("http") else f"https://{written}"


def _host(url: str) -> str:
    """Its host, nothing where it is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _unknown_host(error: Exception) -> bool:
    """Whether nobody knows the host, for good."""
    reason: object = getattr(error.args[0] if error.args else None, "reason", error)
    cause = getattr(reason, "__cause__", None) or reason
    return isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME
