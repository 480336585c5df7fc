"""What a search is given and what it finds: filter, wording, candidates and features."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from indexer.category import CategoryHead
from indexer.lexical import Word
from indexer.ngrams import Grams
from knowledge_base.models import Passage, SourceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Word scores beside cosines: on known issues and on the sample desk's own cases the ranking is flat
# between .6 and 1 and falls off outside.
WORD_WEIGHT = 0.8
# Likeness of n-grams beside both: the ranking of known issues is flat between .3 and .5.
NGRAM_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class Filter:
    """What may be found: a kind, and a day on which it must be in force (None: any)."""

    kind: SourceKind
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """The views as the customer wrote them, in a language that the knowledge is told in."""

    language: str
    words: tuple[tuple[Word, ...], ...]
    grams: tuple[Grams, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a want in several views: `vectors` of shape (views, dim), words and n-grams of each.

    `foreign` says that it isn't in the language that most of the knowledge is in, `vouched` that some
    of the knowledge is in its language; an encoder that reads both languages makes up for either. `own` is
    there where the views are a translation. `head` stands in for the generation's own, as calibration needs.
    """

    vectors: NDArray[np.float32]
    words: tuple[tuple[Word, ...], ...]
    grams: tuple[Grams, ...] = ()
    foreign: bool = False
    vouched: bool = True
    own: Own | None = None
    head: CategoryHead | None = None
    # What was reckoned for this wording already: cases, articles and categories each need the others' scores.
    scored: dict[tuple[Filter, tuple[int, ...]], Scored | None] = field(default_factory=dict, compare=False)
    logits: dict[tuple[int, ...], NDArray[np.float64] | None] = field(default_factory=dict, compare=False)
    cited: list[NDArray[np.float32] | None] = field(default_factory=list, compare=False)


class Features(NamedTuple):
    """What a calibration reads of something found, in the order of its coefficients.

    `agreement` is the share of its category (a case, see category_shares) or of the nearest cases that
    cite it (an article), `support` the mean of the five highest relevances, `named` how much speaks for the
    likeliest category, whichever it is, `lead` by how much it is ahead of the best other (below 0: behind);
    `foreign` is 1 where the want isn't in the language of most of the knowledge.
    """

    relevance: float
    agreement: float
    support: float
    named: float
    lead: float
    foreign: float


@dataclass(frozen=True, slots=True)
class Found:
    """A source's best passage. `relevance` = cosine + WORD_WEIGHT * words + NGRAM_WEIGHT * grams + topic.

    `topic` is what the category's name, the policy cited or the citing cases add. `features` is what the
    calibration made `confidence`, the probability that it helps, of.
    """

    passage: Passage
    row: int
    source: int
    relevance: float
    cosine: float
    words: float
    grams: float
    topic: float
    features: Features
    confidence: float


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates, an entry a source: its number, best row, best cosine, words and n-grams, shape (n,).

    Words and n-grams reach 2 where the customer's own words were looked for beside their translation.
    """

    sources: NDArray[np.int32]
    rows: NDArray[np.int64]
    cosine: NDArray[np.float32]
    words: NDArray[np.float32]
    grams: NDArray[np.float32]

    @property
    def relevance(self) -> NDArray[np.float32]:
        relevance: NDArray[np.float32] = self.cosine + WORD_WEIGHT * self.words + NGRAM_WEIGHT * self.grams
        return relevance
