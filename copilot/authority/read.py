"""Reads from the sentences of an article who may grant what; where nothing says anything, nothing is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from copilot.authority.bounds import Bound, days_in, sums_in, time_in, times_in
from copilot.authority.promises import RETURNS, promises_in, windows_in
from copilot.authority.rules import AGENT, Promise, Rule, Rules, Within
from copilot.authority.words import AuthorityWords, authority_words, knows
from copilot.drafting.text import clean_text, sentence_spans, without_markup
from indexer.split import sections_of
from knowledge_base.models import PolicyArticle

# What is given without a sum named may stand beside something that has one.
_WITHOUT_SUM = frozenset({"fee_waiver", "replacement", "late_return", "warranty", "exception"})
_VAGUE = frozenset({"exception"})
_COMMA = 40
_ANY = "goodwill"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A clause of policy with what surrounds it."""

    text: str
    before: tuple[str, ...]
    section: str
    title: str
    clause: str
    words: AuthorityWords
    internal: bool


@dataclass(frozen=True, slots=True)
class _Left:
    """What a sentence keeps from the agent: the next one says who decides on it."""

    above: Bound | None = None
    days: int | None = None
    repeat: bool = False
    within: Within | None = None
    kind: str | None = None


def rules_of(article: PolicyArticle) -> Rules:
    """What an article says of grants; nothing in a language whose words nobody wrote."""
    if not knows(article.language):
        return Rules()
    words = authority_words(article.language)
    rules: list[Rule] = []
    promises: list[Promise] = []
    windows: list[int] = []
    for section in sections_of(article.body):
        text = clean_text(without_markup(section.text))
        clause = f"article:{article.id}#{section.slug}"
        found = [text[start:end] for start, end in sentence_spans(text)]
        told = _Sentence(
            "", (), f"{section.heading}\n{text}", f"{article.title}\n{_plain(article.category)}", clause,
            words, article.audience is not None,
        )  # fmt: skip
        rules += _section(told, found, rules)
        if article.audience is None:
            promises += promises_in(found, told.section, clause, words)
            windows += windows_in(found, words) if RETURNS.search(article.title) else ()
    return Rules(tuple(rules), tuple(promises), tuple(windows))


def _plain(category: str | None) -> str:
    return (category or "").replace("_", " ")


def _section(told: _Sentence, found: Sequence[str], earlier: Sequence[Rule]) -> list[Rule]:
    rules: list[Rule] = []
    left = _Left()
    for number, sentence in enumerate(found):
        clauses = _clauses(sentence, told.words)
        for place, text in enumerate(clauses):
            before = (*found[:number], *clauses[:place])
            one = replace(told, text=text, before=before)
            read, left = _rules(one, left, [*earlier, *rules])
            rules += read
    return rules


def _clauses(sentence: str, words: AuthorityWords) -> list[str]:
    """A sentence in its clauses; one that names nobody belongs to the next."""
    clauses: list[str] = []
    ended = 0
    for match in words.cues["joint"].finditer(sentence):
        if any(
            words.says(cue, sentence[ended : match.start()]) for cue in ("agent", "role", "agent_address")
        ):
            clauses.append(sentence[ended : match.start()])
            ended = match.end()
    return [*clauses, sentence[ended:]]


def _rules(one: _Sentence, left: _Left, earlier: Sequence[Rule]) -> tuple[list[Rule], _Left]:
    """The rules of one clause, and what it leaves for the next to say who decides on."""
    words, text = one.words, one.text
    agent = words.says("agent", text) or (one.internal and words.says("agent_address", text))
    role = _role(text, words)
    if agent and words.says("may_not", text) and not _asks_role(text, words, role):
        return _kept(one)
    if role and (words.says("decides", text) or _may(text, words) or (not agent and _bounded(text, words))):
        return _decided(one, role, left, earlier), _Left()
    if agent and _may(text, words) and not words.says("may_not", text):
        return _allowed(one), _Left()
    return [], _Left()


def _may(text: str, words: AuthorityWords) -> bool:
    found = words.cues["may"].search(text)
    return found is not None and words.says("grants", text[found.end() :])


def _asks_role(text: str, words: AuthorityWords, role: str | None) -> bool:
    return role is not None and words.says("decides", text)


def _bounded(text: str, words: AuthorityWords) -> bool:
    return any(bound.side != "plain" for bound in sums_in(text, words))


def _role(text: str, words: AuthorityWords) -> str | None:
    """Who above the agent is named, nearest to the words that they decide."""
    found = list(words.cues["role"].finditer(text))
    if not found:
        return None
    decides = words.cues["decides"].search(text)
    at = decides.start() if decides else 0
    return str(min(found, key=lambda match: abs(match.start() - at)).group()).lower()


def _kinds(one: _Sentence) -> list[tuple[str, int, int]]:
    """The kinds of grant that a clause names, with their places; what is vague is named by the section."""
    hits: list[tuple[str, int, int]] = []
    for kind, pattern in one.words.kinds.items():
        for match in pattern.finditer(one.text):
            if all(match.end() <= start or end <= match.start() for _, start, end in hits):
                hits.append((kind, *match.span()))
    named = [hit for hit in hits if hit[0] not in _VAGUE]
    again = one.words.says("second", one.text) and one.words.says("role", one.text)
    if named or (hits and again):
        return sorted(hits if again else named, key=lambda hit: hit[1])
    told = _surrounding(one) or (hits[0][0] if hits else None)
    # A sum that may be granted without a word for what is goodwill.
    told = told or (_ANY if sums_in(one.text, one.words) else None)
    return [(told, 0, 0)] if told else []


def _surrounding(one: _Sentence) -> str | None:
    """The kind of grant of which the sentences before, the section or the title speak."""
    for text in (" ".join(one.before), one.section, one.title):
        for kind, pattern in one.words.kinds.items():
            if kind not in _VAGUE and pattern.search(text):
                return kind
    return None


def _allowed(one: _Sentence) -> list[Rule]:
    """What the agent may grant alone."""
    words, text = one.words, one.text
    sums, kinds = sums_in(text, words), _kinds(one)
    times = times_in(text, words)
    within = time_in(text, words) if times else None
    days, _ = days_in(text, words)
    if not sums and one.before and words.says("condition", one.before[-1]):
        sums = tuple(s for s in sums_in(one.before[-1], words) if s.side == "upto" and not s.within)
        kinds = kinds[:1]
    if days is None and not sums:
        days = _days_before(one)
    base = Rule(AGENT, "", one.clause, text, words.language, times=times, within=within, days_most=days)
    return [
        _limited(replace(base, kind=kind), own)
        for kind, own in _shared(kinds, sums, text, words)
        if own or not sums or kind in _WITHOUT_SUM
    ]


def _days_before(one: _Sentence) -> int | None:
    """The days of lateness that the sentences before name, where this one takes them up."""
    for text in reversed(one.before):
        days, _ = days_in(text, one.words)
        if days is not None and one.words.kinds["exception"].search(f"{text} {one.text}"):
            return days
    return None


def _shared(
    kinds: Sequence[tuple[str, int, int]], sums: Sequence[Bound], text: str, words: AuthorityWords
) -> Iterator[tuple[str, list[Bound]]]:
    """Each kind with the sums that stand nearest to it."""
    own: dict[str, list[Bound]] = {kind: [] for kind, _, _ in kinds}
    takers = [hit for hit in kinds if hit[0] not in _VAGUE] or kinds
    for bound in sums:
        if takers:
            kind = min(takers, key=lambda hit: _distance(hit, bound, text, words))[0]
            own[kind].append(bound)
    yield from own.items()


def _distance(hit: tuple[str, int, int], bound: Bound, text: str, words: AuthorityWords) -> int:
    """Characters between the two; what a comma or an `or` parts is farther."""
    first, last = (hit[2], bound.start) if hit[2] <= bound.start else (bound.end, hit[1])
    return last - first + _COMMA * len(words.cues["list"].findall(text[first:last]))


def _limited(rule: Rule, sums: Sequence[Bound]) -> Rule:
    """The rule with the most for one grant, and the most within a time."""
    single = next((bound.money for bound in sums if not bound.within and bound.side != "above"), None)
    total = next((bound for bound in sums if bound.within and bound.side != "above"), None)
    rule = replace(rule, most=single)
    return replace(rule, total=total.money, within=total.within) if total else rule


def _kept(one: _Sentence) -> tuple[list[Rule], _Left]:
    """What the agent may not grant alone: always, or from a bound on."""
    words, text = one.words, one.text
    above = next((bound for bound in sums_in(text, words) if bound.side != "plain"), None)
    most, late = days_in(text, words)
    days = late if late is not None else most
    repeat = words.says("second", text)
    within = time_in(text, words) if repeat else None
    kinds = _kinds(one)
    kind = kinds[0][0] if kinds else None
    if kind is None:
        return [], _Left()
    rule = Rule(
        AGENT, kind, one.clause, text, words.language, allows=False, above=above.money if above else None,
        days_above=days, repeat=repeat, within=within,
    )  # fmt: skip
    return [rule], _Left(above, days, repeat, within, kind)


def _decided(one: _Sentence, role: str, left: _Left, earlier: Sequence[Rule]) -> list[Rule]:
    """What somebody above the agent decides on."""
    words, text = one.words, one.text
    sums, kinds = sums_in(text, words), _kinds(one)
    kinds = [(left.kind, 0, 0)] if left.kind and not any(end for _, _, end in kinds) else kinds
    _, days = days_in(text, words)
    base = Rule(role, "", one.clause, text, words.language, within=left.within)
    found = []
    for kind, own in _shared(kinds, sums, text, words):
        above = next((bound.money for bound in own if bound.side == "above"), None)
        most = next((bound.money for bound in own if bound.side == "upto"), None)
        if above is None and words.says("above_that", text):
            above = next((rule.most for rule in reversed(earlier) if rule.most), None)
        if above is None and most is not None:
            above = next((rule.most for rule in reversed(earlier) if rule.agent and rule.most), None)
        repeat = left.repeat or (kind in _VAGUE and words.says("second", text))
        if not own and sums and not repeat and kind not in _WITHOUT_SUM:
            continue
        within = left.within or (time_in(text, words) if repeat else None)
        kept = left.above.money if left.above and above is None else above
        found.append(
            replace(
                base, kind=kind, above=kept, most=most, days_above=days if days is not None else left.days,
                repeat=repeat, within=within,
            )
        )  # fmt: skip
    return found
