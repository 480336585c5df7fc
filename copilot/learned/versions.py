"""How a template, the desk's own or else the bundled one, read when, and since when it holds a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from copilot.desk import bundled
from copilot.learned.body import Sentence, sentences_of
from knowledge_base.models import ReplyTemplate
from knowledge_base.store import KnowledgeBase


class Versions:
    """The versions of templates, read once; for as long as nothing changes."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._known: dict[str, list[tuple[datetime | None, str]]] = {}

    def at(self, template_id: str, at: datetime) -> str:
        """The text that was in use, empty where none was."""
        return next(
            (body for since, body in reversed(self._of(template_id)) if since is None or since <= at), ""
        )

    def since(self, template_id: str, sentence: str) -> datetime | None:
        """When the sentence came in for good; None where it always was there."""
        found: datetime | None = None
        for since, body in reversed(self._of(template_id)):
            if written_sentence(body, sentence) is None:
                return found
            found = since
        return found

    def _of(self, template_id: str) -> list[tuple[datetime | None, str]]:
        """The texts in the order in which they were in use, each with when it came in."""
        if template_id not in self._known:
            bundled = _bundled().get(template_id, "")
            found: list[tuple[datetime | None, str]] = [(None, bundled)]
            for change in self._knowledge.history("template", template_id):
                template = change.snapshot
                own = isinstance(template, ReplyTemplate) and template.status == "published"
                found.append((change.at, template.body if own else bundled))  # type: ignore[union-attr]
            self._known[template_id] = found
        return self._known[template_id]


def written_sentence(body: str, written: str) -> Sentence | None:
    """The sentence of a template that is written so, None where it has none."""
    found = sentences_of(body).values()
    return next((one for one in found if body[one.start : one.end] == written), None)


@lru_cache(maxsize=1)
def _bundled() -> Mapping[str, str]:
    return {one.id: one.body for one in bundled()}
