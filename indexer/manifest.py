"""The commit mark of an index generation: written last, so a folder without one was never finished."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from indexer.recipe import Recipe
from knowledge_base.errors import IndexDamagedError, IndexMissingError

MANIFEST = "manifest.json"
CURRENT = "CURRENT"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`sequence` is the last change of the knowledge base that the generation holds."""

    generation: str
    recipe: Recipe
    fingerprint: str
    sequence: int
    passages: int
    sources: int
    created_at: str
    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    # By article: its published translations, language to id.
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    calibration: dict[str, dict[str, object]] = field(default_factory=dict)
    # A digest of what agents told that the calibration was refined by.
    judged: str = ""
    # The languages that the encoder was measured to read, by primary tag; empty where it is made for one,
    # None in an index older than this measure.
    reads: tuple[str, ...] | None = None
    # The languages that the knowledge was told in, each with the number of lines that could not be told.
    tongues: dict[str, int] = field(default_factory=dict)

    def original(self, article_id: str) -> str:
        """The article that this one translates, under whose id it is shown; itself otherwise."""
        versions = self.translations.items()
        return next((original for original, ids in versions if article_id in ids.values()), article_id)

    def save(self, folder: Path) -> None:
        write_durably(folder / MANIFEST, json.dumps(asdict(self), indent=1, ensure_ascii=False))

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Raises IndexDamagedError when the folder holds no readable manifest."""
        try:
            data = json.loads((folder / MANIFEST).read_text("utf-8"))
            data["recipe"] = Recipe(**data["recipe"])
            data["languages"], data["categories"] = tuple(data["languages"]), tuple(data["categories"])
            data["reads"] = tuple(data["reads"]) if data.get("reads") is not None else None
            return cls(**data)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamagedError(
                f"the index in {folder} has no readable manifest: run `precedent index --rebuild`"
            ) from error


def current_generation(folder: Path) -> str:
    """The name of the generation that serves. Raises IndexMissingError when nothing was built yet."""
    try:
        return (folder / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise IndexMissingError("nothing is indexed yet: run `precedent index`") from error


def switch_to(folder: Path, generation: str) -> None:
    """Make the generation the one that serves, in one step."""
    write_durably(folder / CURRENT, generation + "\n")


def write_durably(path: Path, text: str) -> None:
    """Write beside, flush to the disk, then rename: readers see the old text or the new one, whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
