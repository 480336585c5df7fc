"""Sentences in English that remember how they were put together, for an interface to tell them anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any


class Saying(str):
    """An English text; `template` and `values` are what it was made of, `many` the template of its plural.

    Values that are `Saying` themselves are told anew too.
    """

    __slots__ = ("many", "template", "values")
    template: str
    many: str | None
    values: Mapping[str, object]


def say(template: str, **values: object) -> Saying:
    """A sentence with its `%(name)s` filled in; a date is written out."""
    return _said(template, template, None, values)


def say_many(one: str, many: str, count: int, **values: object) -> Saying:
    """A sentence that counts; `%(num)s` is the number."""
    return _said(one if count == 1 else many, one, many, {"num": count, **values})


def _said(english: str, template: str, many: str | None, values: Mapping[str, object]) -> Saying:
    shown = {name: f"{one:%-d %b %Y}" if isinstance(one, date) else one for name, one in values.items()}
    said = Saying(english % shown if shown else english)
    said.template, said.many, said.values = template, many, values
    return said


def stored_saying(said: Saying) -> dict[str, object]:
    """A sentence as it is stored; values that aren't sentences are kept as text."""
    values = {
        name: stored_saying(one) if isinstance(one, Saying) else str(one) for name, one in said.values.items()
    }
    return {"said": said.template, "many": said.many, "values": values}


def saying_from(stored: Mapping[str, Any]) -> Saying:
    """A stored sentence."""
    values = {
        name: saying_from(one) if isinstance(one, dict) else one for name, one in stored["values"].items()
    }
    if stored["many"] is None:
        return say(stored["said"], **values)
    count = int(values.pop("num"))
    return say_many(stored["said"], stored["many"], count, **values)
