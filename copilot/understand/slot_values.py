"""Amounts, dates and phone numbers: cheap patterns find the candidates, libraries read only those."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from copilot.understand.slot_patterns import MASK, Found
from copilot.understand.text import fold

CANDIDATES = 4
"""Dates and phone numbers read per message: reading one costs up to a millisecond."""
CUE_REACH = 45
"""Characters around a date in which a word of delivery makes it a date of delivery."""

_NUMBER = r"\d{1,3}(?:[.,' \u202f]\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d{1,7}(?:[.,]\d{1,2}(?!\d)|,-)?"
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "zł": "PLN", "zl": "PLN", "¥": "JPY"} | {
    code.lower(): code for code in ["EUR", "USD", "GBP", "PLN", "JPY", "CHF", "SEK", "DKK", "NOK", "CZK"]
}
_CURRENCY_WORDS = {
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "USD",
    "dollars": "USD",
    "dolares": "USD",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
    "libras": "GBP",
    "zloty": "PLN",
    "zlotych": "PLN",
    "yen": "JPY",
}
_SIGN = r"[€$£¥]|zł|(?:eur|usd|gbp|pln|jpy|chf|sek|dkk|nok|czk)(?!\w)"
_UNIT = (
    r"[€$£¥]|zł(?:oty(?:ch)?)?(?!\w)|(?:euros?|eur|usd|gbp|pln|jpy|chf|sek|dkk|nok|czk|dollars?|dólares"
    r"|pounds?|quid|libras|zloty(?:ch)?|yen)(?!\w)"
)
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?P<sign>{_SIGN})\s?(?P<n1>{_NUMBER})|(?P<n2>{_NUMBER})\s?(?P<unit>{_UNIT}))",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w#/.,-])(?:\+|00|\(?0)\d(?:[ ()./-]{0,2}\d){6,14}(?!\w)")
_PHONE_CUE = re.compile(
    r"(?:tel|phone|call|mobile|cell|telefon\w*|handy|móvil|telemóvel|téléphone|cellulare|bel|numer)"
    r"\W{1,12}(\d(?:[ .-]?\d){8,11})(?!\w)",
    re.IGNORECASE,
)
_REGIONS = {"en": "GB", "es": "ES", "fr": "FR", "de": "DE", "it": "IT", "pt": "PT", "nl": "NL", "pl": "PL"}
_NUMERIC_DATE = re.compile(
    r"(?<![\w.,/-])(?:(?P<y>20\d\d)-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})(?P<sep>[./-])(?P<m2>\d{1,2})(?:(?P=sep)(?P<y2>(?:20)?\d\d)?)?)(?![\w/-]|[.,]\d)"
)
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec"
    "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
    "|janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre"
    "|novembre|décembre|decembre"
    "|januar|jänner|februar|märz|maerz|juni|juli|oktober|dezember|gennaio|febbraio|aprile"
    "|maggio|giugno|luglio"
    "|settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
    "|januari|februari|maart|mei|augustus|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września"
    "|października|listopada|grudnia"
)
_WEEKDAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunes|martes|miércoles"
    "|jueves|viernes|sábado|domingo"
    "|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|montag|dienstag|mittwoch"
    "|donnerstag|freitag|samstag|sonntag"
    "|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|segunda-feira|terça-feira"
    "|quarta-feira|quinta-feira"
    "|sexta-feira|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag"
)
_WORD_DATE = re.compile(
    rf"(?<![\w.,-])(?:\d{{1,2}}(?:st|nd|rd|th|\.|º|er)?\s(?:de |of |d')?(?:{_MONTHS})(?!\w)\.?"
    rf"(?:,?\s(?:de |of )?20\d\d(?!\d))?"
    rf"|(?:{_MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?(?!\w)(?:,?\s20\d\d(?!\d))?"
    rf"|\d{{1,2}} (?:days?|weeks?) ago|hace \d{{1,2}} (?:días?|dias|semanas?)"
    rf"|il y a \d{{1,2}} (?:jours?|semaines?)"
    rf"|vor \d{{1,2}} (?:tagen?|wochen?)|\d{{1,2}} (?:giorni|settimane) fa|há \d{{1,2}} (?:dias?|semanas?)"
    rf"|\d{{1,2}} (?:dagen|weken) geleden"
    rf"|(?:{_WEEKDAYS})(?!\w))",
    re.IGNORECASE,
)
_RELATIVE_DAYS = {
    -2: "day before yesterday|anteayer|avant-hier|vorgestern|l'altro ieri|anteontem|eergisteren|przedwczoraj",
    -1: "yesterday|ayer|hier|gestern|ieri|ontem|gisteren|wczoraj",
    0: "today|hoy|aujourd'hui|heute|oggi|hoje|vandaag|dzisiaj|dziś",
    1: "tomorrow|demain|domani|amanhã|jutro",
    2: "day after tomorrow|pasado mañana|après-demain|übermorgen|dopodomani|depois de amanhã|overmorgen"
    "|pojutrze",
}
_OFFSETS = {word: days for days, words in _RELATIVE_DAYS.items() for word in words.split("|")}
_RELATIVE = re.compile(
    "(?<!\\w)(?:" + "|".join(sorted(map(re.escape, _OFFSETS), key=len, reverse=True)) + ")(?!\\w)",
    re.IGNORECASE,
)
# "hier" is "here" in German and Dutch.
_NOT_RELATIVE = {"hier": frozenset(("de", "nl"))}
_DELIVERY = re.compile(
    r"deliver|arriv|\bcame\b|\bkam\b|receiv|entreg|lleg|recib|livr|recu|geliefert|liefer"
    r"|zugestellt|zustell|angekommen|ankomm|erhalten"
    r"|consegn|ricevut|cheg|recebi|geleverd|lever|bezorg|ontvangen|aangekomen|dostarcz|dotar|otrzym"
)
_ORDERED = re.compile(
    r"ordered|bought|purchas|placed|pedi el|pedi la|hice el pedido|compre|comprado|commande le|commandee? le"
    r"|passe commande|achete|bestellt|gekauft|ordinato|comprato|encomendei|comprei|besteld"
    r"|gekocht|zamowil|kupil"
)
_AHEAD = re.compile(
    r"(?:by|until|till|before|next|this|coming|bis|bis zum|nachsten?|kommenden?|diesen"
    r"|antes del|para el|proximo"
    r"|este|avant|d'ici|pour|prossimo|entro|ate|proxima|voor|tegen|volgende|komende|do"
    r"|na)\s(?:the |el |le |la )?$"
)
_YEAR = re.compile(r"20\d\d")
_LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "nl", "pl")


def find_amounts(text: str) -> Iterator[Found]:
    """Sums with their currency, as `59.90 EUR`; a bare number is no amount."""
    for match in _AMOUNT.finditer(text):
        number = match["n1"] or match["n2"]
        currency = _currency(match["sign"] or match["unit"])
        amount = _decimal(number)
        if amount is not None:
            value = f"{amount:.0f}" if currency == "JPY" else f"{amount:.2f}"
            yield Found("amount", f"{value} {currency}", match.group().strip(), match.start())


def _currency(written: str) -> str:
    folded = fold(written)
    return _CURRENCIES.get(written.lower()) or _CURRENCIES.get(folded) or _CURRENCY_WORDS[folded]


def _decimal(number: str) -> Decimal | None:
    from price_parser import Price

    amount: Decimal | None = Price.fromstring(number.replace("'", "").replace(",-", "")).amount
    return amount


def find_dates(text: str, *, language: str | None, today: date) -> tuple[list[Found], str]:
    """Dates as ISO, told apart by the words around them; and the text with numeric dates masked."""
    found: list[Found] = []
    for match in _NUMERIC_DATE.finditer(text):
        if day := _numeric(match, today):
            found.append(_dated(text, match, day))
    for match in _RELATIVE.finditer(text):
        word = match.group().casefold()
        if (language or "").split("-")[0] not in _NOT_RELATIVE.get(word, ()):
            found.append(_dated(text, match, today + timedelta(days=_OFFSETS[word])))
    for match in list(_WORD_DATE.finditer(text))[:CANDIDATES]:
        if day := _parsed(match.group(), language, today, ahead=_looks_ahead(text, match.start())):
            found.append(_dated(text, match, day))
    for item in found:
        if item.text[0].isdigit():
            text = text[: item.start] + MASK * len(item.text) + text[item.start + len(item.text) :]
    return sorted(found, key=lambda item: item.start), text


def _dated(text: str, match: re.Match[str], day: date) -> Found:
    """The word nearest to a date says what it is of: look back within the sentence, then ahead."""
    before = re.split(r"[.!?\n](?:\s|$)", fold(text[max(0, match.start() - CUE_REACH) : match.start()]))[-1]
    after = re.split(r"[.!?,\n](?:\s|$)", fold(text[match.end() : match.end() + CUE_REACH]))[0]
    ordered = _ORDERED.search(before)
    cues = [m.start() for m in _DELIVERY.finditer(before)]
    delivery = cues[-1] > ordered.start() if cues and ordered else bool(cues)
    if not cues and not ordered:
        delivery = bool(_DELIVERY.search(after))
    name = "delivery_date" if delivery else "date"
    return Found(name, day.isoformat(), match.group(), match.start())


def is_order_date(text: str, written: str) -> bool:
    """Whether a date, as it is written in the text, follows a word of ordering or buying."""
    at = text.find(written)
    return at >= 0 and _ORDERED.search(fold(text[max(0, at - CUE_REACH) : at])) is not None


def _numeric(match: re.Match[str], today: date) -> date | None:
    """Day before month, as Europe writes it, unless only the other order is a date."""
    if match["sep"] == "." and match.group().count(".") == 1:
        return None  # 12.11 may be a price or a version
    year = match["y"] or match["y2"]
    day, month = int(match["d"] or match["d2"]), int(match["m"] or match["m2"])
    if month > 12 >= day:
        day, month = month, day
    full = today.year if not year else int(year) + (2000 if len(year) == 2 else 0)
    try:
        read = date(full, month, day)
    except ValueError:
        return None
    return _past(read, today) if not year else read


def _past(day: date, today: date) -> date:
    """A date without a year that lies more than half a year ahead was last year's."""
    if (day - today).days <= 183:
        return day
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def _looks_ahead(text: str, at: int) -> bool:
    """Whether the words before a weekday point to the next one ("by Friday")."""
    return bool(_AHEAD.search(fold(text[max(0, at - 16) : at])))


def _parsed(candidate: str, language: str | None, today: date, *, ahead: bool) -> date | None:
    import dateparser

    primary = (language or "").split("-")[0]
    read: datetime | None = dateparser.parse(
        candidate,
        languages=[primary] if primary in _LANGUAGES else list(_LANGUAGES),
        settings={
            "RELATIVE_BASE": datetime(today.year, today.month, today.day),
            "PREFER_DATES_FROM": _preference(candidate, ahead),
            "DATE_ORDER": "DMY",
        },
    )
    if read is None and primary:
        return _parsed(candidate, None, today, ahead=ahead)
    if read is None:
        return None
    return read.date() if _YEAR.search(candidate) else _past(read.date(), today)


def _preference(candidate: str, ahead: bool) -> str:
    """Days of a month are this year's, unless far ahead; a weekday is the last one or the next."""
    if any(c.isdigit() for c in candidate):
        return "current_period"
    return "future" if ahead else "past"


def find_phones(text: str, *, language: str | None) -> Iterator[Found]:
    """Phone numbers as E.164; a national number is read by the language's main country and must be valid."""
    matches = [*_PHONE.finditer(text), *_PHONE_CUE.finditer(text)][:CANDIDATES]
    for match in matches:
        written = match.group(match.lastindex or 0)
        if value := _phone(written, language):
            yield Found("phone", value, written.strip(), match.start(match.lastindex or 0))


def _phone(written: str, language: str | None) -> str | None:
    import phonenumbers

    primary, _, region = (language or "").partition("-")
    international = "+" + written[2:] if written.startswith("00") else written
    try:
        number = phonenumbers.parse(
            international, region.upper() if len(region) == 2 else _REGIONS.get(primary)
        )
    except phonenumbers.NumberParseException:
        return None
    fits = phonenumbers.is_possible_number if international.startswith("+") else phonenumbers.is_valid_number
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if fits(number) else None
