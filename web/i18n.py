"""The interface's language: chosen for each request, its texts from the gettext catalogues in `locale/`."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from knowledge_base.sayings import Saying

ENGLISH = "en"
INTERFACE = {"en": "English", "es": "Español", "de": "Deutsch", "ar": "العربية"}
"""The languages that the pages are written in, by their own names; the texts in the code are English."""
COOKIE = "interface"
"""The cookie that holds the language an agent chose; without it the browser's wish decides."""
LOCALES = Path(__file__).parent / "locale"

_TWO = ("one", "other")
FORMS = {"es": _TWO, "de": _TWO, "ar": ("zero", "one", "two", "few", "other", "many")}
"""The plural categories of CLDR in the order of gettext's forms: scripts choose among them by name."""

_language: ContextVar[str] = ContextVar("interface", default=ENGLISH)


@dataclass(frozen=True, slots=True)
class Interface:
    """What a page says of its language: its code, its direction, and its scripts' texts."""

    code: str
    dir: str
    words: dict[str, Any]


def chosen() -> str:
    """The language of the request that is being answered."""
    return _language.get()


def interface() -> Interface:
    """The language of the request, as a page states it."""
    code = chosen()
    return Interface(code, Locale.parse(code).text_direction, script_words(code))


def gettext(text: str, **values: object) -> str:
    """A text in the request's language, its `%(name)s` filled in."""
    if not text:
        return text  # a catalogue's entry for it is its own head
    if isinstance(text, Saying):
        told = [(name, _told(one)) for name, one in text.values.items()]
        if text.many is not None:
            return ngettext(text.template, text.many, int(str(text.values["num"])), **dict(told))
        return gettext(text.template, **dict(told))
    found = catalogue(chosen()).gettext(text)
    return found % values if values else found


def _told(value: object) -> object:
    if isinstance(value, Saying):
        return gettext(value)
    return day(value, year=True) if isinstance(value, date) else value


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """A text that counts, in the form that the language has for this number; `%(num)s` is the number."""
    told: str = catalogue(chosen()).ngettext(one, many, count)
    return told % ({"num": count} | values)


def mark(text: str) -> str:
    """Marks a text for the catalogues where it stands in a table; `gettext` tells it where it is shown."""
    return text


def day(at: date, *, time: bool = False, year: bool = False, week: bool = False) -> str:
    """A day, with its time of day, year or day of the week if wanted, as the language writes it."""
    skeleton = ("y" if year else "") + "MMMd" + ("E" if week else "")
    told = format_skeleton(skeleton, at, locale="en_GB" if chosen() == ENGLISH else chosen())
    return f"{told}, {at:%H:%M}" if time else told


def negotiate(headers: Headers) -> str:
    """The language for a request: the agent's choice, else the first that the browser wants, else English."""
    wanted = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    if wanted in INTERFACE:
        return wanted
    accepted = [part.partition(";") for part in headers.get("accept-language", "")[:500].split(",")]
    ranked = sorted(accepted, key=lambda part: -_weight(part[2]))
    tags = [tag.strip().lower() for tag, _, rest in ranked if tag.strip() and _weight(rest) > 0]
    return negotiate_locale(tags, list(INTERFACE), sep="-") or ENGLISH


def _weight(rest: str) -> float:
    name, _, value = rest.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


class Interpreter:
    """ASGI middleware: answers each request in its language, and says so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the language for whatever answers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        language = negotiate(Headers(scope=scope))

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["content-language"] = language
                    headers.add_vary_header("accept-language")
                    headers.add_vary_header("cookie")
            await send(message)

        token = _language.set(language)
        try:
            await self.app(scope, receive, send_with_language)
        finally:
            _language.reset(token)


@lru_cache(maxsize=len(INTERFACE))
def catalogue(language: str) -> NullTranslations:
    """The texts of a language; English ones stand for themselves."""
    if language == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, written(language))
    compiled.seek(0)
    return Translations(compiled)


def written(language: str) -> Catalog:
    """The catalogue of a language as its translators wrote it."""
    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@lru_cache(maxsize=len(INTERFACE))
def script_words(language: str) -> dict[str, Any]:
    """What the pages' scripts say: by the English text a text, or the forms of one that counts."""
    if language == ENGLISH:
        return {}
    found: dict[str, Any] = {}
    for message in written(language):
        told: Any = message.string
        if not message.id or not any(name.endswith(".js") for name, _ in message.locations):
            continue
        if isinstance(message.id, str):
            found[message.id] = told
        else:
            found[message.id[0]] = dict(zip(FORMS[language], told, strict=True))
    return found
