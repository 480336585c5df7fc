"""What the service loses against raw Apertium (chrF), and whether it ever loses a protected span, on NTREX.

Run `.venv-bench/bin/python -m tests.benchmarks.translation [FOLDER]`; it needs Apertium's APY, and ends with
status 1 where a floor isn't held.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import sacrebleu

from copilot import __version__
from copilot.translation import TranslationService
from copilot.translation.apertium import ApertiumProvider
from copilot.translation.apertium_engines import ApyEngine
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import TranslationError
from tests.benchmarks.public_sets import DATA
from tests.translation_servers import running_apy

LINES = 200
PLANTED = 2000
# Source, target, their files, the floor of chrF.
PAIRS = (
    ("en", "es", "eng", "spa", 48.0), ("es", "en", "spa", "eng", 49.5),
    ("pt", "es", "por", "spa", 54.0), ("pt", "en", "por", "eng", 48.5),
)  # fmt: skip
MOST_LOST = 0.8
SECONDS = 20.0
SPANS: Sequence[Callable[[random.Random], str]] = (
    lambda r: f"ORD-{r.randrange(10**6):06}",
    lambda r: f"NP{r.randrange(10**9):09}DE",
    lambda r: f"https://shop.example.org/t/{r.randrange(10**5)}?x={r.randrange(99)}",
    lambda r: f"ana.ruiz{r.randrange(100)}@example.com",
    lambda r: f"{{{{name_{r.randrange(9)}}}}}",
    lambda r: f"${r.randrange(1, 999)}.{r.randrange(100):02}",
    lambda r: f"{r.randrange(1, 999)}.{r.randrange(100):02} EUR",
    lambda r: f"#{r.randrange(10**5)}",
    lambda r: f"2026-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}",
)


def lines(folder: Path, name: str, most: int | None = None) -> list[str]:
    """The first lines of a language's file."""
    return (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()[:most]


def chrf(told: Sequence[str], references: Sequence[str]) -> float:
    """chrF of a corpus (Popović, 2015), 0 to 100."""
    return float(sacrebleu.corpus_chrf(list(told), [list(references)]).score)


def floors(folder: Path, service: TranslationService, raw: ApertiumProvider) -> bool:
    """Print the pairs; whether each holds its floor and loses no more than it may."""
    held = True
    for source, target, one, other, floor in PAIRS:
        texts, references = lines(folder, one, LINES), lines(folder, other, LINES)
        plain = chrf(
            [raw.translate(text, source, target, timeout_seconds=SECONDS) for text in texts], references
        )
        told = chrf(
            [service.translate(text, target=target, source=source).text for text in texts], references
        )
        held &= told >= floor and plain - told <= MOST_LOST
        print(f"  {source} to {target}: {told:.1f} (floor {floor}), raw Apertium {plain:.1f}")
    return held


def planted(folder: Path, service: TranslationService) -> bool:
    """Print how many of the planted spans came through; whether all did."""
    chance = random.Random(0)
    texts = lines(folder, "eng")
    lost = asked = failed = 0
    started = time.perf_counter()
    for number in range(PLANTED):
        words = texts[number % len(texts)].split()
        spans = [chance.choice(SPANS)(chance) for _ in range(chance.randrange(1, 4))]
        for span in spans:
            words.insert(chance.randrange(len(words) + 1), span)
        try:
            told = service.translate(" ".join(words), target="es", source="en").text
        except TranslationError:
            failed += 1
            continue
        asked += len(spans)
        lost += sum(told.count(span) < spans.count(span) for span in set(spans))
    each = (time.perf_counter() - started) / PLANTED * 1000
    print(f"  {PLANTED} lines, {asked} spans, {lost} lost, {failed} lines refused, {each:.0f} ms each")
    return lost == 0 and failed == 0


def main() -> None:
    """Print both; status 1 where something isn't held."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "ntrex"
    with running_apy() as url:
        raw = ApertiumProvider(ApyEngine(url))
        service = TranslationService([raw], detector=LanguageDetector(), deadline_seconds=SECONDS)
        print(f"precedent {__version__}, sacrebleu {sacrebleu.__version__}")
        print(f"{folder.name}, first {LINES} lines, chrF:")
        held = floors(folder, service, raw)
        print("planted spans, English to Spanish:")
        held &= planted(folder, service)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
