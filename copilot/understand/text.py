"""Cleaning, quoting and folding of customers' text; every step is linear in its length."""

from __future__ import annotations

import re
import unicodedata

HEAD, TAIL = 8_000, 2_000
"""How much of one message is read: no honest message is longer, and hostile ones cost no more."""

# Control characters but tab and newline, zero-width and bidi controls, private use, surrogates, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_SPACES = re.compile(r"[ \t]{3,}")
_LINES = re.compile(r"\n\s*\n")
_MARKS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "’": "'", "ʼ": "'", "`": "'"}
)
_ORIGINAL = re.compile(
    r"^[ \t]*(?:-{2,}|_{5,})[ \t]*(?:original|forwarded|urspr|weitergeleitet|mensaje"
    r"|message|messaggio|mensagem"
    r"|oorspronk|doorgestuurd|wiadomo)[^\n]{0,60}$"
    r"|^[ \t]*(?:from|von|de|da|van|od)[ \t]?:[^\n]{0,200}\n[ \t]*(?:sent|date|gesendet|datum|enviado|fecha"
    r"|envoy|inviato|data|verzonden|wys)[^\n]{0,12}:",
    re.IGNORECASE | re.MULTILINE,
)
_WROTE = re.compile(
    r"^[ \t]*(?:on|am|le|el|il|em|op|w dniu|dnia)\b[^\n]{4,160}(?:\n[^\n]{0,80})?"
    r"(?:wrote|schrieb|[ée]crit|escribi[óo]|ha scritto|escreveu|schreef|pisze|napisał\w*)[^\n]{0,80}:[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED = re.compile(r"^[ \t]*>[^\n]*(?:\n|$)", re.MULTILINE)
_DEVICE = re.compile(
    r"^[ \t]*(?:sent from|von meinem|gesendet von|gesendet mit|enviado desde|enviado do|envoyé de|inviato da"
    r"|verzonden vanaf|verstuurd vanaf|wysłane z|get outlook)\b[^\n]{0,60}$",
    re.IGNORECASE | re.MULTILINE,
)
_DASHES = re.compile(r"^--[ \t]*$", re.MULTILINE)
_SIGN_OFF = re.compile(
    r"^[ \t]*(?:(?:kind|best|warm|many)?[ \t]?regards|yours (?:sincerely|faithfully|truly)"
    r"|sincerely|best wishes"
    r"|cheers|mit freundlichen gr(?:ü|ue)(?:ß|ss)en|(?:viele|beste|liebe|freundliche) gr(?:ü|ue)(?:ß|ss)e"
    r"|lg|mfg|vg|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|(?:bien )?cordialement"
    r"|(?:bien à vous)|cordiali saluti|distinti saluti|(?:com os )?(?:melhores )?cumprimentos|atenciosamente"
    r"|met vriendelijke groet(?:en)?|(?:vriendelijke )?groet(?:en|jes)?|mvg|(?:z powa[żz]aniem|pozdrawiam))"
    r"[ \t]*[,.!]?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_MACHINE = re.compile(
    r"^\s*(?:\[[^\]\n]{0,200}\]|<[^>\n]{0,200}>|\*{2,5}[^*\n]{1,200}\*{2,5})\s*$"
    r"|^\s*\[?(?:system|bot|chatbot|auto-?reply|automatic reply|automatische antwort|out of office"
    r"|respuesta automática|réponse automatique|risposta automatica|resposta automática"
    r"|automatisch antwoord)\]?\s*[:\]–-]",
    re.IGNORECASE,
)
_QUOTE_HINTS = (">", "--", "__", ":")
SIGNATURE_LINES = 6


def visible(text: str) -> str:
    """The text without control, bidi and private-use characters, of bounded length."""
    if len(text) > HEAD + TAIL:
        text = text[:HEAD] + "\n" + text[-TAIL:]
    if text.isascii() and text.isprintable():
        return _SPACES.sub("  ", text) if "   " in text else text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\xa0", " ")
    return _LINES.sub("\n\n", _SPACES.sub("  ", _UNSEEN.sub("", text)))


def own_words(text: str) -> str:
    """What the person wrote here: no quoted mail, signature, or line of a machine."""
    text = visible(text)
    if _MACHINE.match(text):
        return ""
    if "\n" not in text:
        return text.strip()
    return _without_signature(_without_quotes(text)).strip()


def _without_quotes(text: str) -> str:
    if not any(hint in text for hint in _QUOTE_HINTS):
        return text
    if found := _ORIGINAL.search(text):
        text = text[: found.start()]
    if found := _WROTE.search(text):
        rest = text[found.end() :]
        text = text[: found.start()] + (rest if _QUOTED.search(rest) else "")
    return _QUOTED.sub("", text)


def _without_signature(text: str) -> str:
    for pattern in (_DASHES, _DEVICE):
        if found := pattern.search(text):
            text = text[: found.start()]
    found = _SIGN_OFF.search(text, _last_lines(text))
    return text[: found.start()] if found else text


def _last_lines(text: str) -> int:
    """Where the lines begin that a sign-off with its signature may fill."""
    at = len(text)
    for _ in range(SIGNATURE_LINES + 1):
        at = text.rfind("\n", 0, at)
        if at < 0:
            return 0
    return at + 1


def sign_off_name(text: str) -> str:
    """The line under a sign-off, where a person puts their name; empty where there is none."""
    text = visible(text)
    found = _SIGN_OFF.search(text, _last_lines(text))
    lines = text[found.end() :].split("\n") if found else []
    return next((line.strip() for line in lines if line.strip()), "")


def fold(text: str) -> str:
    """Lower case, without accents, with plain apostrophes: what word lists are compared with."""
    text = text.casefold()
    if text.isascii():
        return text.replace("`", "'")
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(_LETTERS)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word."""
    if len(text) <= limit:
        return text
    head, _, _ = text[: limit + 1].rpartition(" ")
    return (head if len(head) > limit // 2 else text[:limit]).rstrip()
