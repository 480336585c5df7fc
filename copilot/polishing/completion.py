"""One request to an OpenAI-compatible server: a text, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from copilot.translation.deadline import BoundedCalls
from copilot.translation.http import Answer, Request, send
from copilot.translation.retry import reason
from knowledge_base.errors import BadProviderResponseError, TranslationError

WHO = "the polisher"
TEMPERATURE = 0.2
"""Low: a wording close to the draft is what passes the proof."""
MOST_ABANDONED = 4
"""Calls given up on that may still be running; then no more are made until one ends."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the model is and how long it may take, connection and all. The key is never shown."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    seconds: float = 8.0


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote, or the reason why nothing came of it."""

    text: str = ""
    reason: str | None = None


class Completions:
    """Asks the server, each call within its time whatever the server does. Thread-safe."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._calls = BoundedCalls(max_abandoned=MOST_ABANDONED)

    @property
    def abandoned(self) -> int:
        """How many calls that were given up on are still running."""
        return self._calls.abandoned

    def ask(self, messages: list[dict[str, str]]) -> Completion:
        """One completion of these messages. Raises nothing: what goes wrong is its reason."""
        server = self._server
        body = {
            "model": server.model, "messages": messages, "temperature": TEMPERATURE, "stream": False
        }  # fmt: skip
        # Not redirected: what an operator configured is the only place that the draft goes to.
        url = server.url.rstrip("/") + "/chat/completions"
        request = Request("POST", url, body=body, key=server.key, redirects=False)
        call = partial(send, request, who=WHO, timeout_seconds=server.seconds)
        try:
            return completion_in(self._calls.run(call, who=WHO, timeout_seconds=server.seconds))
        except TranslationError as error:
            return Completion(reason=reason(error))


def completion_in(answer: Answer) -> Completion:
    """The text of an answer. Raises BadProviderResponseError where it is no chat completion."""
    kind = answer.content_type.partition(";")[0].strip().lower()
    if answer.status_code != 200 or kind != "application/json":
        raise BadProviderResponseError(f"{WHO} answered with something that isn't a completion")
    choice = _first(answer.json())
    text = choice["message"].get("content")
    if choice.get("finish_reason") == "length":
        return Completion(reason="cut_off")
    if choice.get("finish_reason") not in ("stop", None) or choice["message"].get("tool_calls"):
        return Completion(reason="no_text")
    return Completion(text) if isinstance(text, str) and text.strip() else Completion(reason="no_text")


def _first(document: Any) -> dict[str, Any]:
    """The first choice, which has a message."""
    choices = document.get("choices") if isinstance(document, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        raise BadProviderResponseError(f"{WHO} answered without a message; is it OpenAI-compatible?")
    return choice
