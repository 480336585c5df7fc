"""The public sets, in one place: what is imported, what is asked, and what other systems index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from knowledge_base.articles import article_from_markdown
from knowledge_base.models import SourceKind

Query = dict[str, Any]
DATA = Path(__file__).parents[3] / "shared" / "data"
# The encoder reads 256 tokens; 120 words of English with their word pieces and markup stay below that.
PASSAGE_WORDS = 120
# A busy machine must not change what is found.
TRANSLATION_SECONDS = 60
# As many as there are cores: each translation is a pipeline of small processes.
TRANSLATING = 2


@dataclass(frozen=True, slots=True)
class Questions:
    """A query file of a set.

    `translated_from`: every system is given the questions as Apertium translates them from this language.
    `own_translator`: only this project is asked, and translates by itself.
    """

    name: str
    file: str
    translated_from: str | None = None
    own_translator: bool = False


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A knowledge base of `kind` under DATA (or anywhere, by an absolute path), and what is asked of it."""

    name: str
    source: str
    kind: SourceKind
    questions: tuple[Questions, ...]


SETS = (
    PublicSet("vtex", "vtex/cases.jsonl", "case", (
        Questions("vtex", "vtex/queries.en.jsonl"),
        Questions("vtex-es", "vtex/queries.es.jsonl"),
        Questions("vtex-es-translated", "vtex/queries.es.jsonl", translated_from="es"),
        Questions("vtex-es-own", "vtex/queries.es.jsonl", translated_from="es", own_translator=True),
        Questions("vtex-pt-translated", "vtex/queries.pt.jsonl", translated_from="pt"),
        Questions("vtex-pt-own", "vtex/queries.pt.jsonl", translated_from="pt", own_translator=True),
    )),
    PublicSet("login_gov", "login_gov/en", "article", (
        Questions("login_gov", "login_gov/queries.en.jsonl"),
    )),
    PublicSet("banking77", "banking77/cases.jsonl", "case", (
        Questions("banking77", "banking77/queries.jsonl"),
    )),
    PublicSet("clinc150", "clinc150/cases.jsonl", "case", (
        Questions("clinc150", "clinc150/queries.jsonl"),
    )),
)  # fmt: skip
BY_NAME = {one.name: one for one in SETS}


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def texts_of(chosen: PublicSet) -> tuple[list[str], list[str]]:
    """What other systems index, and the id of the case or article that each text is of.

    A case is one text: title, problem and resolution. An article's body is cut into passages of
    PASSAGE_WORDS words; its title is what is asked for and stays out.
    """
    if chosen.kind == "case":
        cases = lines_of(DATA / chosen.source)
        return [case_text(case) for case in cases], [case["id"] for case in cases]
    files = sorted((DATA / chosen.source).glob("*.md"))
    articles = [article_from_markdown(file.read_text(encoding="utf-8"), file.name) for file in files]
    pairs = [(text, article.id) for article in articles for text in passages(article.body)]
    return [text for text, _ in pairs], [source for _, source in pairs]


def case_text(case: dict[str, Any]) -> str:
    """A case as one text."""
    return "\n".join(case[part] for part in ("title", "problem", "resolution") if case.get(part))


def passages(body: str, words: int = PASSAGE_WORDS) -> list[str]:
    """The text in stretches of so many words."""
    split = body.split()
    return [" ".join(split[start : start + words]) for start in range(0, len(split), words)]


def with_relevant(queries: Iterable[Query], cases: Sequence[dict[str, Any]]) -> list[Query]:
    """Queries that know only their category find any case of it right, so that the nearest case is judged.

    What no category answers, nothing answers.
    """
    members: dict[str, list[str]] = {}
    for case in cases:
        members.setdefault(case.get("category"), []).append(case["id"])
    return [
        query if "relevant" in query or "category" not in query
        else {**query, "relevant": members.get(query["category"], []) if query["category"] else []}
        for query in queries
    ]  # fmt: skip


def write_questions(chosen: PublicSet, asked: Questions, folder: Path, *, most: int | None = None) -> Path:
    """The query file as the systems are asked, `most` of the queries where that is given.

    Raises TranslationError where a translator is needed and there is none.
    """
    queries = sample(lines_of(DATA / asked.file), most)
    if chosen.kind == "case":
        queries = with_relevant(queries, lines_of(DATA / chosen.source))
    if asked.translated_from:
        texts = translated([query["query"] for query in queries], asked.translated_from, folder.parent)
        if not asked.own_translator:
            queries = [{**query, "query": text} for query, text in zip(queries, texts, strict=True)]
    path = folder / f"{asked.name}.jsonl"
    path.write_text("".join(json.dumps(query) + "\n" for query in queries), encoding="utf-8")
    return path


def sample(queries: Sequence[Query], most: int | None) -> list[Query]:
    """At most so many, evenly from first to last: some files are in the order of their categories."""
    count = len(queries) if most is None else min(most, len(queries))
    return [queries[place * len(queries) // count] for place in range(count)]


def translated(texts: Sequence[str], language: str, folder: Path) -> list[str]:
    """The texts in English, as this project's translator gives them with Apertium; kept for the next run.

    In processes of their own: what the translator loads must not weigh on the memory that is measured.
    """
    digest = hashlib.sha256(json.dumps([language, *texts]).encode()).hexdigest()[:12]
    kept = folder / f"translated-{digest}.json"
    if not kept.exists():
        with ProcessPoolExecutor(TRANSLATING, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(_translate, texts, [language] * len(texts), chunksize=16))
        kept.write_text(json.dumps(found), encoding="utf-8")
    return [str(text) for text in json.loads(kept.read_text(encoding="utf-8"))]


def _translate(text: str, language: str) -> str:
    return str(_translator().translate(text, target="en", source=language).text)


@cache
def _translator() -> Any:
    from copilot.assemble import build_translation
    from copilot.settings import Settings

    return build_translation(Settings(translators=("apertium",), translation_seconds=TRANSLATION_SECONDS))
