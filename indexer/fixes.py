"""How often the fix of a case held, over all cases with that fix, and since when the policy behind it stands.

`fix_finding` writes what is read here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.errors import IndexDamagedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE, POLICIES = "fixes.npz", "policies.json"


@dataclass(frozen=True, slots=True)
class Track:
    """How a fix did: it `worked` so often of the times it was `tried`.

    `held` of `seen` are the same with old outcomes counting less; `praise` adds up `rated` ratings, 1 to 5,
    aged too. All are 0 where nothing is known.
    """

    worked: int = 0
    tried: int = 0
    held: float = 0.0
    seen: float = 0.0
    praise: float = 0.0
    rated: float = 0.0


@dataclass(frozen=True, slots=True)
class PolicyDates:
    """Since when an article's present text is in force (None: always), and until when (None: open)."""

    title: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Fixes:
    """`keys` are the sorted `key_of` of the cases, shape (cases,), `of_case` the number of each one's fix.

    `tracks` has the fields of Track as columns, shape (fixes, 6); `desk` is the sum of its rows.
    """

    keys: NDArray[np.uint64] | None = None
    of_case: NDArray[np.int32] | None = None
    tracks: NDArray[np.float64] | None = None
    policies: Mapping[str, PolicyDates] = field(default_factory=dict)
    desk: Track = Track()

    def track(self, case_id: str) -> Track:
        """How the fix of a case did; an empty one for a case that isn't known."""
        import numpy as np

        if self.keys is None or self.of_case is None or self.tracks is None or not len(self.keys):
            return Track()
        key = key_of(case_id)
        place = min(int(np.searchsorted(self.keys, np.uint64(key))), len(self.keys) - 1)
        return track_of(self.tracks[self.of_case[place]]) if int(self.keys[place]) == key else Track()

    def save(self, folder: Path) -> None:
        import numpy as np

        np.savez(folder / FILE, keys=self.keys, of_case=self.of_case, tracks=self.tracks)  # type: ignore[arg-type]
        days = {i: [p.title, _written(p.since), _written(p.until)] for i, p in sorted(self.policies.items())}
        (folder / POLICIES).write_text(json.dumps(days, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Fixes:
        """None are known to an index that was built before there were any. Raises IndexDamagedError."""
        import numpy as np

        if not (folder / FILE).is_file():
            return cls()
        try:
            days = json.loads((folder / POLICIES).read_text("utf-8"))
            policies = {i: PolicyDates(t, _read(a), _read(b)) for i, (t, a, b) in days.items()}
            with np.load(folder / FILE) as data:
                keys, of_case, tracks = data["keys"], data["of_case"], data["tracks"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamagedError(
                f"the fixes in {folder} can't be read: run `precedent index --rebuild`"
            ) from error
        return cls(keys, of_case, tracks, policies, track_of(tracks.sum(axis=0)))


def key_of(text: str) -> int:
    """64 bits of a digest: among a million texts two meet by chance once in 37 million such bases."""
    data = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(data, "big")


def track_of(row: NDArray[np.float64]) -> Track:
    """A row of `tracks`, shape (6,)."""
    worked, tried, *aged = (float(value) for value in row)
    return Track(round(worked), round(tried), *aged)


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read(day: str | None) -> date | None:
    return None if day is None else date.fromisoformat(day)
