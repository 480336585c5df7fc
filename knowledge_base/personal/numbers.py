"""Numbers that stand for a person or an account: cards, IBANs, national and the desk's own numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from knowledge_base.personal.glance import Glance
from knowledge_base.personal.models import Found, PersonalKind
from knowledge_base.personal.words import phrases

CUE_WINDOW = 48
"""Characters before a number in which a word may say what it is."""
_DIGITS = re.compile(r"(?<![\w+.,-])(?!(?:19|20)\d\d-\d\d-\d\d)\d(?:[ -]?\d){11,18}(?![\w-])(?![.,]\d)")
_IBAN = re.compile(
    r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?!\w)", re.IGNORECASE
)
_ISSUERS = "23456"
"""First digits of payment cards (ISO/IEC 7812): travel, banking and merchandising."""
_ANY_ID = re.compile(r"(?<![\w@.-])(?=[A-Z]{0,3}-?\d)[A-Z0-9](?:[-./ ]?[A-Z0-9]){4,17}(?![\w@-])")

# Written forms that no other number has, with the checks of python-stdnum that confirm them.
_SHAPED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\d{3}-\d{2}-\d{4}", ("us.ssn",)),
    (r"\d{3}\.\d{3}\.\d{3}-\d{2}", ("br.cpf",)),
    (r"[XYZ]-?\d{7}-?[A-Z]|\d{8}-?[A-Z]", ("es.nie", "es.dni")),
    (r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]", ("it.codicefiscale",)),
    (r"[12] ?\d{2} ?\d{2} ?\d[0-9AB] ?\d{3} ?\d{3} ?\d{2}", ("fr.nir",)),
    (r"756\.\d{4}\.\d{4}\.\d{2}", ("ch.ssn",)),
    (r"\d{6}[-+A]\d{3}[0-9A-Y]", ("fi.hetu",)),
    (r"\d{6}-\d{4}", ("se.personnummer", "dk.cpr")),
    (r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", ("be.nn",)),
    (r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", ("mx.curp",)),
    (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", ()),  # GB: has no check digit
)
_NATIONAL = re.compile(
    rf"(?<![\w-])(?:{'|'.join(f'(?P<n{n}>{pattern})' for n, (pattern, _) in enumerate(_SHAPED))})(?![\w-])"
)
# Nothing but digits: a word beside them has to say that they are a person's number.
_PLAIN = (
    "nl.bsn", "pl.pesel", "de.idnr", "tr.tckimlik", "gb.nhs", "fr.nir", "br.cpf", "pt.nif", "us.ssn",
    "ro.cnp", "no.fodselsnummer", "se.personnummer", "dk.cpr", "cz.rc", "in_.aadhaar", "es.dni", "es.nie",
    "be.nn",
)  # fmt: skip
_OWN: tuple[tuple[PersonalKind, re.Pattern[str]], ...] = (
    ("tracking_number", re.compile(
        r"(?<!\w)(?:1Z ?(?:[0-9A-Z] ?){15}[0-9A-Z]"
        r"|[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?[A-Z]{2}|[A-Z]{2} ?\d{10})(?!\w)"
    )),
    ("order_id", re.compile(
        r"(?<![\w-])(?!(?:EUR|USD|GBP|CHF|PLN|ISO|RAL|DIN|RFC|CVE)-)[A-Z]{2,5}-\d{5,10}(?![\w-])"
    )),
    ("order_id", re.compile(r"(?<![\w&])#[A-Z]{0,4}-?\d{5,12}(?![\w-])")),
)  # fmt: skip
_CUED: tuple[PersonalKind, ...] = ("order_id", "tracking_number", "customer_id")
_CUED_ID = r"[:#]?\s{0,2}(?:\w{1,8}\s){0,2}[#№]?([A-Z]{0,5}-?\d[A-Z0-9-]{3,19})(?![\w-])"


def find_cards(look: Glance) -> Iterator[Found]:
    """Payment cards: by their check digit and first digit, or because a word says so."""
    from stdnum import luhn

    for match in _DIGITS.finditer(look.text) if look.holds("card") else ():
        digits = re.sub(r"\D", "", match[0])
        said = look.cue("card", match.start(), CUE_WINDOW)
        if digits[0] in _ISSUERS and luhn.is_valid(digits) and (said or len(digits) >= 13):
            yield Found("card", *match.span(), match[0])
        elif said and len(digits) >= 12:
            yield Found("card", *match.span(), match[0], sure=False)


def find_ibans(look: Glance) -> Iterator[Found]:
    """IBANs: by their check digits, or because a word says so."""
    from stdnum import iban

    for match in _IBAN.finditer(look.text) if look.holds("iban") else ():
        if iban.is_valid(match[0], check_country=False):
            yield Found("iban", *match.span(), match[0])
        elif look.cue("iban", match.start(), CUE_WINDOW) and sum(c.isdigit() for c in match[0]) > 9:
            yield Found("iban", *match.span(), match[0], sure=False)


def find_national(look: Glance) -> Iterator[Found]:
    """Numbers that a state gives to a person: by shape and check, or by a word and a check, or by a word."""
    for match in _NATIONAL.finditer(look.text) if look.holds("national") else ():
        names = _SHAPED[int((match.lastgroup or "n0")[1:])][1]
        if not names or any(_valid(name, match[0]) for name in names):
            yield Found("national_id", *match.span(), match[0])
    for match in _ANY_ID.finditer(look.text) if look.has("national_id") else ():
        if sum(c.isdigit() for c in match[0]) > 4 and look.cue("national_id", match.start(), CUE_WINDOW):
            checked = any(_valid(name, match[0]) for name in _PLAIN)
            yield Found("national_id", *match.span(), match[0], sure=checked)


def find_own(look: Glance) -> Iterator[Found]:
    """Numbers by which the desk knows a customer: of orders, parcels, customers, accounts."""
    for kind, pattern in _OWN if look.holds("own") else ():
        for match in pattern.finditer(look.text):
            yield Found(kind, *match.span(), match[0])
    for kind in _CUED:
        yield from _cued(look, kind)


def _cued(look: Glance, kind: PersonalKind) -> Iterator[Found]:
    """Numbers that a word announces."""
    end = 0
    for start in look.at(kind):
        match = _cued_pattern(kind).match(look.text, start) if start >= end else None
        if match is None:
            continue
        end = match.end()
        if sum(c.isdigit() for c in match[1]) > 3:
            yield Found(kind, *match.span(1), match[1])


@lru_cache(maxsize=8)
def _cued_pattern(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?i:{phrases('cues', kind)})(?!\w){_CUED_ID}")


def _valid(name: str, number: str) -> bool:
    return bool(_check(name)(number))


@lru_cache(maxsize=64)
def _check(name: str) -> Callable[[str], Any]:
    check: Callable[[str], Any] = import_module(f"stdnum.{name}").is_valid
    return check
