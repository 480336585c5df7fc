"""Sources to passages, purely: a case gives its problem and what was said, an article its sections."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.topics import name_of
from knowledge_base.models import Case, Passage, PolicyArticle
from knowledge_base.personal.models import PLACEHOLDER

# all-MiniLM-L6-v2 reads 256 word pieces; about 180 words of English, heading path included.
MAX_WORDS = 160
# The first messages state the problem; later ones are replies to the agent's questions.
SAID_MESSAGES = 3
HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
FENCE = re.compile(r"^[ \t]*(```|~~~)")
LINK = re.compile(r"!?\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of an article under one heading; `path` is the headings above it, outermost first."""

    slug: str
    heading: str
    path: tuple[str, ...]
    text: str


def slugify(heading: str) -> str:
    """Lower case, letters and digits of any script, apostrophes dropped, the rest as hyphens.

    `section` where nothing is left.
    """
    folded = re.sub(r"['’ʼ]", "", unicodedata.normalize("NFKC", heading).lower())
    return re.sub(r"[^\w]+|_", "-", folded).strip("-") or "section"


def sections_of(body: str) -> list[Section]:
    """The sections of a Markdown text in order; text before the first heading has heading ""."""
    found: list[Section] = []
    slugs: dict[str, int] = {}
    path: list[tuple[int, str]] = []
    lines: list[str] = []

    def close() -> None:
        text = "\n".join(lines).strip()
        lines.clear()
        if not text:
            return
        heading = path[-1][1] if path else ""
        slug = slugify(heading) if heading else "introduction"
        slugs[slug] = slugs.get(slug, 0) + 1
        if slugs[slug] > 1:
            slug = f"{slug}-{slugs[slug]}"
        found.append(Section(slug, heading, tuple(title for _, title in path), text))

    in_fence = False
    for line in body.splitlines():
        if FENCE.match(line):
            in_fence = not in_fence
        match = None if in_fence else HEADING.match(line)
        if match is None:
            lines.append(line)
            continue
        close()
        level = len(match.group(1))
        while path and path[-1][0] >= level:
            path.pop()
        path.append((level, plain(match.group(2))))
    close()
    return found


def plain(markdown: str) -> str:
    """The text a reader sees: links become their words, emphasis marks go."""
    text = LINK.sub(r"\1", markdown)
    return re.sub(r"(\*\*|__|`)", "", text).strip()


def pieces(text: str, max_words: int = MAX_WORDS) -> list[str]:
    """The text cut into pieces of at most about `max_words`, at paragraphs, then sentences, then words."""
    out: list[str] = []
    current: list[str] = []
    count = 0
    for part in _atoms(text, max_words):
        size = len(part.split())
        if current and count + size > max_words:
            out.append("".join(current).strip())
            current, count = [], 0
        current.append(part)
        count += size
    if "".join(current).strip():
        out.append("".join(current).strip())
    return out


def _atoms(text: str, max_words: int) -> Iterator[str]:
    for paragraph in re.split(r"(?<=\n)(?=\n*\S)", text):
        if len(paragraph.split()) <= max_words:
            yield paragraph
            continue
        for sentence in re.split(r"(?<=[.!?。！？])(?=\s|(?<=[。！？]))", paragraph):
            words = re.findall(r"\s*\S+", sentence)
            for start in range(0, len(words), max_words):
                yield "".join(words[start : start + max_words])


def passages_of_case(case: Case) -> list[Passage]:
    """The problem, and what the customer said; resolution, category and tags are left to the word index.

    One case's passages share `title` and `text`: whichever of them is found, the case is what is shown.
    """
    title = case.title or ""
    said = "\n".join(m.text for m in case.messages if m.role == "customer").strip()
    opening = "\n".join([m.text for m in case.messages if m.role == "customer"][:SAID_MESSAGES]).strip()
    problem = case.problem or opening
    views = {
        "problem": f"{title}\n{problem}".strip(),
        "said": opening if case.problem else "",
    }
    filed = " ".join(dict.fromkeys(name_of(name) for name in (case.category, *case.tags) if name))
    words = "\n".join(part for part in (title, problem, said, case.resolution, filed) if part)
    return [
        Passage(
            key=f"case:{case.id}/{name}",
            kind="case",
            source_id=case.id,
            title=title or _headline(problem),
            text=problem,
            embedded=_head(_without_placeholders(embedded)),
            words=_without_placeholders(words) if name == "problem" else "",
            heading=name,
            language=case.language,
            category=case.category,
            cites=tuple(dict.fromkeys(policy.split("#")[0] for policy in case.policies)),
        )
        for name, embedded in views.items()
        if embedded.strip()
    ]


def passages_of_article(article: PolicyArticle) -> list[Passage]:
    """One passage a section, long sections in several; the heading path goes before what is embedded."""
    out: list[Passage] = []
    for section in sections_of(article.body) or [Section("introduction", "", (), article.title)]:
        path = " > ".join(dict.fromkeys((article.title, *section.path)))
        for number, piece in enumerate(pieces(section.text), start=1):
            suffix = "" if number == 1 else f"~{number}"
            embedded = f"{path}\n{plain(piece)}"
            out.append(
                Passage(
                    key=f"article:{article.id}#{section.slug}{suffix}",
                    kind="article",
                    source_id=article.id,
                    title=article.title,
                    text=piece,
                    embedded=embedded,
                    words=embedded,
                    heading=section.heading,
                    language=article.language,
                    category=article.category,
                    effective_from=article.effective_from,
                    effective_to=article.effective_to,
                    audience=article.audience,
                )
            )
    return out


def _headline(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first if len(first) <= 90 else first[:87].rsplit(" ", 1)[0] + "…"


def _without_placeholders(text: str) -> str:
    """What stands for personal data says nothing that could be searched for, and is alike in all cases."""
    return PLACEHOLDER.sub("", text)


def _head(text: str) -> str:
    """What the encoder would read anyway; the rest only costs tokenizing."""
    return text[:4000]
