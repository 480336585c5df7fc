"""The plain words that agents read for the codes of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from web.i18n import chosen, gettext, mark

ADVICE: Mapping[str, str] = {
    "unsupported_amount": mark("No policy and no message names this amount. Check it, or take it out."),
    "register": mark("This addresses the customer otherwise than your desk does. Put it right."),
    "unsupported_period": mark("No policy and no message names this period. Check it, or take it out."),
    "unsupported_date": mark("No policy and no message names this date. Check it, or take it out."),
    "unsupported_number": mark("No policy and no message holds this number. Check it, or take it out."),
    "unsupported_name": mark("No message and no policy names this. Check the spelling, or take it out."),
    "unsupported_address": mark("This address stands in no policy and no message. Check it, or take it out."),
    "unsupported_promise": mark("Neither the draft nor the policy shown promises this. Check that you may."),
    "changed_value": mark(
        "The draft said something else here, and that was proven. Check that this is meant."
    ),
    "open_gap": mark("This is still to be filled in."),
    "unsupported_link": mark("This address stands in no policy and no message. Check it, or take it out."),
    "above_authority": mark("This is more than an agent may grant alone. Lower it, or pass the case on."),
    "gap": mark("This value isn't known. Fill it in before you send the reply."),
}
FLAGS: Mapping[str, str] = {
    "empty": mark("The translator gave nothing back. Write this reply yourself, or in a language you share."),
    "error_page": mark("The translator answered with an error page. Don't send this version."),
    "ids_changed": mark(
        "An order, tracking or ticket number differs from your draft. Compare before you send."
    ),
    "length_out_of_proportion": mark(
        "The length is out of proportion to your draft: something may be missing."
    ),
    "numbers_changed": mark("A number differs from your draft. Compare before you send."),
    "urls_changed": mark("A web address differs from your draft. Compare before you send."),
    "wrong_language": mark("This doesn't seem to be the customer's language. Don't send it unread."),
}
REASONS: Mapping[str, str] = {
    "rate_limited": mark("it asks us to slow down"),
    "unavailable": mark("it can't be reached"),
    "timeout": mark("it took too long"),
    "key_refused": mark("it refuses our key"),
    "bad_response": mark("its answer was no translation"),
    "unsupported_pair": mark("it doesn't know these languages"),
    "too_long": mark("the text is too long for it"),
}
NOT_POLISHED: Mapping[str, str] = {
    "another_text": mark("it says something else"),
    "bad_response": mark("the server's answer was no text"),
    "busy": mark("too many drafts are being polished at the moment; try again"),
    "cut_off": mark("the new wording was cut off"),
    "fact_changed": mark("a figure, date or link would have changed"),
    "key_refused": mark("the server refuses the key"),
    "language_not_proven": mark("only English, Spanish, French and German wordings can be proven"),
    "layout_changed": mark("the paragraphs would have changed"),
    "length": mark("the new wording is far longer or shorter"),
    "limit_lost": mark("a condition or a limit would have been lost"),
    "markup": mark("the new wording isn't plain text"),
    "negation_changed": mark('a "not" would have come, gone or moved'),
    "new_figure": mark("the new wording holds a figure that your draft doesn't"),
    "new_link": mark("the new wording holds an address that your draft doesn't"),
    "new_name": mark("the new wording holds a name that your draft doesn't"),
    "new_promise": mark("the new wording promises, admits or reports something that your draft doesn't"),
    "new_warning": mark("the new wording says something that nothing backs"),
    "no_text": mark("the model gave no text"),
    "nothing_to_polish": mark("there is nothing between the greeting and the closing"),
    "preamble": mark("the answer talks about the reply instead of being it"),
    "promise_lost": mark("something that your draft holds out would have been lost"),
    "rate_limited": mark("the server asks us to slow down"),
    "strange_characters": mark("the new wording holds characters that don't belong in a letter"),
    "timeout": mark("the model took too long"),
    "too_long": mark("it is too long for that"),
    "unavailable": mark("the server can't be reached or failed"),
    "unchanged": mark("the model would say it the same way"),
    "value_lost": mark("a value or a gap was lost, doubled, moved or changed"),
    "wrong_language": mark("the new wording is in another language"),
}
MOVES: Mapping[str, str] = {
    "greet": mark("the greeting"),
    "acknowledge": mark("the acknowledgement"),
    "act": mark("what we do"),
    "answer": mark("the answer to the question"),
    "limits": mark("limits and conditions"),
    "next": mark("what happens next"),
    "close": mark("the closing"),
}
SLOTS: Mapping[str, str] = {
    "order_id": mark("order number"),
    "customer_name": mark("customer's name"),
    "agent_name": mark("your name"),
    "email": mark("e-mail address"),
}
KINDS: Mapping[str, str] = {
    "template": mark("Reply template"),
    "slot": mark("From this conversation"),
    "policy": mark("Policy"),
    "case": mark("Similar case"),
    "gap": mark("To be filled in"),
}
CONFIDENCE = (
    (0.85, mark("very likely helps")),
    (0.65, mark("likely helps")),
    (0.45, mark("may help")),
    (0.0, mark("a long shot")),
)
EMOTIONS: Mapping[str, str] = {
    "neutral": mark("neutral"),
    "pleased": mark("pleased"),
    "confused": mark("confused"),
    "worried": mark("worried"),
    "disappointed": mark("disappointed"),
    "frustrated": mark("frustrated"),
    "angry": mark("angry"),
}
GRANTS: Mapping[str, str] = {
    "voucher": mark("voucher"),
    "credit": mark("credit"),
    "goodwill": mark("goodwill"),
    "discount": mark("discount"),
    "fee_waiver": mark("fee waiver"),
    "late_return": mark("late return"),
    "warranty": mark("warranty"),
    "refund": mark("refund"),
    "replacement": mark("replacement"),
    "exception": mark("exception"),
}
SITUATIONS: Mapping[str, str] = {
    "aggressive_customer": mark("aggressive customer"),
    "service_failure": mark("service failure"),
    "policy_restriction": mark("policy restriction"),
    "emergency": mark("emergency"),
    "unreasonable_demand": mark("unreasonable demand"),
    "language_barrier": mark("language barrier"),
    "complex_technical": mark("complex technical"),
    "expectations": mark("expectations"),
    "negative_feedback": mark("negative feedback"),
    "customer_dispute": mark("customer dispute"),
}
URGENCIES: Mapping[str, str] = {
    "low": mark("low"),
    "normal": mark("normal"),
    "high": mark("high"),
    "critical": mark("critical"),
}
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
    return gettext(SLOTS[name]) if name in SLOTS else plain(name)


def grant_words(kind: str) -> str:
    """What is granted, in words."""
    return gettext(GRANTS[kind]) if kind in GRANTS else plain(kind)


def emotion_words(emotion: str) -> str:
    """A mood in words."""
    return gettext(EMOTIONS[emotion]) if emotion in EMOTIONS else emotion


def advice(code: str, source: str | None = None) -> str:
    """What to do about a warning; `source` is the clause that it offends, or what to write instead."""
    if code == "wording" and source:
        return gettext("This reads badly to a customer. Instead: %(instead)s", instead=source)
    told = (
        gettext(ADVICE[code])
        if code in ADVICE
        else gettext("%(what)s: check this before you send the reply.", what=plain(code).capitalize())
    )
    return f"{told} ({source.removeprefix('article:')})" if source else told


def flag(code: str) -> str:
    """What a flag of the customer's version means, and what to do."""
    what, _, rest = code.partition(":")
    name, _, reason = rest.partition(":")
    match what:
        case "failed" | "skipped" if rest:
            why = gettext(REASONS[reason]) if reason in REASONS else plain(reason)
            why = why or gettext("no reason given")
            if what == "failed":
                return gettext("The translator %(name)s could not translate: %(why)s.", name=name, why=why)
            return gettext("The translator %(name)s was passed over: %(why)s.", name=name, why=why)
        case "missing":
            return gettext(
                "Left out, as nothing says it in this language: %(part)s. Add it.", part=_move(rest)
            )
        case "precedent":
            return gettext(
                "What we do is taken from case %(case)s, which was answered in this language. Compare it.",
                case=rest,
            )
        case "register":
            return gettext(
                "“%(words)s” addresses the customer otherwise than your desk does. Put it right.", words=rest
            )
        case "doubtful":
            return gettext(
                "Read back, this part says something else: %(part)s. Check it word by word.", part=_move(rest)
            )
        case "translation_failed":
            return gettext(
                "The translation of this part failed its checks and is not used: %(part)s.", part=_move(rest)
            )
    return gettext(FLAGS[code]) if code in FLAGS else f"{plain(code).capitalize()}."


def _move(move: str) -> str:
    return gettext(MOVES[move]) if move in MOVES else plain(move)


def not_polished(reason: str) -> str:
    """Why a draft stands as it is."""
    why = gettext(NOT_POLISHED[reason]) if reason in NOT_POLISHED else plain(reason)
    return gettext("Your draft stays as it is: %(why)s.", why=why)


def notice(code: str) -> str:
    """Why something is missing from a suggestion."""
    what, _, language = code.partition(":")
    match what:
        case "no_template_or_translator":
            return gettext(
                "No version in %(language)s: no reply template is written in it and no translator is "
                "configured. Set PRECEDENT_TRANSLATORS, or write in a language that you share.",
                language=language_name(language),
            )
        case "translation_failed":
            return gettext(
                "No version in %(language)s: the translator failed. Try again, or write it yourself.",
                language=language_name(language),
            )
    return f"{plain(code).capitalize()}." if code.isidentifier() else code


def confidence_words(confidence: float) -> str:
    """A probability in words."""
    return gettext(next(words for floor, words in CONFIDENCE if confidence >= floor))


def direction(language: str | None) -> str:
    """Which way a language is written, for an element's `dir`."""
    if language is None:
        return "auto"
    base, *rest = language.lower().split("-")
    if "latn" in rest:
        return "ltr"
    return "rtl" if base in RIGHT_TO_LEFT or {"arab", "hebr"} & set(rest) else "ltr"


def language_name(code: str) -> str:
    """A language's name in the interface's language, or its code where Babel knows none."""
    return _language_name(code, chosen())


@lru_cache(maxsize=1024)
def _language_name(code: str, told_in: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code, sep="-").get_display_name(told_in) or code
    except (UnknownLocaleError, ValueError):
        return code
