"""One HTTP request to a translator or polisher, bounded in time and size, each failure one of our errors."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from copilot.translation.deadline import Deadline
from knowledge_base.errors import (
    BadProviderResponseError,
    InputTooLongError,
    ProviderAuthError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    ProviderUnreachedError,
    RateLimitedError,
    TranslationError,
    UnsupportedPairError,
)

CONNECT_SECONDS = 2.0
"""A server that can be reached at all accepts a connection sooner."""
MAX_ANSWER_BYTES = 2_000_000
"""No translation is longer; what is, isn't one."""
_READ_BYTES = 65_536
_LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry")
_sending = threading.local()


class _Unlogged(logging.Filter):
    """Keeps what urllib3 says during our requests out of the logs: it names the address with the text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let through what other code's requests say."""
        return not getattr(_sending, "now", False)


_UNLOGGED = _Unlogged()


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask: `query` goes into the address, `form` and `body` (JSON) don't, `key` signs it by `scheme`.

    Without `redirects` the answer of the address itself counts, even where it points to another.
    """

    method: str
    url: str
    query: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    body: Mapping[str, Any] | Sequence[Any] | None = None
    key: str | None = field(default=None, repr=False)
    redirects: bool = True
    scheme: str = "Bearer"
    headers: Mapping[str, str] | None = field(default=None, repr=False)

    def signed(self, key: str, scheme: str = "Bearer") -> Request:
        """The same with a key."""
        return replace(self, key=key, scheme=scheme)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with the attributes that deep-translator reads from a response."""

    status_code: int
    text: str
    content_type: str = ""

    def json(self) -> Any:
        """The body as JSON; raises `BadProviderResponseError` where it isn't."""
        document: Any = None
        try:
            document = json.loads(self.text)
        except ValueError:
            document = None
        if document is None:  # raised out here: the decoder's exception holds the whole answer
            raise BadProviderResponseError("the server answered with something that isn't JSON")
        return document

    def close(self) -> None:
        """Nothing is open any more; deep-translator calls it."""


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """No line of urllib3's reaches a log from this thread while the block lasts."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_UNLOGGED)  # a filter is added once, however often it is given
    _sending.now = True
    try:
        yield
    finally:
        _sending.now = False


def send(request: Request, *, who: str, timeout_seconds: float) -> Answer:
    """Ask `who` and return its answer, unless the status says that it failed.

    Headers that drip byte by byte can outlast the time: run it under `BoundedCalls` where that matters.
    """
    import requests

    failure: TranslationError | None = None
    deadline = Deadline(timeout_seconds)
    try:
        with (
            _unlogged(),
            _session(request.url) as session,
            session.request(**_options(request, timeout_seconds)) as response,
        ):
            content_type = response.headers.get("Content-Type", "")
            answer = Answer(response.status_code, _read(response, deadline, who), content_type)
    except requests.ConnectTimeout:
        failure = ProviderUnreachedError(
            f"{who} accepts no connection; check its address and whether it runs"
        )
    except requests.Timeout:
        failure = ProviderTimeoutError(f"{who} did not answer in time; try again, or allow a longer deadline")
    except requests.RequestException as error:
        kind = ProviderUnreachedError if _unsent(error) else ProviderUnavailableError
        failure = kind(f"{who} can't be reached; check its address and whether it runs")
    if failure is not None:  # raised out here: the library's exceptions hold the address with the text
        raise failure
    _check(answer, who)
    return answer


def _unsent(error: Exception) -> bool:
    """Whether no connection came about."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _session(url: str) -> Any:
    """A session by the environment's proxies, but none on the way to this machine itself."""
    import requests

    session = requests.Session()
    session.trust_env = not is_loopback(url)
    return session


def _options(request: Request, timeout_seconds: float) -> dict[str, Any]:
    """The request as `requests` wants it."""
    return {
        "method": request.method, "url": request.url, "params": request.query, "data": request.form,
        "json": request.body, "stream": True, "headers": request.headers,
        "auth": _signing(request.key, request.scheme) if request.key else None,
        "timeout": (min(CONNECT_SECONDS, timeout_seconds), timeout_seconds),
        "allow_redirects": request.redirects,
    }  # fmt: skip


def _signing(key: str, scheme: str) -> Callable[[Any], Any]:
    """Signs a request; as `auth` it comes before what a .netrc holds for the host."""

    def sign(prepared: Any) -> Any:
        prepared.headers["Authorization"] = f"{scheme} {key}"
        return prepared

    return sign


def _read(response: Any, deadline: Deadline, who: str) -> str:
    """The body as text, as far as time and size allow: a slow drip never exceeds a read timeout."""
    from urllib3.exceptions import HTTPError

    failure: TranslationError | None = None
    content = bytearray()
    try:
        while part := response.raw.read1(_READ_BYTES, decode_content=True):
            deadline.require(who)
            content += part
            if len(content) > MAX_ANSWER_BYTES:
                raise BadProviderResponseError(f"{who} answered with far more than was asked for")
    except HTTPError:
        failure = ProviderUnavailableError(f"the answer of {who} broke off; try again")
    if failure is not None:
        raise failure
    return content.decode("utf-8", errors="replace")


def _check(answer: Answer, who: str) -> None:
    """Raise what the status means; a status that isn't known here is left to the caller."""
    status = answer.status_code
    if status == 429:
        raise RateLimitedError(f"{who} asks to slow down; wait, or name another translator too")
    if status in (401, 402, 403, 407):
        raise ProviderAuthError(f"{who} refuses the key (status {status}); check it in the settings")
    if status in (413, 414):
        raise InputTooLongError(f"{who} takes no text of that length; send it in shorter pieces")
    if status == 400 and ("not supported" in answer.text or "not installed" in answer.text):
        raise UnsupportedPairError(f"{who} doesn't translate between these languages")
    if status >= 500:
        raise ProviderUnavailableError(f"{who} has an error of its own (status {status}); try again later")
    if status >= 400:
        raise BadProviderResponseError(f"{who} can't use the request (status {status})")
