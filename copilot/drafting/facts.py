"""Amounts, percentages, periods, dates and links in a text, normalised so that they compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

FactKind = Literal[
    "amount", "percent", "period", "date", "link", "email", "phone", "id", "address", "time", "number", "name"
]

_CURRENCIES = {
    "EUR": "€|EUR|euros?", "GBP": "£|GBP|pounds?(?: sterling)?|libras?|livres?|Pfund", "CHF": "CHF|Fr\\.",
    "USD": "US\\$|\\$|USD|dollars?|dólares?|Dollar", "PLN": "PLN|zł", "SEK": "SEK", "DKK": "DKK",
    "NOK": "NOK", "JPY": "¥|JPY", "BRL": "R\\$|BRL", "INR": "₹|INR",
}  # fmt: skip
_CURRENCY = "|".join(_CURRENCIES.values())
_NUMBER = r"\d{1,3}(?:[.,'\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,](?:\d{1,2}(?!\d)|[-–—]+))?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?:{_CURRENCY})\s?(?P<after>{_NUMBER})|(?P<before>{_NUMBER})\s?(?:{_CURRENCY})(?!\w)"
    rf"|(?P<bare>\d+[.,]\d\d)(?![\w.,]*\d|\s?(?:%|Uhr|h\b|°|cm|mm|kg|[gml]\b)))",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    r"(?<![\w.,])(\d+(?:[.,]\d+)?)\s?(?:%|per ?cent\b|por ciento|pour cent|Prozent|por cento|per cento)",
    re.IGNORECASE,
)

NUMBER_WORDS: dict[str, int] = {
    word: value
    for value, row in {
        1: "one un una uno une ein eine einem einen einer eines um uma",
        2: "two dos deux zwei due dois duas twee", 3: "three tres trois drei tre três drie",
        4: "four cuatro quatre vier quattro quatro", 5: "five cinco cinq fünf cinque vijf",
        6: "six seis sechs sei zes", 7: "seven siete sept sieben sette sete zeven",
        8: "eight ocho huit acht otto oito", 9: "nine nueve neuf neun nove negen",
        10: "ten diez dix zehn dieci dez tien", 11: "eleven once onze elf undici",
        12: "twelve doce douze zwölf dodici doze twaalf",
        14: "fourteen catorce quatorze vierzehn quattordici",
        15: "fifteen quince quinze fünfzehn quindici", 20: "twenty veinte vingt zwanzig venti vinte",
        24: "twenty-four", 30: "thirty treinta trente dreißig trenta trinta", 48: "forty-eight",
        60: "sixty sesenta soixante sechzig", 90: "ninety noventa quatre-vingt-dix neunzig",
    }.items()
    for word in row.split()
}  # fmt: skip
_UNITS = {
    "workday": r"(?:working|business|work)[ -]?days?|días (?:hábiles|laborables)"
    r"|jours? (?:ouvrés?|ouvrables?)"
    r"|(?:Werk|Arbeits)tag(?:e[ns]?)?|giorni lavorativi|dias úteis|werkdag(?:en)?",
    "second": r"seconds?|secs?|segundos?|secondes?|Sekunden?|secondi|seconden",
    "minute": r"minutes?|mins?|minutos?|Minuten?|minuti|minuten",
    "hour": r"hours?|hrs?|h(?!\s?\d)|horas?|heures?|Stunden?|ore|uur",
    "day": r"(?:calendar )?days?|días?(?: naturales)?|dias?|jours?(?: calendaires)?"
    r"|(?:Kalender)?Tag(?:e[ns]?)?|giorni|dagen",
    "week": r"weeks?|semanas?|semaines?|Wochen?|settimane|weken",
    "month": r"months?|mes(?:es)?|mois|Monat(?:e[ns]?)?|mesi|maanden",
    "year": r"years?|años?|ans?|années?|Jahr(?:e[ns]?)?|anni|anos|jaar",
}
_COUNT = rf"\d{{1,4}}|(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})(?!\w)|(?<=within )an?(?= )"
_PERIOD = re.compile(
    rf"(?<![\w.,])(?P<low>{_COUNT})(?:\s?(?:-|–|—|to|or|and|bis|oder|und|a|o|y|à|ou|et|tot|of)\s?(?P<high>{_COUNT}))?"
    rf"(?:[\s-](?:more|full|further|weitere[nr]?|volle[nr]?|otros|más))?[\s-]?"
    rf"(?:{'|'.join(f'(?P<{name}>{unit})' for name, unit in _UNITS.items())})(?!\w)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"https?://[^\s<>\"')\]]+|(?<![@\w.-])(?:www\.)?(?:[\w-]+\.)+(?:com|org|net|eu|de|fr|es|it|uk|io|shop|help|example)"
    r"\b(?!@)(?:/[^\s<>\"')\]]*)?",
    re.IGNORECASE,
)
_ADDRESS_AT = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Fact:
    """A checkable value of a text; `value` is the same for the same fact in any language."""

    kind: FactKind
    value: str
    start: int
    end: int


def facts_in(text: str) -> tuple[Fact, ...]:
    """Amounts, percentages, periods, dates, links, in order, without overlap; `tokens_in` reads more."""
    taken = [match.span() for match in _ADDRESS_AT.finditer(text)]
    found: list[Fact] = []
    for fact in (*_links(text), *_amounts(text), *_percents(text), *_dates(text), *_periods(text)):
        if all(fact.end <= start or end <= fact.start for start, end in taken):
            taken.append((fact.start, fact.end))
            found.append(fact)
    return tuple(sorted(found, key=lambda fact: fact.start))


def _links(text: str) -> Iterator[Fact]:
    for match in _LINK.finditer(text):
        written = match.group().rstrip(".,;:!?")
        value = re.sub(r"^(?:https?://)?(?:www\.)?", "", written.lower()).rstrip("/")
        yield Fact("link", value, match.start(), match.start() + len(written))


def _amounts(text: str) -> Iterator[Fact]:
    for match in _AMOUNT.finditer(text):
        number = match.group("after") or match.group("before") or match.group("bare")
        yield Fact("amount", f"{_decimal(number):.2f} {_currency(match)}".strip(), match.start(), match.end())


def _currency(match: re.Match[str]) -> str:
    if match.group("bare"):
        return ""
    written = match.group().replace(match.group("after") or match.group("before"), "").strip()
    return next(code for code, names in _CURRENCIES.items() if re.fullmatch(names, written, re.IGNORECASE))


def _decimal(written: str) -> Decimal:
    number = re.sub(r"[.,][-–—]+$|['\s]", "", written)
    fraction = re.search(r"[.,](\d{1,2})$", number)
    whole = re.sub(r"\D", "", number[: fraction.start()] if fraction else number)
    return Decimal(f"{whole or 0}.{fraction.group(1) if fraction else 0}")


def _percents(text: str) -> Iterator[Fact]:
    for match in _PERCENT.finditer(text):
        yield Fact("percent", match.group(1).replace(",", "."), match.start(), match.end())


def _periods(text: str) -> Iterator[Fact]:
    for match in _PERIOD.finditer(text):
        unit = next(name for name in _UNITS if match.group(name))
        low = _count(match.group("low"))
        high = _count(match.group("high")) if match.group("high") else low
        yield Fact("period", f"{low}-{high} {unit}", match.start(), match.end())


def _count(written: str) -> int:
    return int(written) if written.isdecimal() else NUMBER_WORDS.get(written.lower(), 1)


@lru_cache(maxsize=1)
def _calendar() -> tuple[dict[str, int], dict[str, int], re.Pattern[str]]:
    """Month names to numbers, weekday names to numbers (Monday 0), and the pattern of a date, from CLDR."""
    from babel.dates import get_day_names, get_month_names

    months: dict[str, int] = {}
    days: dict[str, int] = {}
    for locale in ("en", "es", "fr", "de", "it", "pt", "nl"):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                names = get_month_names(width, context, locale)
                months |= {names[number].lower().rstrip("."): number for number in range(1, 13)}
        days |= {name.lower(): number for number, name in get_day_names("wide", locale=locale).items()}
    month = "|".join(re.escape(name) for name in sorted(months, key=len, reverse=True))
    day = "|".join(re.escape(name) for name in sorted(days, key=len, reverse=True))
    year = r"(?:\s*,?\s*(?:de[l]?\s+)?(?P<{}>(?:19|20)\d\d))?"
    return (
        months,
        days,
        re.compile(
            r"(?<![\w.,])(?:(?P<iso>\d{4}-\d\d-\d\d)(?!\d)"
            r"|(?P<d1>\d{1,2})[./](?P<m1>\d{1,2})[./](?P<y1>(?:\d\d){1,2})(?!\d)"
            rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:of\s+|de\s+)?(?P<m2>{month})(?!\w)(?:\.(?=\s+\d))?{year.format('y2')}"
            rf"|(?P<m3>{month})\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?(?![\w.,:]*\d){year.format('y3')}"
            rf"|(?P<weekday>{day})s?(?!\w)|(?P<next>tomorrow|demain|domani|amanhã|(?<!la )mañana)(?!\w)"
            r"|(?-i:(?P<morgen>(?<!uten )morgen(?!\w))))",
            re.IGNORECASE,
        ),
    )


def _dates(text: str) -> Iterator[Fact]:
    months, days, pattern = _calendar()
    for match in pattern.finditer(text):
        part = match.groupdict()
        if part["iso"]:
            value = part["iso"]
        elif part["weekday"]:
            value = f"weekday {days[part['weekday'].lower()]}"
        elif part["next"] or part["morgen"]:
            value = "tomorrow"
        elif part["d1"]:
            year = part["y1"] if len(part["y1"]) == 4 else f"20{part['y1']}"
            value = f"{year}-{int(part['m1']):02}-{int(part['d1']):02}"
        else:
            name, day = part["m2"] or part["m3"], int(part["d2"] or part["d3"])
            value = f"{part['y2'] or part['y3'] or '-'}-{months[name.lower()]:02}-{day:02}"
        yield Fact("date", value, match.start(), match.end())
