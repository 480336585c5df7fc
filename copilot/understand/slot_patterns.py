"""Patterns of ids, codes and addresses: each one bounded, so that a hostile text costs linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copilot.understand.text import visible

MASK = "\u2588"
"""Stands for a character that belongs to something found already: no pattern takes it."""
CARD_DIGITS = range(13, 20)
VALUE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a text: the slot's name, the normalised value, the text as written, where it begins."""

    name: str
    value: str
    text: str
    start: int = 0


_LONG_DIGITS = re.compile(r"(?<![\w+])\d(?:[ \-]?\d){12,18}(?![\w])")
_CARD_GROUPS = re.compile(r"(?<![\w+])\d{4}[ \-]\d{4}[ \-]\d{4}[ \-]\d{1,7}(?!\w)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,300}", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_TRACKING = re.compile(
    r"(?<!\w)(?:1Z[ ]?(?:[0-9A-Z][ ]?){15}[0-9A-Z]|[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?[A-Z]{2}|SP ?\d{10})(?!\w)",
    re.IGNORECASE,
)
_TRACKING_CUE = re.compile(
    r"(?:tracking|consignment|parcel number|sendungsnummer|sendungsverfolgung\w*|paketnummer|trackingnummer"
    r"|(?:n(?:º|°|o|um[ée]ro)?\.? (?:de )?(?:suivi|colis))|seguimiento|localizador|rastreo|rastreio"
    r"|tracciamento|spedizione n\w*|volgnummer|track ?(?:&|and|en) ?trace\w*|zendingsnummer|numer przesyłki)"
    r"[^\w\n]{0,3}(?:(?:number|code|no|nr|id|is|ist|es|est|número|numero|numer|nummer|n|è|é|código|codice)"
    r"[^\w\n]{1,3}){0,3}([A-Z0-9][A-Z0-9-]{7,29})(?![\w-])",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?<![\w-])(?!(?:EUR|USD|GBP|ISO|RAL|DIN|CHF|PLN)-)[A-Z]{2,5}-\d{5,10}(?![\w-])", re.IGNORECASE
)
_ORDER_PLAIN = re.compile(r"(?<![\w-])TW ?\d{6}(?!\w)", re.IGNORECASE)
_ORDER_HASH = re.compile(r"(?<![\w&])#[ ]?([A-Z]{0,4}-?\d{4,12})(?![\w-])", re.IGNORECASE)
_ORDER_CUE = re.compile(
    r"(?<!\w)(?:order|purchase|pedido|compra|encomenda|commande|bestell\w{2,8}|bestelling"
    r"|bestelnummer|auftrag\w{0,8}"
    r"|ordine|zam[óo]wieni[ea]|ordernummer)(?!\w)[^\w\n]{0,3}"
    r"(?:(?:number|no|nr|num|id|ref|reference|is|was|it|my|number's|número|numero|nummer|n"
    r"|es|ist|lautet|mit|der|num[ée]ro"
    r"|est|le|la|è|é|mi|o|de|du|met|numer|nosi|numerze|with|the)[^\w\n]{1,3}){0,4}"
    r"[#№]?([A-Z]{0,5}[- ]?\d{4,12})(?![\w-])",
    re.IGNORECASE,
)
_VOUCHER = re.compile(
    r"(?<!\w)((?:error|fault|fehler|zip|post|postal|bar|qr|pin|d'erreur|de error)?[ -]?)"
    r"(?:code|voucher|coupon|promo(?:code)?|gift ?card|gutschein(?:code)?|rabattcode"
    r"|aktionscode|c[óo]digo|cup[óo]n"
    r"|vale|bon|codice|buono|cup[ãa]o|kortingscode|actiecode|cadeaubon|kod|kupon)(?!\w)"
    r"[^\w\n]{0,3}(?:(?:code|number|is|ist|es|est|è|é|lautet|de|promo|promocional|descuento"
    r"|sconto|desconto|promotionnel|rabatowy|promocyjny"
    r"|réduction|called|named|namens|voucher)[^\w\n]{1,3}){0,3}"
    r"([A-Z0-9](?:[A-Z0-9]|-(?=[A-Z0-9])){3,23})(?!\w)"
)
_UPPER = r"[A-ZÀ-ÖØ-ÞĄĆĘŁŃÓŚŹŻ]"
_NAME = _UPPER + r"[^\W\d_]{0,24}(?:['’-][^\W\d_]{1,24})?(?!\w)"
_PLACE_TAIL = (
    rf"(?:,?\s{{0,2}}\d{{1,4}}(?:\s?[a-zA-Z](?!\w))?)?"
    rf"(?:\s{{0,2}},?\s{{0,2}}(?:[A-Z]{{1,2}}-)?(?:\d{{4,5}}|\d{{2}}-\d{{3}}"
    rf"|\d{{4}} ?[A-Z]{{2}})(?:-\d{{3}})?,?"
    rf"\s{_NAME}(?:[ -]{_NAME}){{0,2}})?"
)
_STREETS = (
    # 12 Baker Street, London NW1 6XE
    rf"(?<!\w)\d{{1,4}}[a-zA-Z]? (?:{_NAME} ){{1,3}}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Close|Court"
    rf"|Square|Terrace|Way|Gardens|Crescent|Place)(?!\w)\.?(?:,? {_NAME}(?: {_NAME})?)?"
    rf"(?:,? [A-Z]{{1,2}}\d[A-Z0-9]? ?\d[A-Z]{{2}}(?!\w))?",
    # Lindenstraße 7, 10115 Berlin; Keizersgracht 12, 1015 CW Amsterdam
    rf"(?<!\w){_UPPER}[\w.-]{{2,24}}(?:straße|strasse|str\.|weg|platz|gasse|allee|damm|ufer"
    rf"|straat|laan|plein|gracht|kade)"
    rf" \d{{1,4}}(?: ?[a-zA-Z](?!\w))?"
    rf"(?:\s{{0,2}},?\s{{0,2}}(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?: ?[A-Z]{{2}}(?!\w))?,? {_NAME}(?: {_NAME})?)?",
    # Calle Mayor 5, 28013 Madrid; Via Roma 3; Rua Augusta 10; ul. Długa 4
    rf"(?<!\w)(?:Calle|C/|Avenida|Avda\.|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Praça"
    rf"|Travessa|ul\.|ulica|al\.|os\.)"
    rf" ?(?:(?:de|del|da|do|dos|della|la|las|los) ){{0,2}}{_NAME}"
    rf"(?: (?:de |del |da |la )?{_NAME}){{0,3}}{_PLACE_TAIL}",
    # 12 rue de la Paix, 75002 Paris
    rf"(?<!\w)\d{{1,4}}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|bd|place|chemin|allée|impasse|quai|cours)"
    rf"(?: (?:de|du|des|la|le|les|l'|d')){{0,3}} ?{_NAME}(?:[ -](?:de |du |la )?{_NAME}){{0,3}}"
    rf"(?:,? \d{{5}},? {_NAME}(?:[ -]{_NAME}){{0,2}})?",
)
_ADDRESSES = tuple(re.compile(pattern) for pattern in _STREETS)
_CARRIER_NAMES = (
    "Nordpost, SwiftParcel, DHL, UPS, DPD, GLS, Hermes, FedEx, PostNL, Colissimo, Chronopost, "
    "Correos, SEUR, MRW, Bartolini, InPost, Evri, TNT, bpost, Geodis, CTT, Royal Mail, "
    "La Poste, Deutsche Post, Poste Italiane, Mondial Relay, Poczta Polska"
)
_CARRIERS = {name.casefold(): name for name in _CARRIER_NAMES.split(", ")}
_CARRIER = re.compile(r"(?<!\w)(?:" + "|".join(_CARRIERS) + r")(?!\w)", re.IGNORECASE)


def clean_value(text: str) -> str:
    """A value as text: no control or private-use characters, white space joined, of bounded length."""
    return " ".join(visible(text).split())[:VALUE_LIMIT]


def without_cards(text: str) -> str:
    """The text with payment card and bank account numbers masked."""
    text = _CARD_GROUPS.sub(_mask, text)
    text = _LONG_DIGITS.sub(lambda m: _mask(m) if _is_card(m.group()) else m.group(), text)
    return _IBAN.sub(_mask, text)


def find_ids(text: str) -> tuple[list[Found], str]:
    """E-mail addresses, tracking and order numbers, voucher codes; and the text with them masked."""
    text = _URL.sub(_mask, text)
    found: list[Found] = []
    for name, pattern in (
        ("email", _EMAIL),
        ("tracking_number", _TRACKING),
        ("tracking_number", _TRACKING_CUE),
        ("voucher_code", _VOUCHER),
        ("order_id", _ORDER),
        ("order_id", _ORDER_PLAIN),
        ("order_id", _ORDER_HASH),
        ("order_id", _ORDER_CUE),
    ):
        taken = [f for m in pattern.finditer(text) if (f := _id(name, m))]
        found += taken
        for item in taken:
            text = text[: item.start] + MASK * len(item.text) + text[item.start + len(item.text) :]
    return sorted(found, key=lambda item: item.start), text


def _id(name: str, match: re.Match[str]) -> Found | None:
    group = match.lastindex or 0
    written, start = match.group(group), match.start(group)
    if name == "voucher_code" and (match.group(1).strip() or not any(c.isalpha() for c in written)):
        return None
    if name == "tracking_number" and sum(c.isdigit() for c in written) < 6:
        return None
    return Found(name, _normal_id(name, written), written, start)


def _normal_id(name: str, written: str) -> str:
    if name == "email":
        return written.rstrip(".").lower()
    if name == "tracking_number":
        return written.replace(" ", "").upper()
    upper = written.upper()
    prefixed = re.fullmatch(r"([A-Z]{2,5})[- ]?(\d+)", upper)
    return f"{prefixed[1]}-{prefixed[2]}" if prefixed and name == "order_id" else upper.strip()


def find_places(text: str) -> Iterator[Found]:
    """Postal addresses and carriers."""
    for pattern in _ADDRESSES:
        for match in pattern.finditer(text):
            if any(c.isdigit() for c in match.group()):
                yield Found("address", clean_value(match.group()), match.group(), match.start())
    for match in _CARRIER.finditer(text):
        yield Found("carrier", _CARRIERS[match.group().casefold()], match.group(), match.start())


def holds_card(text: str) -> bool:
    """Whether a payment card or bank account number stands in the text."""
    return without_cards(text) != text


def _mask(match: re.Match[str]) -> str:
    return MASK * len(match.group())


def _is_card(written: str) -> bool:
    """The Luhn check over the digits, as card networks define it (ISO/IEC 7812-1)."""
    digits = [int(c) for c in reversed(written) if c.isdigit()]
    doubled = (d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2])
    return len(digits) in CARD_DIGITS and (sum(digits[::2]) + sum(doubled)) % 10 == 0
