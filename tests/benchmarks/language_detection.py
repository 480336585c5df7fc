"""How often the detector answers, and how often rightly, on the first words of NTREX's sentences.

    .venv/bin/python -m tests.benchmarks.language_detection [FOLDER]

FOLDER holds one file per language, one sentence a line; it is `../shared/data/ntrex` by default.
"""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

from copilot import __version__
from copilot.understand.language import LanguageDetector

FILES = {
    "arb": "ar", "deu": "de", "eng": "en", "fra": "fr", "ita": "it", "jpn": "ja",
    "kor": "ko", "nld": "nl", "pol": "pl", "por": "pt", "spa": "es", "zho-CN": "zh",
}  # fmt: skip
WORDS = (2, 4, 8)
DEFAULT = Path(__file__).parents[3] / "shared" / "data" / "ntrex"


def beginnings(folder: Path, words: int) -> list[tuple[str, str]]:
    """Each sentence's first words with its language; where no spaces are written, the whole sentence."""
    found = []
    for name, language in FILES.items():
        for line in (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            found.append((" ".join(line.split()[:words]), language))
    return found


def main() -> None:
    """Print one line per length."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    digest = hashlib.sha256(b"".join((folder / f"{name}.txt").read_bytes() for name in FILES)).hexdigest()
    detector = LanguageDetector()
    detector.detect("warm up, please")
    print(f"precedent {__version__}, {folder.name} {digest[:12]}, {len(detector.languages)} languages")
    for words in WORDS:
        texts = beginnings(folder, words)
        started = time.perf_counter()
        told = [(detector.detect(text).language, language) for text, language in texts]
        each = (time.perf_counter() - started) / len(texts) * 1000
        accepted = [pair for pair in told if pair[0] is not None]
        right = sum(found == language for found, language in accepted)
        print(
            f"{words} words: n {len(texts)}, accepted {100 * len(accepted) / len(texts):.1f} %, "
            f"right {100 * right / len(accepted):.2f} % of them, {each:.2f} ms each"
        )


if __name__ == "__main__":
    main()
