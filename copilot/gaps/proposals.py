"""What to write for a gap: a case, where an agent solved one of its conversations, else an outline."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from copilot.gaps.models import Gap
from knowledge_base.models import Case, PolicyArticle

LONGEST_TITLE = 90
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "en": ("The answer in short", "When this applies", "What to do, step by step", "What we can't do",
           "Questions that this must answer"),
    "es": ("La respuesta en breve", "Cuándo se aplica", "Qué hacer, paso a paso", "Lo que no podemos hacer",
           "Preguntas que esto debe responder"),
    "fr": ("La réponse en bref", "Quand cela s'applique", "Que faire, étape par étape",
           "Ce que nous ne pouvons pas faire", "Questions auxquelles ceci doit répondre"),
    "de": ("Die Antwort in Kürze", "Wann das gilt", "Was zu tun ist, Schritt für Schritt",
           "Was wir nicht tun können", "Fragen, die das beantworten muss"),
}  # fmt: skip
"""The sections of an outline in the language of the article, English where no other is written."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed: a `case` with the `conversation` that it comes from, else an `article` to write."""

    case: Case | None = None
    article: PolicyArticle | None = None
    conversation: str | None = None


def outline(gap: Gap, language: str, known: Collection[str] = ()) -> PolicyArticle:
    """An article to be written: its title, its headings, and last the questions that it must answer.

    `known` are ids that are taken.
    """
    title = shortened_title(gap.name)
    *headings, asking = HEADINGS.get(language.split("-")[0].lower(), HEADINGS["en"])
    sections = [f"## {heading}\n\n…" for heading in headings]
    asked = "\n".join(f"- {one}" for one in gap.questions)
    return PolicyArticle(
        id=_free(_slug(title) or f"gap-{gap.id}", known),
        title=title,
        body="\n\n".join([*sections, f"## {asking}\n\n{asked or '…'}"]) + "\n",
        language=language,
        category=gap.category,
        status="pending",
    )


def shortened_title(name: str) -> str:
    """A gap's name as a title: it begins large, and a long one is cut."""
    title = name[:1].upper() + name[1:]
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rsplit(" ", 1)[0] + "…"


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _free(slug: str, known: Collection[str]) -> str:
    """The id, with a number where it is taken."""
    number, found = 2, slug
    while found in known:
        found, number = f"{slug}-{number}", number + 1
    return found
