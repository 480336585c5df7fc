"""Where a person is reached: e-mail, phone, and the addresses of machines and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from knowledge_base.personal.glance import Glance
from knowledge_base.personal.models import Found

CUE_WINDOW, CUE_BEHIND = 40, 12
MIN_DIGITS, MAX_DIGITS = 6, 15
_EMAIL = re.compile(r"(?<![\w.+%-])[\w+%-][\w.+%'-]{0,63}@(?:[\w-]{1,63}\.){1,6}[^\W\d_][\w-]{1,30}")
_URL = re.compile(r"(?<![\w@])(?:(?:https?|ftp)://|www\.)[^\s<>\"|]{1,2000}", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]{1,63}\.){1,4}"
    r"(?:com|org|net|io|eu|de|fr|es|it|nl|pl|pt|uk|co|dev|shop|info|ch|at|be)"
    r"(?:/[^\s<>\"|]{0,500})?(?![\w@.-]{0,3}\w)",
    re.IGNORECASE,
)
_TAIL = ".,;:!?)]}'»”’*_"
_LEADS = re.compile(
    r"\?\S{0,80}=[^\s&`]|@|\d{6}|[0-9a-f]{32}|/(?:users?|u|profiles?|accounts?|members?|customers?)/",
    re.IGNORECASE,
)
"""What of a link may name a person: a query, a long number, somebody's own page."""
_IP4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
_SPACE, _DASH = r"[ \u00a0\u2009\u202f]", "-‐‑‒–−－"
# No two of these fit the same characters, or the time to fail would double with each.
_BETWEEN = (
    rf"(?:{_SPACE}?[{_DASH}./(]{_SPACE}?\(?|{_SPACE}|{_SPACE}?\){_SPACE}?(?:[{_DASH}./]{_SPACE}?)?\(?)?"
)
_EXTENSION = (
    r"(?P<extension>,?\s?(?i:;ext=|#|(?:x|ext|extn|extension|durchwahl|dw|int|interno|poste|toestel|wewn?"
    r"|anexo|ramal)\.?:?)\s?\d{1,5})?"
)
_PHONE = re.compile(
    rf"(?:(?<![{_DASH}\w./#+])(?<!\d,)|(?<=[Tt]el\.)|(?<=[Ff]ax\.))(?:\(?[+＋]{_SPACE}?|00)?\(?\d"
    rf"(?:{_BETWEEN}\d){{4,16}}{_EXTENSION}(?![\w%€$£])(?![.,]\d)"
)
_NO_PHONE = re.compile(
    rf"\d{{4}}[{_DASH}./]\d{{1,2}}[{_DASH}./]\d{{1,2}}(?: \d.*)?"
    rf"|\d{{1,2}}[{_DASH}./]\d{{1,2}}[{_DASH}./](?:19|20)?\d{{2}}(?: \d.*)?"
    rf"|(?:19|20)\d{{2}}\s?[{_DASH}]\s?(?:19|20)?\d{{2}}|\d+\s[{_DASH}]\s\d+|[1-9]\d*–\d+"
    r"|(?!0\d)\d{1,3}(?:\.\d{3})+|(?!0\d)\d{1,4}\.\d+|97[89](?:[ -]?\d){10}"
    r"|(?!0[1-9]\d{0,4}/(?!(?:19|20)\d\d$)\d{4,9}$)\d+/\d+(?:/\d+)*"
)
"""Dates, years, ranges, thousands, decimals, books, fractions: groups of digits that nobody dials."""
_GAP = rf"(?:\){_SPACE}?|{_SPACE}|\)?[{_DASH}./])"
_TRUNK = re.compile(rf"\(?0[1-9](?:\d{{1,3}}{_GAP}\d{{5,8}}|{_GAP}\d{{8,9}})")
"""A national number in two groups: the trunk's nought, an area, and the rest."""
_COUNTED = re.compile(
    r"(?!1\.\d{3}\.)(?=(?:\d+\.)*\d(?:\.|$))\d+(?:\.\d+)+|(?:\d{3}\.){3}\d{3}|(?:\d ){3,}\d+(?: \d+)*"
)
"""Versions, addresses of machines, numbers one by one."""
_THOUSANDS = re.compile(r"\d{1,3}(?:[ \u00a0]\d{3})+")
_REGIONS = {
    "en": ("US", "GB"), "de": ("DE", "AT", "CH"), "es": ("ES", "MX"), "fr": ("FR", "BE"), "it": ("IT",),
    "pt": ("PT", "BR"), "nl": ("NL",), "pl": ("PL",), "tr": ("TR",), "ja": ("JP",), "zh": ("CN",),
}  # fmt: skip

_TRUNKED = frozenset({"GB", "DE", "AT", "CH", "FR", "BE", "NL", "JP"})
"""Where a number is written with its nought; without one almost any digits would dial."""


def find_emails(look: Glance) -> Iterator[Found]:
    """E-mail addresses."""
    for match in _EMAIL.finditer(look.text) if look.holds("email") else ():
        written = match[0].rstrip("-")
        yield Found("email", match.start(), match.start() + len(written), written)


def find_links(look: Glance) -> Iterator[Found]:
    """Links: `url` where one may lead to a person, `web_page` where it is just a page."""
    for pattern, shape in ((_URL, "link"), (_BARE, "host")):
        for match in pattern.finditer(look.text) if look.holds(shape) else ():
            written = match[0].rstrip(_TAIL)
            rest = written.partition("://")[2] or written
            kind = "url" if _LEADS.search(rest) else "web_page"
            yield Found(kind, match.start(), match.start() + len(written), written)  # type: ignore[arg-type]


def find_ips(look: Glance) -> Iterator[Found]:
    """Addresses of machines, version 4 and 6."""
    for pattern, shape in ((_IP4, "dots"), (_IP6, "colons")):
        for match in pattern.finditer(look.text) if look.holds(shape) else ():
            if _is_ip(match[0]):
                yield Found("ip", *match.span(), match[0])


def find_phones(look: Glance, language: str | None) -> Iterator[Found]:
    """Phone numbers: what dials by phonenumbers, or looks like one where a word or its groups say so."""
    for match in _PHONE.finditer(look.text) if look.holds("phone") else ():
        number = match[0].removesuffix(match["extension"] or "")
        digits = sum(c.isdigit() for c in number)
        if not MIN_DIGITS <= digits <= MAX_DIGITS or _NO_PHONE.fullmatch(number) or _open(number):
            continue
        said = look.cue("phone", match.start(), CUE_WINDOW) or look.cue(
            "phone", match.end(), CUE_BEHIND, after=True
        )
        dials = _dials(number, language)
        if dials or said or (_grouped(number, digits) and not _THOUSANDS.fullmatch(number)):
            yield Found("phone", *match.span(), match[0], sure=dials or said)


def _open(written: str) -> bool:
    """Whether a bracket is opened and not closed: two figures, the second in brackets."""
    return written.count("(") != written.count(")")


def _is_ip(written: str) -> bool:
    try:
        return ip_address(written).packed.strip(b"\0") != b""
    except ValueError:
        return False


def _grouped(written: str, digits: int) -> bool:
    """Whether digits stand in groups as those of a phone number do: three or more, or behind 0 or +."""
    if _TRUNK.fullmatch(written):
        return True
    if _apart(written) or _COUNTED.fullmatch(written):
        return False
    groups = re.findall(r"\d+", written)
    if digits < 7 or not all(len(one) <= 5 for one in groups):
        return written.startswith("+") and digits >= 8
    begins = written[0] in "+0("
    return len(groups) >= 3 or (begins and len(groups) == 2)


def _apart(written: str) -> bool:
    """Whether a space follows the plus: a sum may be written so."""
    return written[0] in "+＋" and written[1].isspace()


def _dials(written: str, language: str | None) -> bool:
    import phonenumbers

    primary, _, region = (language or "").partition("-")
    regions = (region.upper(),) if len(region) == 2 else _REGIONS.get(primary, _REGIONS["en"])
    number = "+" + written[2:] if written.startswith("00") else written
    trunk = number.lstrip("(").startswith("0")
    for one in (None,) if number[0] in "+＋" else regions:
        if one in _TRUNKED and not trunk:
            continue
        try:
            parsed = phonenumbers.parse(number, one)
        except phonenumbers.NumberParseException:
            continue
        loose = one is None and not _apart(number)
        if phonenumbers.is_possible_number(parsed) if loose else phonenumbers.is_valid_number(parsed):
            return True
    return False
