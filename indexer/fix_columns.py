"""The cases as columns while their fixes are found: what they say, and how each of them ended."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from indexer.fixes import Fixes, PolicyDates, key_of
from knowledge_base.models import Case, tries_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# An outcome counts half after two years: how a fix did lately tells more than how it once did.
HALF_LIFE_DAYS = 730.0


def plain(resolution: str) -> str:
    """A resolution as it is compared: white space says nothing."""
    return " ".join(resolution.split())


@dataclass(slots=True)
class CaseColumns:
    """The cases as columns, and their wordings: a category with a text. A million take about 150 MB."""

    keys: array[int] = field(default_factory=lambda: array("Q"))
    wording: array[int] = field(default_factory=lambda: array("i"))
    worked: array[int] = field(default_factory=lambda: array("i"))
    tried: array[int] = field(default_factory=lambda: array("i"))
    rating: array[int] = field(default_factory=lambda: array("b"))
    day: array[int] = field(default_factory=lambda: array("i"))
    numbers: dict[int, int] = field(default_factory=dict)
    text: array[int] = field(default_factory=lambda: array("Q"))
    category: array[int] = field(default_factory=lambda: array("i"))
    categories: dict[str, int] = field(default_factory=dict)

    def add(self, case: Case) -> None:
        outcome = case.outcome
        self.keys.append(key_of(case.id))
        self.wording.append(self.number(case))
        worked, tried = tries_of(outcome)
        self.worked.append(worked)
        self.tried.append(tried)
        self.rating.append(outcome.csat or 0)
        self.day.append(case.resolved_at.date().toordinal() if case.resolved_at else 0)

    def number(self, case: Case) -> int:
        """The number of a case's wording, a new one where it is new."""
        text = key_of(plain(case.resolution))
        number = self.numbers.setdefault(key_of(f"{case.category or ''}\0{text}"), len(self.numbers))
        if number == len(self.text):
            self.text.append(text)
            code = (
                -1
                if case.category is None
                else self.categories.setdefault(case.category, len(self.categories))
            )
            self.category.append(code)
        return number

    def compared(self) -> NDArray[np.bool_]:
        """Which wordings are compared with others: those of a category with several, and with outcomes."""
        import numpy as np

        category = np.array(self.category, dtype=np.int64)
        known = (np.array(self.tried) > 0) | (np.array(self.rating) > 0)
        size = len(self.categories) + 1
        wordings = np.bincount(category + 1, minlength=size)
        outcomes = np.bincount(category[np.array(self.wording, dtype=np.int64)] + 1, known, minlength=size)
        compared: NDArray[np.bool_] = (category >= 0) & ((wordings > 1) & (outcomes > 0))[category + 1]
        return compared

    def fixes(self, of_wording: NDArray[np.int64], policies: Mapping[str, PolicyDates]) -> Fixes:
        """The outcomes added up; `of_wording` has the leading wording of each."""
        import numpy as np

        _, of_wording = np.unique(of_wording, return_inverse=True)
        fix = of_wording[np.array(self.wording, dtype=np.int64)].astype(np.int32)
        tried, worked, rating = (
            np.array(c, dtype=np.float64) for c in (self.tried, self.worked, self.rating)
        )
        aged = self._aged()
        columns = [worked, tried, worked * aged, tried * aged, rating * aged, (rating > 0) * aged]
        count = int(fix.max(initial=-1)) + 1
        tracks = np.stack([np.bincount(fix, column, minlength=count) for column in columns], axis=1)
        keys = np.array(self.keys, dtype=np.uint64)
        order = np.argsort(keys)
        return Fixes(keys[order], fix[order], tracks.astype(np.float64), policies)

    def _aged(self) -> NDArray[np.float64]:
        """How much each outcome counts, shape (cases,): whole on the newest day, or where no day is known."""
        import numpy as np

        day = np.array(self.day, dtype=np.float64)
        age = np.where(day > 0, day.max(initial=0.0) - day, 0.0)
        weights: NDArray[np.float64] = 0.5 ** (age / HALF_LIFE_DAYS)
        return weights
