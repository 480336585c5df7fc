"""Names of persons and of the desk's products, as customers and agents write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from copilot.understand.lexicon import Lexicon, load_set, split_words
from copilot.understand.slot_patterns import Found
from copilot.understand.text import fold, sign_off_name

_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_PERSON = rf"{_UPPER}[^\W\d_]{{0,24}}(?:['’-][^\W\d_]{{1,24}}){{0,2}}"
_FULL_NAME = (
    rf"{_PERSON}(?: (?:(?:de|da|do|dos|del|di|la|le|van|von|der|den|ten|el) ){{0,2}}{_PERSON}){{0,3}}"
)
_INTRODUCED = re.compile(
    r"(?<!\w)(?i:my name is|my name's|i am called|name:|me llamo|mi nombre es|soy|je m['’]appelle|mon nom est"
    r"|ich hei(?:ß|ss)e|mein name ist|mi chiamo|il mio nome è|sono la signora|chamo-me|me chamo"
    r"|o meu nome é|meu nome é"
    rf"|mijn naam is|ik heet|nazywam się|mam na imię)\s{{1,3}}({_FULL_NAME})"
)
_ONLY_NAME = re.compile(rf"[-–—~ ]{{0,3}}({_FULL_NAME})[.!]?$")
_GREETED = re.compile(
    r"^\s{0,3}(?i:hi|hello|dear|hey|good (?:morning|afternoon|evening)|hola|buenos días"
    r"|buenas tardes|estimad[oa]"
    r"|bonjour|chère?|hallo|guten (?:tag|morgen)|liebe[r]?"
    r"|sehr geehrte[r]?|ciao|buongiorno|gentile|olá|bom dia|boa tarde"
    r"|car[oa]|beste|geachte|dzień dobry|szanowna?)\s"
    r"(?i:(?:mr|mrs|ms|miss|dr|herr|frau|señora?|sra?|monsieur|madame|signora?|senhora?"
    r"|mevrouw|meneer|pani?)\.?\s)?"
    rf"({_FULL_NAME})(?=[,!.:\n]|$)"
)
_CLOSED = re.compile(
    r"(?:thanks|thank you|regards|cheers|gracias|saludos|merci|cordialement|danke|dank"
    r"|gr(?:ü|ue)(?:ß|ss)en?|grazie"
    r"|saluti|obrigad[oa]|cumprimentos|bedankt|groet(?:en|jes)?|dzięki|dziękuję|pozdrawiam)[ ,.!]{0,3}$",
    re.IGNORECASE,
)
NAME_LINE_WORDS = 3


def introduced_name(text: str) -> Found | None:
    """The name by which the customer introduces themselves or signs."""
    match = _INTRODUCED.search(text)
    if match and _is_name(match[1]):
        return Found("customer_name", match[1], match[1], match.start(1))
    line = sign_off_name(text) or _closing_line(text)
    signed = _ONLY_NAME.match(line) if len(line.split()) <= NAME_LINE_WORDS else None
    if signed and _is_name(signed[1]):
        return Found("customer_name", signed[1], signed[1])
    return None


def _closing_line(text: str) -> str:
    """The last line, if the one before ends with thanks or a sign-off."""
    lines = [line.strip() for line in text[-200:].strip().split("\n") if line.strip()]
    return lines[-1] if len(lines) > 1 and _CLOSED.search(lines[-2]) else ""


def greeted_name(text: str) -> Found | None:
    """The name by which an agent addresses the customer."""
    match = _GREETED.match(text)
    if match and _is_name(match[1]):
        return Found("customer_name", match[1], match[1], match.start(1))
    return None


def _is_name(written: str) -> bool:
    return not load_set("smalltalk", "no_names").intersection(fold(written).split())


def find_products(text: str, products: tuple[str, ...]) -> Iterator[Found]:
    """The desk's products, whatever the case and accents; the longest of overlapping names first."""
    if not products:
        return
    lexicon, names = _product_lexicon(products)
    hits = sorted(lexicon.find(split_words(text)), key=lambda hit: (hit.start, -hit.end))
    for hit in hits:
        name = names[hit.group]
        written = re.search(re.escape(name), text, re.IGNORECASE)
        yield Found("product", name, written.group() if written else name)


@lru_cache(maxsize=8)
def _product_lexicon(products: tuple[str, ...]) -> tuple[Lexicon, dict[str, str]]:
    names = {str(at): name for at, name in enumerate(products) if split_words(name).words}
    return Lexicon({at: [" ".join(split_words(name).words)] for at, name in names.items()}), names
