"""The plain words that agents read for the codes of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

ADVICE: Mapping[str, str] = {
    "unsupported_amount": "No policy and no message names this amount. Check it, or take it out.",
    "unsupported_period": "No policy and no message names this period. Check it, or take it out.",
    "unsupported_date": "No policy and no message names this date. Check it, or take it out.",
    "unsupported_link": "This address stands in no policy and no message. Check it, or take it out.",
    "gap": "This value isn't known. Fill it in before you send the reply.",
}
FLAGS: Mapping[str, str] = {
    "empty": "The translator gave nothing back. Write this reply yourself, or in a language you share.",
    "error_page": "The translator answered with an error page. Don't send this version.",
    "ids_changed": "An order, tracking or ticket number differs from your draft. Compare before you send.",
    "length_out_of_proportion": "The length is out of proportion to your draft: something may be missing.",
    "numbers_changed": "A number differs from your draft. Compare before you send.",
    "urls_changed": "A web address differs from your draft. Compare before you send.",
    "wrong_language": "This doesn't seem to be the customer's language. Don't send it unread.",
}
REASONS: Mapping[str, str] = {
    "rate_limited": "it asks us to slow down",
    "unavailable": "it can't be reached",
    "timeout": "it took too long",
    "key_refused": "it refuses our key",
    "bad_response": "its answer was no translation",
    "unsupported_pair": "it doesn't know these languages",
    "too_long": "the text is too long for it",
}
MOVES: Mapping[str, str] = {
    "greet": "the greeting",
    "acknowledge": "the acknowledgement",
    "act": "what we do",
    "answer": "the answer to the question",
    "limits": "limits and conditions",
    "next": "what happens next",
    "close": "the closing",
}
SLOTS: Mapping[str, str] = {
    "order_id": "order number",
    "customer_name": "customer's name",
    "agent_name": "your name",
    "email": "e-mail address",
}
KINDS: Mapping[str, str] = {
    "template": "Reply template",
    "slot": "From this conversation",
    "policy": "Policy",
    "case": "Similar case",
    "gap": "To be filled in",
}
CONFIDENCE = ((0.85, "very likely helps"), (0.65, "likely helps"), (0.45, "may help"), (0.0, "a long shot"))
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})


def plain(code: str) -> str:
    """A code as words: `lost_parcel` is `lost parcel`."""
    return code.replace("_", " ").replace("-", " ").strip()


def slot_label(name: str) -> str:
    """What an agent calls a slot."""
    return SLOTS.get(name, plain(name))


def advice(code: str) -> str:
    """What to do about a warning."""
    return ADVICE.get(code, f"{plain(code).capitalize()}: check this before you send the reply.")


def flag(code: str) -> str:
    """What a flag of the customer's version means, and what to do."""
    what, _, rest = code.partition(":")
    name, _, reason = rest.partition(":")
    match what:
        case "failed" | "skipped" if rest:
            verb = "could not translate" if what == "failed" else "was passed over"
            return f"The translator {name} {verb}: {REASONS.get(reason, plain(reason) or 'no reason given')}."
        case "missing":
            return f"Left out, as nothing says it in this language: {MOVES.get(rest, plain(rest))}. Add it."
        case "precedent":
            return f"What we do is taken from case {rest}, which was answered in this language. Compare it."
        case "translation_failed":
            return f"The translation of {MOVES.get(rest, 'a part')} failed its checks and is not used."
    return FLAGS.get(code, f"{plain(code).capitalize()}.")


def notice(code: str) -> str:
    """Why something is missing from a suggestion."""
    what, _, language = code.partition(":")
    match what:
        case "no_template_or_translator":
            return (
                f"No version in {language_name(language)}: no reply template is written in it and no "
                "translator is configured. Set PRECEDENT_TRANSLATORS, or write in a language that you share."
            )
        case "translation_failed":
            return (
                f"No version in {language_name(language)}: the translator failed. Try again, or write it "
                "yourself."
            )
    return f"{plain(code).capitalize()}." if code.isidentifier() else code


def confidence_words(confidence: float) -> str:
    """A probability in words."""
    return next(words for floor, words in CONFIDENCE if confidence >= floor)


def direction(language: str | None) -> str:
    """Which way a language is written, for an element's `dir`."""
    if language is None:
        return "auto"
    base, *rest = language.lower().split("-")
    if "latn" in rest:
        return "ltr"
    return "rtl" if base in RIGHT_TO_LEFT or {"arab", "hebr"} & set(rest) else "ltr"


@lru_cache(maxsize=256)
def language_name(code: str) -> str:
    """A language's English name, or its code where Babel knows none."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code, sep="-").get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code
