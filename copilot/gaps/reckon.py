"""Gaps reckoned from the base: conversations that nothing answered, grouped, named, with their trend."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from copilot.gaps.clusters import FEWEST_OF_LANGUAGE, groups, middle_of, nearest_first, without_mean
from copilot.gaps.models import Basis, Gap, Miss, Unanswered
from copilot.gaps.naming import anonymous, names
from copilot.gaps.nearest import Nearest
from copilot.gaps.trend import trend
from copilot.gaps.unanswered import unanswered
from indexer.embedder import Embedder
from indexer.tongues import primary
from knowledge_base.gaps import Answered, GapReadings, Wanted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEEKS, RECENT = 12, 4
"""How far back is read, and the weeks that are held against as many before them."""
MOST_GAPS = 100
"""Gaps that are told, the largest: whoever has written for these looks again."""
MOST_EMBEDDED = 2000
"""Requests without a vector of this encoder that are embedded now, the newest (some 5 s)."""
MEANS_OF = 5000
"""Newest requests of all languages of which the languages' means are taken."""
MOST_SAMPLES = 5
COMMON = 1 / 3
"""A category is a gap's where so many of its conversations were taken for it."""
LOOKED_AT = 3
"""Requests nearest to a gap's middle that must all be answered by now before the gap is told to be."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What gaps are reckoned from; nothing is shown below `floor`."""

    readings: GapReadings
    embedder: Embedder
    nearest: Nearest
    floor: float


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Requests of one kind, nearest to the middle first; `read_in` None: the encoder reads their language."""

    members: tuple[Unanswered, ...]
    middle: NDArray[np.float32]
    read_in: str | None


def reckon(sources: Sources, now: datetime) -> tuple[Basis, tuple[Gap, ...]]:
    """The gaps of the last WEEKS, the largest first, and what they stand on."""
    since = now - timedelta(weeks=WEEKS)
    answered = sources.readings.answered(since)
    members, wanted = _members(sources.readings, answered, since)
    kinds, apart = _kinds(sources, members, _vectors(sources.embedder, wanted), since)
    basis = Basis(
        since=since,
        until=now,
        asked=len(answered),
        nothing=sum(one.why == "nothing" for one in members),
        rejected=sum(one.why == "rejected" for one in members),
        singles=len(members) - apart - sum(len(one.members) for one in kinds),
        apart=apart,
    )
    kinds.sort(key=lambda one: (-len(one.members), _id(one)))
    return basis, tuple(_gaps(sources, kinds[:MOST_GAPS], answered, now))


def _members(
    readings: GapReadings, answered: Sequence[Answered], since: datetime
) -> tuple[list[Unanswered], list[Wanted]]:
    """The conversations that nothing answered, oldest first, and what each was asked."""
    bad = readings.judged_badly(since)
    shown = readings.items(one.suggestion for one in answered if one.found and one.conversation in bad)
    found = {one.suggestion: (one, why) for one, why in unanswered(answered, shown, bad)}
    wanted = list(readings.wanted(list(found)))
    members = []
    for told in wanted:
        one, why = found[told.suggestion]
        read_in = (told.asked.language if told.asked else None) or told.language
        members.append(
            Unanswered(
                one.conversation,
                one.suggestion,
                one.at,
                why,
                told.request,
                told.language,
                read_in,
                told.category,
            )
        )
    return members, wanted


def _vectors(embedder: Embedder, wanted: Sequence[Wanted]) -> dict[int, NDArray[np.float32]]:
    """The unit vectors by the place of what was wanted; the newest are embedded where they have none."""
    import numpy as np

    found, missing = dict[int, "NDArray[np.float32]"](), list[int]()
    for place, one in enumerate(wanted):
        if one.asked is not None and one.asked.vector and one.asked.encoder == embedder.digest:
            vector = np.frombuffer(one.asked.vector, dtype=np.float16).astype(np.float32)
            found[place] = vector / max(float(np.linalg.norm(vector)), 1e-6)
        else:
            missing.append(place)
    missing = missing[-MOST_EMBEDDED:]
    if missing:
        embedded = embedder.embed([wanted[place].request for place in missing])
        found |= dict(zip(missing, embedded, strict=True))
    return found


def _kinds(
    sources: Sources,
    members: Sequence[Unanswered],
    vectors: Mapping[int, NDArray[np.float32]],
    since: datetime,
) -> tuple[list[Kind], int]:
    """The groups of each language, and how many conversations could not be told apart.

    All languages that the encoder reads are one: so are translated requests, by the language that they were
    translated into. Of any other the mean is taken away, which takes enough texts to know it.
    """
    import numpy as np

    by_language: dict[str | None, list[int]] = {}
    for place in vectors:
        spoken = primary(members[place].read_in or "")
        own = None if not spoken or sources.nearest.reads(spoken) else spoken
        by_language.setdefault(own, []).append(place)
    means = _means(sources, since) if by_language.keys() - {None} else {}
    kinds, apart = list[Kind](), len(members) - len(vectors)
    for language, places in sorted(by_language.items(), key=lambda pair: pair[0] or ""):
        places.sort()
        told = np.stack([vectors[place] for place in places])
        if language is not None:
            if language not in means:
                apart += len(places)
                continue
            told = without_mean(told, means[language])
        for rows in groups(told):
            ordered = tuple(members[places[row]] for row in nearest_first(told, rows))
            kinds.append(Kind(ordered, middle_of(told[rows]), language))
    return kinds, apart


def _means(sources: Sources, since: datetime) -> dict[str, NDArray[np.float32]]:
    """The mean vector of all that is asked in a language, answered or not, where enough is."""
    import numpy as np

    sums: dict[str, tuple[int, NDArray[np.float32]]] = {}
    for language, written in sources.readings.vectors(sources.embedder.digest, since, MEANS_OF):
        vector = np.frombuffer(written, dtype=np.float16).astype(np.float32)
        count, total = sums.get(primary(language or ""), (0, np.zeros_like(vector)))
        sums[primary(language or "")] = count + 1, total + vector
    return {
        language: (total / count).astype(np.float32)
        for language, (count, total) in sums.items()
        if count >= FEWEST_OF_LANGUAGE
    }


def _gaps(
    sources: Sources, kinds: Sequence[Kind], answered: Sequence[Answered], now: datetime
) -> Iterator[Gap]:
    languages = [Counter(m.language for m in kind.members).most_common(1)[0][0] for kind in kinds]
    texts = [
        [m.request for m in kind.members if m.language == spoken]
        for kind, spoken in zip(kinds, languages, strict=True)
    ]
    members = [one.conversation for kind in kinds for one in kind.members]
    solved = sources.readings.closed_with_reply(members)
    whole = _halves([one.at for one in answered], now)
    for kind, name in zip(kinds, names(texts, languages), strict=True):
        samples = kind.members[:MOST_SAMPLES]
        miss, category = sources.nearest.look(samples[0].request, samples[0].language)
        asked = (anonymous(one.request, one.language) for one in samples)
        yield Gap(
            id=_id(kind),
            name=name,
            # Words of customers stay in memory only as far as they are shown.
            members=tuple(sorted((replace(m, request="") for m in kind.members), key=_age)),
            samples=tuple(replace(one, request="") for one in samples),
            questions=tuple(dict.fromkeys(text for text in asked if text)),
            trend=trend(*_halves([one.at for one in kind.members], now), *whole),
            category=_category(kind.members) or category,
            miss=miss,
            solved=tuple(m.conversation for m in kind.members if m.conversation in solved),
            answered=_answered(sources, kind, miss),
            middle=kind.middle,
            read_in=kind.read_in,
        )


def _answered(sources: Sources, kind: Kind, miss: Miss | None) -> bool:
    """Whether what is published by now would be shown for the requests nearest to the middle."""
    if miss is None or miss.confidence < sources.floor or kind.members[0].why != "nothing":
        return False
    others = kind.members[1:LOOKED_AT]
    found = (sources.nearest.look(one.request, one.language)[0] for one in others)
    return all(one is not None and one.confidence >= sources.floor for one in found)


def _category(members: Sequence[Unanswered]) -> str | None:
    told = Counter(one.category for one in members if one.category)
    category, count = min(told.items(), key=lambda pair: (-pair[1], pair[0]), default=(None, 0))
    return category if count >= COMMON * len(members) else None


def _halves(times: Sequence[datetime], now: datetime) -> tuple[int, int]:
    """How many of the times lie in the last RECENT weeks, and how many in as many before."""
    length = timedelta(weeks=RECENT)
    recent = sum(now - length < at for at in times)
    return recent, sum(now - 2 * length < at for at in times) - recent


def _id(kind: Kind) -> str:
    """The same as long as the kind's oldest conversation is."""
    oldest = min(kind.members, key=_age)
    return hashlib.sha256(oldest.conversation.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _age(one: Unanswered) -> tuple[datetime, str]:
    return one.at, one.conversation
