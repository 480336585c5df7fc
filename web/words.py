"""The plain words that agents read for the codes of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

ADVICE: Mapping[str, str] = {
    "unsupported_amount": "No policy and no message names this amount. Check it, or take it out.",
    "register": "This addresses the customer otherwise than your desk does. Put it right.",
    "unsupported_period": "No policy and no message names this period. Check it, or take it out.",
    "unsupported_date": "No policy and no message names this date. Check it, or take it out.",
    "unsupported_number": "No policy and no message holds this number. Check it, or take it out.",
    "unsupported_name": "No message and no policy names this. Check the spelling, or take it out.",
    "unsupported_address": "This address stands in no policy and no message. Check it, or take it out.",
    "unsupported_promise": "Neither the draft nor the policy shown promises this. Check that you may.",
    "changed_value": "The draft said something else here, and that was proven. Check that this is meant.",
    "open_gap": "This is still to be filled in.",
    "unsupported_link": "This address stands in no policy and no message. Check it, or take it out.",
    "above_authority": "This is more than an agent may grant alone. Lower it, or pass the case on.",
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
NOT_POLISHED: Mapping[str, str] = {
    "another_text": "it says something else",
    "bad_response": "the server's answer was no text",
    "busy": "too many drafts are being polished at the moment; try again",
    "cut_off": "the new wording was cut off",
    "fact_changed": "a figure, date or link would have changed",
    "key_refused": "the server refuses the key",
    "language_not_proven": "only English, Spanish, French and German wordings can be proven",
    "layout_changed": "the paragraphs would have changed",
    "length": "the new wording is far longer or shorter",
    "limit_lost": "a condition or a limit would have been lost",
    "markup": "the new wording isn't plain text",
    "negation_changed": 'a "not" would have come, gone or moved',
    "new_figure": "the new wording holds a figure that your draft doesn't",
    "new_link": "the new wording holds an address that your draft doesn't",
    "new_name": "the new wording holds a name that your draft doesn't",
    "new_promise": "the new wording promises, admits or reports something that your draft doesn't",
    "new_warning": "the new wording says something that nothing backs",
    "no_text": "the model gave no text",
    "nothing_to_polish": "there is nothing between the greeting and the closing",
    "preamble": "the answer talks about the reply instead of being it",
    "promise_lost": "something that your draft holds out would have been lost",
    "rate_limited": "the server asks us to slow down",
    "strange_characters": "the new wording holds characters that don't belong in a letter",
    "timeout": "the model took too long",
    "too_long": "it is too long for that",
    "unavailable": "the server can't be reached or failed",
    "unchanged": "the model would say it the same way",
    "value_lost": "a value or a gap was lost, doubled, moved or changed",
    "wrong_language": "the new wording is in another language",
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


def shortened(text: str, most: int) -> str:
    """A text on one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def slot_label(name: str) -> str:
    """What an agent calls a slot."""
    return SLOTS.get(name, plain(name))


def advice(code: str, source: str | None = None) -> str:
    """What to do about a warning; `source` is the clause that it offends, or what to write instead."""
    if code == "wording" and source:
        return f"This reads badly to a customer. Instead: {source}"
    told = ADVICE.get(code, f"{plain(code).capitalize()}: check this before you send the reply.")
    return f"{told} ({source.removeprefix('article:')})" if source else told


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
        case "register":
            return f"“{rest}” addresses the customer otherwise than your desk does. Put it right."
        case "doubtful":
            return f"Read back, {MOVES.get(rest, 'a part')} says something else. Check it word by word."
        case "translation_failed":
            return f"The translation of {MOVES.get(rest, 'a part')} failed its checks and is not used."
    return FLAGS.get(code, f"{plain(code).capitalize()}.")


def not_polished(reason: str) -> str:
    """Why a draft stands as it is."""
    return f"Your draft stays as it is: {NOT_POLISHED.get(reason, plain(reason))}."


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
