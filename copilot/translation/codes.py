"""Language tags: which mean the same, and what a provider calls them."""

from __future__ import annotations

from functools import lru_cache

_MAX_DISTANCE = 5
"""CLDR's distance up to another region or spelling of the same language, not to a neighbour language."""


@lru_cache(maxsize=1024)
def primary(tag: str) -> str:
    """The language alone, in two letters where it has them (`fra` is `fr`, `iw` is `he`, `no` is `nb`)."""
    from langcodes import Language, standardize_tag

    code = Language.get(standardize_tag(tag.replace("_", "-"), macro=False)).language or "und"
    return {"no": "nb", "tl": "fil"}.get(code, code)


@lru_cache(maxsize=1024)
def region(tag: str) -> str | None:
    """The region of a tag (`BR` of `pt-BR`)."""
    from langcodes import Language

    found: str | None = Language.get(tag.replace("_", "-")).territory
    return found


@lru_cache(maxsize=1024)
def same_language(one: str, other: str) -> bool:
    """Whether a reader of one reads the other: same language in the same script, whatever the region."""
    from langcodes import Language

    if primary(one) != primary(other):
        return False
    scripts = {Language.get(tag.replace("_", "-")).maximize().script for tag in (one, other)}
    return len(scripts) == 1


def valid(tag: str) -> bool:
    """Whether a tag is written as BCP 47 asks."""
    from langcodes import tag_is_valid

    return bool(tag_is_valid(tag.replace("_", "-")))


@lru_cache(maxsize=1024)
def closest(tag: str, offered: tuple[str, ...]) -> str | None:
    """The provider's code that means this tag, None where it has none."""
    from langcodes import closest_supported_match

    found: str | None = closest_supported_match(tag.replace("_", "-"), list(offered), _MAX_DISTANCE)
    return found
