"""What a customer is told of an escalation, by `replies/LANG/escalation.md`: who decides, no sum or date."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files

from copilot.authority.words import all_words
from copilot.drafting.compose import Part, part
from copilot.drafting.render import render
from copilot.drafting.slots import SlotValues
from copilot.drafting.templates import ESCALATION, TemplateBook, Wanted
from copilot.models import Escalation
from indexer.tongues import primary

MOVES = ("limits", "next")
DECIDER = "decider"


def decider_name(to: str, language: str) -> str | None:
    """What the customer reads for a role, in that language; None where nobody wrote it."""
    known = (role for words in all_words() for role, cue in words.roles.items() if cue.search(to))
    role = next(known, None)
    return _names().get(primary(language), {}).get(role or "")


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    told = files("copilot.drafting") / "words" / "deciders.toml"
    return tomllib.loads(told.read_text("utf-8"))


def deciders_of(escalation: Escalation | None, *languages: str | None) -> dict[str, str] | None:
    """What customers read for the one who decides, by language; None where nothing goes to anybody."""
    if escalation is None:
        return None
    spoken = dict.fromkeys(language.split("-")[0] for language in languages if language)
    names = {language: decider_name(escalation.to, language) for language in spoken}
    return {language: name for language, name in names.items() if name}


def escalation_parts(
    escalation: Escalation, templates: TemplateBook, wanted: Wanted, values: SlotValues
) -> tuple[Part, ...]:
    """The moves `limits` and `next` of a reply that tells of the escalation, in the language of `wanted`.

    They stand in place of the reply's own; empty where no template is written in that language.
    """
    name = decider_name(escalation.to, wanted.language.split("-")[0])
    known = {slot: value for slot, value in values.known.items() if slot != DECIDER}
    if name:
        known[DECIDER] = name
    asked = replace(wanted, situation=ESCALATION, category=None, emotion=None, kind="")
    found = []
    for move in MOVES:
        template = templates.pick(move, asked)
        if template is not None and template.situation == ESCALATION:
            chunks = render(template, SlotValues(known), channel=wanted.channel)
            found.append(part(move, chunks, f"template:{template.id}", template_id=template.id))
    return tuple(one for one in found if one.text)


def with_replies(
    escalation: Escalation, templates: TemplateBook, wanted: Wanted, language: str | None
) -> Escalation:
    """The escalation with what the customer may be told, in the agent's language and in the customer's."""
    replies = [
        "\n\n".join(
            one.text
            for one in escalation_parts(escalation, templates, replace(wanted, language=spoken), SlotValues())
        )
        for spoken in (wanted.language, language or wanted.language)
    ]
    own, theirs = replies
    return replace(escalation, reply=own or None, customer_reply=theirs if theirs and theirs != own else None)
