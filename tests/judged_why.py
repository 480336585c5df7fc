"""The judged pairs of a request and a source (tests/data/why.jsonl), and how phrases are judged by them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from copilot.models import Evidence, Match, Query
from copilot.understand.request import read_request
from indexer.split import passages_of_article, passages_of_case
from knowledge_base.articles import article_from_markdown
from knowledge_base.models import Case, Passage
from knowledge_base.records import case_from_dict
from knowledge_base.sample_desk import sample_path
from tests.builders import make_case, make_conversation

JUDGED = Path(__file__).parent / "data" / "why.jsonl"
# A phrase is right when at least half of it stands in what was judged right, and at least half of one
# phrase that was judged right stands in it; nobody reads a longer one at a glance.
SHARE = 0.5
LONGEST = 70
LONGEST_UNSPACED = 24
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Judged:
    """One pair; `matches` are the phrases of both sides that say the same, empty where nothing does."""

    id: str
    half: str
    language: str
    request: str
    source: Any
    matches: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    translated: str | None = None
    found: str | None = None

    @property
    def group(self) -> str:
        """What kind of pair: `en`, `es-tr` (translated), `de-no` (no translator), `en-wrong`."""
        return self.id.rpartition("-")[0]


@dataclass
class Tally:
    """What was shown for some pairs, and how much of it was right."""

    shown: int = 0
    right: int = 0
    right_of_customer: int = 0
    answered: list[bool] = field(default_factory=list)
    silent: list[bool] = field(default_factory=list)


def judged_pairs() -> list[Judged]:
    """All pairs, in the order of the file."""
    rows = [json.loads(line) for line in JUDGED.read_text(encoding="utf-8").splitlines()]
    return [
        Judged(
            row["id"], row["half"], row["language"], row["request"], row["source"],
            tuple((tuple(m["customer"]), tuple(m["source"])) for m in row["matches"]),
            row.get("translated"), row.get("found"),
        )
        for row in rows
    ]  # fmt: skip


def evidence_of(pair: Judged) -> Evidence:
    """The source as if it had been found."""
    if not isinstance(pair.source, str):
        return _of_case(make_case("C-X", language=pair.language, **pair.source))
    if pair.source.startswith("case:"):
        return _of_case(_cases()[pair.source.removeprefix("case:")])
    return Evidence(_section(pair.source), 0.9, 0.9, found=_section(pair.found) if pair.found else None)


def fields_of(evidence: Evidence) -> dict[str, str]:
    """What is shown of a source, by field."""
    passage = evidence.passage
    if evidence.case is None:
        return {"title": passage.title, "section": passage.heading, "text": passage.text}
    case = evidence.case
    return {"title": case.title or passage.title, "problem": passage.text, "resolution": case.resolution}


def queries_of(pair: Judged) -> list[Query]:
    """The request as the product searches with it, translated where the pair is about that."""
    views = read_request(make_conversation(pair.request)).views or (pair.request,)
    said = (("message:0", pair.request),)
    queries = [Query(views[:1], pair.language, said)]
    if pair.translated is not None:
        queries.append(Query((pair.translated,), "en", said, original=(pair.request,)))
    return queries


def customer_right(pair: Judged, phrase: tuple[int, int]) -> list[tuple[str, ...]]:
    """The source's phrases of every match whose customer's side a stretch of the request meets."""
    golds = [gold for customer, _ in pair.matches for gold in customer]
    if strays(pair.request, phrase, golds):
        return []
    return [source for customer, source in pair.matches if _meets(pair.request, phrase, customer)]


def pair_right(pair: Judged, phrase: tuple[int, int], text: str, other: tuple[int, int]) -> bool:
    """Whether a phrase of the request and one of a field's text are of one match."""
    golds = [gold for _, source in pair.matches for gold in source]
    return not strays(text, other, golds) and any(
        _meets(text, other, source) for source in customer_right(pair, phrase)
    )


def judge_matches(pair: Judged, explained: Evidence, tally: Tally) -> None:
    """Count what is shown for a pair."""
    fields = fields_of(explained)
    right = [match_right(pair, match, fields) for match in explained.matches]
    tally.shown += len(right)
    tally.right += sum(both for _, both in right)
    tally.right_of_customer += sum(own for own, _ in right)
    if pair.matches:
        tally.answered.append(any(both for _, both in right))
    else:
        tally.silent.append(not right)


def match_right(pair: Judged, match: Match, fields: dict[str, str]) -> tuple[bool, bool]:
    phrase = match.customer_at.start, match.customer_at.end
    other = match.source_at.start, match.source_at.end
    both = pair_right(pair, phrase, fields[match.source_at.part], other)
    return bool(customer_right(pair, phrase)), both


def strays(text: str, phrase: tuple[int, int], golds: Sequence[str]) -> bool:
    """Whether most of a phrase says something else, or it is too long to be read at a glance."""
    start, end = phrase
    longest = LONGEST_UNSPACED if _UNSPACED.search(text[start:end]) else LONGEST
    if not 0 < end - start <= longest:
        return True
    covered = {at for first, last in _places(text, golds) for at in range(max(first, start), min(last, end))}
    return len(covered) < SHARE * (end - start)


def _meets(text: str, phrase: tuple[int, int], golds: Sequence[str]) -> bool:
    start, end = phrase
    return any(
        min(end, last) - max(start, first) >= SHARE * (last - first) for first, last in _places(text, golds)
    )


def _places(text: str, golds: Sequence[str]) -> Iterator[tuple[int, int]]:
    for gold in golds:
        for match in re.finditer(f"(?={re.escape(gold)})", text):
            yield match.start(), match.start() + len(gold)


def _of_case(case: Case) -> Evidence:
    return Evidence(passages_of_case(case)[0], 0.9, 0.9, case=case)


def _section(key: str) -> Passage:
    return _sections()[key.removeprefix("article:")]


@lru_cache(maxsize=1)
def _cases() -> dict[str, Case]:
    lines = [
        (path.name, number, json.loads(line))
        for path in sorted((sample_path() / "cases").glob("*.jsonl"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]
    return {row["id"]: case_from_dict(row, name, number) for name, number, row in lines}


@lru_cache(maxsize=1)
def _sections() -> dict[str, Passage]:
    paths = sorted((sample_path() / "articles").glob("*.md"))
    articles = [article_from_markdown(path.read_text(encoding="utf-8"), path.name) for path in paths]
    return {
        passage.key.removeprefix("article:"): passage for a in articles for passage in passages_of_article(a)
    }
