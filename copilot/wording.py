"""From a query to the wording that is searched with: earlier messages count if they are about the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from copilot.models import Query
from indexer.found import Wording
from indexer.lexical import query_words
from indexer.search import Generation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Of what was said before and what is said now the likely categories are compared: with less of them in
# common than this they are two subjects. Of pairs made from the sample desk's own cases, openers of
# another category share .05 at the median and .18 at nine tenths, later messages of one case .29.
SAME_SUBJECT = 0.15


def worded(
    generation: Generation, query: Query, vectors: NDArray[np.float32], texts: Sequence[str]
) -> Wording:
    """The query's wording, without what was said before where that is about something else.

    `vectors`, shape (views, dim), and `texts` are of the views as they are embedded.
    """
    words = [query_words(view, query.language) for view in query.views]

    def of(chosen: slice) -> Wording:
        own = (query.spoken, query.original[chosen]) if query.spoken else None
        return generation.wording(vectors[chosen], words[chosen], texts[chosen], query.language, own=own)

    whole = of(slice(None))
    if not query.earlier:
        return whole
    newest, before = of(slice(-1)), of(slice(-1, None))
    shares, others = generation.category_shares(newest), generation.category_shares(before)
    shared = sum(min(share, others[name]) for name, share in shares.items())
    return newest if shares and shared < SAME_SUBJECT else whole
