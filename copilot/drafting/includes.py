"""Templates put together: a reply that includes others takes from them the moves that it doesn't write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from copilot.drafting.render import MAX_TEMPLATE
from knowledge_base.models import ReplyTemplate
from knowledge_base.templates_io import MOVES, group_of

# What two matters ask for is said one after the other; greeting, feeling and farewell are said once.
_JOINED = frozenset({"act", "limits", "next"})
_Groups = Mapping[tuple[str, str], Sequence[ReplyTemplate]]


def family(template_id: str) -> str:
    """What a template's translations have in common: its id without the language (`es/lost_parcel/act`)."""
    language, _, rest = template_id.partition("/")
    return rest if 2 <= len(language.split("-")[0]) <= 3 else template_id


def groups_of(templates: Iterable[ReplyTemplate]) -> _Groups:
    """Templates by language and by the family of their reply (`lost_parcel`)."""
    groups: dict[tuple[str, str], list[ReplyTemplate]] = defaultdict(list)
    for template in templates:
        groups[template.language, family(group_of(template))].append(template)
    return groups


def with_included(
    templates: Iterable[ReplyTemplate], written: Iterable[ReplyTemplate]
) -> list[ReplyTemplate]:
    """What templates that include others say besides, found among all that are written.

    Unknown families and circles add nothing; `include_problems` tells them.
    """
    including = [template for template in templates if template.includes]
    if not including:
        return []
    groups = groups_of(written)
    found: list[ReplyTemplate] = []
    for language, name in dict.fromkeys((one.language, family(group_of(one))) for one in including):
        own = {template.move for template in groups[language, name]}
        for move in MOVES:
            if move not in own:
                found += _borrowed(groups, language, name, move)
    return found


def include_problems(language: str, name: str, groups: _Groups) -> Iterator[str]:
    """What is wrong with what a reply includes: nobody wrote it, or it leads back."""
    for included in _included(groups, language, name):
        if (language, included) not in groups:
            yield f"includes {included!r}, which isn't written in {language!r}"
        elif name in _reached(groups, language, included):
            yield f"includes {included!r}, which includes {name!r} again"


def _reached(groups: _Groups, language: str, start: str) -> set[str]:
    reached, left = {start}, [start]
    while left:
        new = set(_included(groups, language, left.pop())) - reached
        reached |= new
        left += new
    return reached


def _included(groups: _Groups, language: str, name: str) -> Sequence[str]:
    templates = groups.get((language, name), ())
    return tuple(dict.fromkeys(one for template in templates for one in template.includes))


def _borrowed(groups: _Groups, language: str, name: str, move: str) -> list[ReplyTemplate]:
    """The templates of a move that a reply doesn't write itself, under its own conditions."""
    told = [
        found for one in _included(groups, language, name) if (found := _source(groups, language, one, move))
    ]
    if not told:
        return []
    head = groups[language, name][0]
    ours = [_under(head, template) for template in told[0]]
    if len(told) == 1 or move not in _JOINED:
        return ours
    return [
        _joined(head, number, [one, *(other[0] for other in told[1:])]) for number, one in enumerate(ours, 1)
    ]


def _source(groups: _Groups, language: str, name: str, move: str) -> list[ReplyTemplate]:
    """Who writes a move: the reply itself, else the first that it includes and that does, however far."""
    left, seen = [name], {name}
    while left:
        current = left.pop(0)
        if own := [one for one in groups.get((language, current), ()) if one.move == move]:
            return own
        new = [one for one in _included(groups, language, current) if one not in seen]
        seen.update(new)
        left += new
    return []


def _under(head: ReplyTemplate, template: ReplyTemplate) -> ReplyTemplate:
    """A template as the including reply uses it: when it fits is what that one says."""
    return replace(
        template, category=head.category, situation=head.situation, emotion=head.emotion, includes=()
    )


def _joined(head: ReplyTemplate, number: int, parts: Sequence[ReplyTemplate]) -> ReplyTemplate:
    body = "\n\n".join(part.body for part in parts)
    if len(body) > MAX_TEMPLATE:
        return parts[0]
    move = parts[0].move
    return replace(
        parts[0],
        id=f"{group_of(head)}/{move}" + (f"/{number}" if number > 1 else ""),
        body=body,
        policies=tuple(dict.fromkeys(policy for part in parts for policy in part.policies)),
    )
