"""What a text promises: amounts, percentages and periods, and deeds such as a refund. One function."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from copilot.drafting.facts import Fact, facts_in

# What the desk gives away, as it is said in the first person or as the customer's due; our own short lists.
_DEEDS: Mapping[str, str] = {
    "en": r"\b(?:we|i)(?:'ll|'ve| will| have| can| would)? (?:also |then |now |gladly |immediately )?"
    r"(?:refund|replace|credit|compensate|reimburse|waive|send you a (?:new|replacement))\w*"
    r"|\byou (?:will )?(?:get|receive) (?:a|the|your) (?:full )?"
    r"(?:refund|money|replacement|voucher|credit|discount)"
    r"|\bfree of charge\b|\bat no (?:extra )?(?:cost|charge)\b|\bwe guarantee\b|\bi guarantee\b",
    "es": r"\b(?:le |se lo )(?:reembols|devolv|abon|compens|sustitu|repon|regal)\w+"
    r"|\b(?:reembols|abon|compens)(?:aremos|amos|aré)\b"
    r"|\brecibirá (?:un|el|su) (?:reembolso|vale|descuento|abono|producto nuevo)"
    r"|\bsin (?:coste|costo|cargo)\b|\bgratis\b|\bgarantizamos\b",
    "fr": r"\b(?:rembours|remplaç|remplac|indemnis|dédommag|crédit)(?:e?ons|erons|erai|era)\b"
    r"|\bvous (?:recevez|recevrez) (?:un|le|votre) (?:remboursement|bon|avoir|remplacement|crédit)"
    r"|\bgratuit(?:e|ement|s|es)?\b|\bsans frais\b|\bnous garantissons\b",
    "de": r"\b(?:wir|ich) (?:erstatten|ersetzen|entschädigen|erlassen|schenken|erstatte|ersetze|erlasse)\b"
    r"|\bbekommen sie (?:ihr geld|eine erstattung|einen gutschein|ersatz)"
    r"|\bsie (?:bekommen|erhalten) (?:ihr geld|eine erstattung|einen gutschein|ersatz)"
    r"|\bkostenlos\w*|\bkostenfrei\w*|\bwir garantieren\b",
}


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that a customer may hold the desk to; `fact` where it is a figure."""

    text: str
    start: int
    end: int
    fact: Fact | None = None


def promises_in(text: str, language: str) -> tuple[Promise, ...]:
    """Every promise of a text, figures first."""
    figures = (fact for fact in facts_in(text) if _is_figure(fact, text, language))
    found = [Promise(text[fact.start : fact.end], fact.start, fact.end, fact) for fact in figures]
    deeds = _deeds(language.split("-")[0])
    if deeds is not None:
        found += [Promise(match[0], *match.span()) for match in deeds.finditer(text)]
    return tuple(found)


def _is_figure(fact: Fact, text: str, language: str) -> bool:
    if fact.kind == "period":
        # A French year is no German preposition: “112 an”.
        return language.startswith("fr") or not text[fact.start : fact.end].lower().endswith(" an")
    return fact.kind in ("amount", "percent")


@lru_cache(maxsize=16)
def _deeds(language: str) -> re.Pattern[str] | None:
    cues = _DEEDS.get(language)
    return re.compile(cues, re.IGNORECASE) if cues else None
