"""The generation that serves now, followed while it changes; or one that stays, to be judged."""

from __future__ import annotations

import copy
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from indexer.calibration import Calibration
from indexer.manifest import current_generation
from indexer.recipe import Recipe
from indexer.search import Generation

# How often a server looks for a newer generation.
LOOK_SECONDS = 0.5


class LiveIndex:
    """Takes up a newer generation within LOOK_SECONDS of being asked; safe to use from many threads."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self._folder, self._recipe = folder, recipe
        self._generation: Generation | None = None
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def current(self) -> Generation:
        """Raises IndexMissingError, IndexRecipeError or IndexDamagedError when there is none to serve."""
        generation = self._generation
        if generation is not None and time.monotonic() - self._looked < LOOK_SECONDS:
            return generation
        # While one thread loads the newer generation the others go on with the one they have.
        if self._lock.acquire(blocking=generation is None):
            try:
                return self._look()
            finally:
                self._lock.release()
        assert generation is not None
        return generation

    def _look(self) -> Generation:
        name = current_generation(self._folder)
        if self._generation is None or self._generation.manifest.generation != name:
            self._generation = Generation(self._folder / name, self._recipe)
        self._looked = time.monotonic()
        return self._generation


@dataclass(frozen=True, slots=True)
class PinnedIndex:
    """One generation, whichever serves: for judging it before it does, or under another calibration."""

    generation: Generation

    def current(self) -> Generation:
        """The generation."""
        return self.generation

    @classmethod
    def recalibrated(cls, generation: Generation, calibration: Calibration) -> PinnedIndex:
        """The same passages with other confidences; the generation itself stays as it is."""
        own = copy.copy(generation)
        own.calibration = calibration
        return cls(own)
