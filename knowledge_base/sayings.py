"""Sentences in English that remember how they were put together, for an interface to tell them anew."""

from __future__ import annotations

from collections.abc import Mapping


class Said(str):
    """An English text; `template` and `values` are what it was made of, `many` the template of its plural.

    Values that are `Said` themselves are told anew too.
    """

    __slots__ = ("many", "template", "values")
    template: str
    many: str | None
    values: Mapping[str, object]


def say(template: str, **values: object) -> Said:
    """A sentence with its `%(name)s` filled in."""
    return _said(template, template, None, values)


def say_many(one: str, many: str, count: int, **values: object) -> Said:
    """A sentence that counts; `%(num)s` is the number."""
    return _said(one if count == 1 else many, one, many, {"num": count, **values})


def _said(english: str, template: str, many: str | None, values: Mapping[str, object]) -> Said:
    said = Said(english % values if values else english)
    said.template, said.many, said.values = template, many, values
    return said
