"""What a passage is about beyond its words: its category's name, the policy it cites, its language's bias.

All three matter most where cases are few: a desk with five cases a category knows the name of the
category and the article that settles it, long before five texts describe it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "topics.npz"
# The name of a category counts like this many of its cases: its share falls as the cases grow.
NAME_WORTH = 3.0
# A language's mean is known well enough from this many passages.
FEWEST_OF_LANGUAGE = 10


def name_of(category: str) -> str:
    """A category's slug as words: `delivered_not_received` is `delivered not received`."""
    return " ".join(category.replace("_", " ").replace("-", " ").split())


@dataclass(frozen=True, slots=True)
class Topics:
    """`names` are the vectors of the categories' names, shape (categories, dim), `counts` their cases.

    `centres` are the mean vectors of the languages other than the commonest, by language code;
    `commonest` is the code of the commonest, -1 in an empty base.
    """

    names: NDArray[np.float32]
    counts: NDArray[np.int64]
    centres: dict[int, NDArray[np.float32]]
    commonest: int

    def by_category(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """What each category adds to its cases' relevance, shape (categories + 1,); the last is 0, for none.

        The likeness of the query and the category's name, weighed by NAME_WORTH / (NAME_WORTH + cases).
        """
        import numpy as np

        weights = NAME_WORTH / (NAME_WORTH + self.counts)
        added: NDArray[np.float32] = np.append(self.names @ vector * weights, 0.0).astype(np.float32)
        return added

    def without_language(self, vectors: NDArray[np.float32], language: int | None) -> NDArray[np.float32]:
        """Unit vectors without what all texts of the language share, shape (n, dim).

        An encoder made for one language puts every text of another near every other; what is left
        after its mean is taken away is what the text says.
        """
        import numpy as np

        centre = None if language is None else self.centres.get(language)
        if centre is None:
            return vectors
        moved = vectors - centre
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        unit: NDArray[np.float32] = (moved / np.maximum(lengths, 1e-6)).astype(np.float32)
        return unit

    def save(self, folder: Path) -> None:
        import numpy as np

        codes = np.array(sorted(self.centres), dtype=np.int64)
        centres = [self.centres[int(code)] for code in codes]
        stacked = np.stack(centres) if centres else np.empty((0, self.names.shape[1]), dtype=np.float32)
        np.savez(
            folder / FILE,
            names=self.names,
            counts=self.counts,
            codes=codes,
            centres=stacked,
            commonest=np.int64(self.commonest),
        )

    @classmethod
    def load(cls, folder: Path) -> Topics:
        import numpy as np

        with np.load(folder / FILE) as data:
            pairs = zip(data["codes"].tolist(), data["centres"], strict=True)
            centres = {int(code): centre for code, centre in pairs}
            return cls(data["names"], data["counts"], centres, int(data["commonest"]))


def language_centres(
    vectors: NDArray[np.float32], languages: NDArray[np.int32]
) -> tuple[dict[int, NDArray[np.float32]], int]:
    """The mean vector of each language with enough passages but the commonest, and the commonest's code."""
    import numpy as np

    codes, counts = np.unique(languages, return_counts=True)
    if not len(codes):
        return {}, -1
    commonest = int(codes[np.argmax(counts)])
    centres = {
        int(code): vectors[languages == code].mean(axis=0)
        for code, count in zip(codes, counts, strict=True)
        if int(code) != commonest and count >= FEWEST_OF_LANGUAGE
    }
    return centres, commonest
