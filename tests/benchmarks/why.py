"""How good the phrases are that explain a match, and what they cost: `python -m tests.benchmarks.why`.

The first half of the judged pairs is what the floors and shares were chosen on; the second was held out.
`--show` prints every pair of phrases, of the first half alone.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from copilot.assemble import build_embedder
from copilot.assist import Copilot
from copilot.demo import load_demo
from copilot.finding import MOST_CASES, MOST_PASSAGES
from copilot.models import Evidence
from copilot.retrieve import Prepared, Retriever
from copilot.settings import Settings
from copilot.why.explain import Explainer
from indexer.build import recipe_of
from indexer.lexical import WORD, query_words, stop_words, words_of
from indexer.live import LiveIndex
from indexer.search import Generation
from knowledge_base.sample_desk import sample_conversations
from tests.judged_why import (
    Judged,
    Tally,
    customer_right,
    evidence_of,
    fields_of,
    judge_matches,
    judged_pairs,
    match_right,
    queries_of,
)

ROUNDS = 15
NOW = datetime.now(UTC)


def main() -> None:
    """Quality of the former and the present method on both halves, then the cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--data", type=Path, help="the sample desk's data folder, indexed already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(data=options.data or Path(temporary))
        copilot = load_demo(settings)
        embedder = build_embedder(settings)
        index = LiveIndex(settings.index_folder, recipe_of(embedder))
        retriever, explainer = Retriever(index, embedder, copilot.knowledge), Explainer(embedder)
        for half in ("develop", "held"):
            pairs = [pair for pair in judged_pairs() if pair.half == half]
            _report(half, pairs, retriever, explainer, show=options.show and half == "develop")
        _report_cost(copilot, retriever, Explainer(embedder))
        copilot.knowledge.close()


def _report(
    half: str, pairs: Sequence[Judged], retriever: Retriever, explainer: Explainer, *, show: bool
) -> None:
    former, present = defaultdict[str, Tally](Tally), defaultdict[str, Tally](Tally)
    for pair in pairs:
        evidence = evidence_of(pair)
        prepared = retriever.prepare(queries_of(pair), read=True)
        (explained,) = explainer.explained([evidence], prepared)
        for group in (pair.group, "all"):
            judge_matches(pair, explained, present[group])
            _judge_phrases(pair, former_why(prepared, evidence, retriever.generation), former[group])
        if show:
            _show(pair, explained)
    for group, tally in present.items():
        if show or group == "all":
            print(f"{half:8} {group:9} shared stems  {_line(former[group])}")
            print(f"{half:8} {group:9} phrases       {_line(tally)}")


def _judge_phrases(pair: Judged, phrases: Sequence[str], tally: Tally) -> None:
    """The former method gave phrases of the customer alone."""
    right = []
    for phrase in phrases:
        found = re.search(r"\s+".join(map(re.escape, phrase.split())), pair.request)
        right.append(found is not None and bool(customer_right(pair, found.span())))
    tally.shown += len(right)
    tally.right_of_customer += sum(right)
    if pair.matches:
        tally.answered.append(any(right))
    else:
        tally.silent.append(not right)


def _line(tally: Tally) -> str:
    def share(part: int, whole: int) -> str:
        return f"{part / whole:.2f} ({part}/{whole})" if whole else "-"

    return (
        f"right {share(tally.right, tally.shown):14} customer's side right "
        f"{share(tally.right_of_customer, tally.shown):14} coverage "
        f"{share(sum(tally.answered), len(tally.answered)):14} silent where nothing matches "
        f"{share(sum(tally.silent), len(tally.silent))}"
    )


def _show(pair: Judged, explained: Evidence) -> None:
    fields = fields_of(explained)
    for match in explained.matches:
        own, both = match_right(pair, match, fields)
        verdict = "right" if both else "half " if own else "wrong"
        heard = f" ({match.translated})" if match.translated else ""
        same = "=" if match.shared else "~"
        print(
            f"  {pair.id:11} {verdict} {match.customer}{heard} {same} {match.source_at.part}: {match.source}"
        )
    if not explained.matches and pair.matches:
        print(f"  {pair.id:11} nothing for: {pair.request}")


def _report_cost(copilot: Copilot, retriever: Retriever, explainer: Explainer) -> None:
    """Milliseconds to explain MOST_CASES cases and MOST_PASSAGES passages, for each sample conversation.

    `first`: no source was read before. `again`: all were, as with a desk's usual cases. `reading`: what
    keeping the words' vectors adds to embedding the request.
    """
    first, again, reading = [], [], []
    for _, _, conversation, _ in sample_conversations():
        queries = [one.query for one in copilot.prepare(conversation)[1]]
        day = min(conversation.messages[-1].at or NOW, NOW).date()
        prepared = retriever.prepare(queries, read=True)
        found = [
            *retriever.retrieve(prepared, kind="case", on=day, limit=MOST_CASES),
            *retriever.retrieve(prepared, kind="article", on=day, limit=MOST_PASSAGES),
        ]
        first.append(_milliseconds(partial(explainer.explained, found, prepared), 1))
        again.append(_milliseconds(partial(explainer.explained, found, prepared), ROUNDS))
        plain = _milliseconds(partial(retriever.prepare, queries), ROUNDS)
        reading.append(_milliseconds(partial(retriever.prepare, queries, read=True), ROUNDS) - plain)
    for name, times in (("first", first), ("again", again), ("reading", reading)):
        print(f"{name:8} median {statistics.median(times):6.1f} ms, highest {max(times):6.1f} ms")


def _milliseconds(work: Callable[[], object], rounds: int) -> float:
    """The median over some rounds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


# The former method: runs of the customer's words whose stems the passage has, rarest first.
def former_why(prepared: Sequence[Prepared], evidence: Evidence, generation: Generation) -> list[str]:
    query = prepared[-1].query
    if evidence.case is not None:
        case = evidence.case
        said = (message.text for message in case.messages)
        words, language = "\n".join((case.title or "", case.problem, case.resolution, *said)), case.language
    else:
        passage = evidence.found or evidence.passage
        words, language = passage.embedded, passage.language
    languages = tuple(dict.fromkeys((language, query.language or "en")))
    theirs = {stem for tag in languages for stem in words_of(words, tag)}
    ignored = frozenset().union(*(stop_words(tag.split("-")[0]) for tag in languages))
    weighed: dict[str, tuple[float, str]] = {}
    for start, end in _runs(query.views[0], theirs, ignored, languages):
        text = " ".join(query.views[0][start:end].split())
        information = [generation.words.idf(word) for word in query_words(text, languages[-1])]
        if max(information, default=0.0) >= 1.5 and any(map(str.isalpha, text)):
            weighed.setdefault(text.lower(), (sum(information), text))
    return [text for _, text in sorted(weighed.values(), key=lambda entry: -entry[0])[:3]]


def _runs(
    request: str, theirs: set[str], ignored: frozenset[str], languages: Sequence[str]
) -> Iterator[tuple[int, int]]:
    start = end = length = waiting = 0
    for match in WORD.finditer(request):
        if match.group().lower() in ignored:
            waiting += 1
            continue
        shared = any(set(words_of(match.group(), language)) & theirs for language in languages)
        joined = length and waiting <= 2 and length + waiting < 6
        if length and not (
            shared and joined and not re.search(r"[.!?\n,;:()]", request[end : match.start()])
        ):
            yield start, end
            length = 0
        if shared:
            start = start if length else match.start()
            end, length = match.end(), length + (waiting if length else 0) + 1
        waiting = 0
    if length:
        yield start, end


if __name__ == "__main__":
    main()
