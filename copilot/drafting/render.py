"""Reply templates to text with provenance: a closed Jinja2 dialect whose slots come back as spans.

A template may hold text, `{{ slot }}`, `{{ slot | date('short') }}`, `{% if known('slot') %}` and comparisons
of `channel`; nothing else compiles, so no loop can run away and there is no attribute to climb.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache, partial

from jinja2 import StrictUndefined, Template, nodes
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from copilot.drafting.filters import FILTERS, written
from copilot.drafting.slots import SLOT_NAMES, SlotValues
from copilot.drafting.text import clean_text
from copilot.models import Span, SpanKind
from knowledge_base.errors import TemplateError
from knowledge_base.models import ReplyTemplate

# Private-use characters: they are taken out of every input before, so that only `render` can write them.
_SLOT, _GAP, _END = "\ue000", "\ue001", "\ue002"
_FIRST_NAME = 0xE100
_HOLE = re.compile(rf"([{_SLOT}{_GAP}])([\ue100-\ue1ff])(.*?){_END}", re.DOTALL)
MAX_TEMPLATE = 10_000
_WORDS = frozenset({"known", "channel", "register"})
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr,
    nodes.Call, nodes.Filter, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a draft that comes from one place."""

    text: str
    kind: SpanKind
    source: str


def gap(name: str) -> Chunk:
    """The stretch that asks the agent for a value."""
    return Chunk(f"[{name}]", "gap", f"slot:{name}")


def slot(name: str, values: SlotValues, language: str) -> Chunk:
    """The value of a slot, or its gap."""
    value = values.shown(name, language)
    return gap(name) if value is None else Chunk(value, "slot", f"slot:{name}")


def text_and_spans(chunks: Iterable[Chunk], start: int = 0) -> tuple[str, tuple[Span, ...]]:
    """Chunks put together: the text, and spans that cover it from `start` on, like neighbours joined."""
    spans: list[Span] = []
    text = ""
    for chunk in chunks:
        begin, end = start + len(text), start + len(text) + len(chunk.text)
        text += chunk.text
        last = spans[-1] if spans else None
        if (
            last
            and (last.kind, last.source) == (chunk.kind, chunk.source)
            and chunk.kind not in {"gap", "slot"}
        ):
            spans[-1] = Span(last.start, end, last.kind, last.source)
        elif begin < end:
            spans.append(Span(begin, end, chunk.kind, chunk.source))
    return text, tuple(spans)


class _Known(str):
    """A slot with its value between marks; a filter needs the normal form and the language."""

    mark: str
    value: str
    language: str

    def __new__(cls, mark: str, shown: str, value: str, language: str) -> _Known:
        self = super().__new__(cls, f"{_SLOT}{mark}{shown}{_END}")
        self.mark, self.value, self.language = mark, value, language
        return self


class _Unknown(str):
    """A slot without a value: false in a condition, its gap when written out."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


def _filtered(name: str, value: str, manner: str = "") -> str:
    """A known value as the filter writes it; a gap, and a value of another type, as it is."""
    if not isinstance(value, _Known):
        return value
    shown = written(name, value.value, value.language, manner)
    return value if shown is None else _Known(value.mark, shown, value.value, value.language)


class _Environment(ImmutableSandboxedEnvironment):
    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        return False

    def is_safe_callable(self, obj: object) -> bool:
        return getattr(obj, "__name__", "") == "known"


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.globals.clear()
    environment.filters.clear()
    environment.filters.update({name: partial(_filtered, name) for name in FILTERS})
    environment.tests.clear()
    return environment


@lru_cache(maxsize=4096)
def compile_body(body: str) -> Template:
    """Compile a template's text; TemplateError when it uses anything outside the dialect."""
    if len(body) > MAX_TEMPLATE:
        raise TemplateError(f"the template is longer than {MAX_TEMPLATE} characters; split it")
    source = clean_text(body)
    try:
        for node in _every(_environment().parse(source)):
            _check(node)
        return _environment().from_string(source)
    except (JinjaError, RecursionError, SyntaxError) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        raise TemplateError(
            f"the template can't be read{where}: mend its {{{{ }}}} and {{% %}} marks", line
        ) from error


def _every(node: nodes.Node) -> Iterable[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _every(child)


def _at(node: nodes.Node, message: str) -> TemplateError:
    return TemplateError(f"line {node.lineno}: {message}", node.lineno)


def _check(node: nodes.Node) -> None:
    if not isinstance(node, _ALLOWED):
        raise _at(
            node,
            f"{type(node).__name__.lower()} isn't allowed in a reply template; "
            "use {{ slot }}, {% if known('slot') %} and text",
        )
    if isinstance(node, nodes.Name) and node.name not in _WORDS and node.name not in SLOT_NAMES:
        raise _at(node, f"no slot {node.name!r}; {nearest(node.name, SLOT_NAMES)}")
    if isinstance(node, nodes.Filter):
        _check_filter(node)
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and clean_text(node.value) != node.value:
        raise _at(node, "a quoted text holds a control or private-use character")
    if isinstance(node, nodes.Call) and not _asks_for_slot(node):
        raise _at(node, "the only call is known('slot') with one of the slots' names")


def nearest(name: str, known: Sequence[str]) -> str:
    """What somebody may have meant, else what there is."""
    meant = get_close_matches(name, known, n=1)
    return f"did you mean {str(meant[0])!r}?" if meant else f"there are {', '.join(known)}"


def _check_filter(node: nodes.Filter) -> None:
    chosen = FILTERS.get(node.name)
    if chosen is None:
        raise _at(node, f"no filter {node.name!r}; {nearest(node.name, [*FILTERS])}")
    if not isinstance(node.node, nodes.Name) or node.node.name not in SLOT_NAMES:
        raise _at(node, f"the filter {node.name!r} must follow a slot's name")
    given = [one.value if isinstance(one, nodes.Const) else None for one in node.args]
    if node.kwargs or node.dyn_args or node.dyn_kwargs or len(given) > 1 or set(given) - set(chosen.manners):
        wanted = ", ".join(f"{node.name}({one!r})" for one in chosen.manners if one) or node.name
        raise _at(node, f"the filter {node.name!r} is written as {wanted}")


def _asks_for_slot(call: nodes.Call) -> bool:
    plain = not (call.kwargs or call.dyn_args or call.dyn_kwargs) and len(call.args) == 1
    return (
        plain
        and isinstance(call.node, nodes.Name)
        and call.node.name == "known"
        and isinstance(call.args[0], nodes.Const)
        and call.args[0].value in SLOT_NAMES
    )


def check_template(template: ReplyTemplate) -> None:
    """Raise TemplateError when the template can't be rendered, naming it."""
    try:
        compile_body(template.body)
    except TemplateError as error:
        raise TemplateError(f"template {template.id}: {error}", error.line) from error


def render(template: ReplyTemplate, values: SlotValues, *, channel: str | None = None) -> tuple[Chunk, ...]:
    """The template in its own language, filled; what isn't known and is asked for all the same is a gap."""
    context = _context(values, template.language)
    try:
        text = compile_body(template.body).render(
            context, known=_known(values), channel=channel or "", register=template.register
        )
    except (JinjaError, TypeError) as error:
        raise TemplateError(f"template {template.id} can't be rendered: check its conditions") from error
    return tuple(_chunks(_tidy(text), f"template:{template.id}"))


def _known(values: SlotValues) -> object:
    def known(name: str) -> bool:
        return name in values.known

    return known


def _context(values: SlotValues, language: str) -> Mapping[str, str]:
    context: dict[str, str] = {}
    for number, name in enumerate(SLOT_NAMES):
        mark, shown = chr(_FIRST_NAME + number), values.shown(name, language)
        context[name] = (
            _Unknown(f"{_GAP}{mark}{_END}")
            if shown is None
            else _Known(mark, shown, values.known[name], language)
        )
    return context


def _tidy(text: str) -> str:
    """One space between words, one empty line between paragraphs, lines that only wrapped joined again."""
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _chunks(text: str, source: str) -> Iterable[Chunk]:
    at = 0
    for hole in _HOLE.finditer(text):
        if at < hole.start():
            yield Chunk(text[at : hole.start()], "template", source)
        name = SLOT_NAMES[ord(hole[2]) - _FIRST_NAME]
        yield Chunk(hole[3], "slot", f"slot:{name}") if hole[1] == _SLOT else gap(name)
        at = hole.end()
    if at < len(text):
        yield Chunk(text[at:], "template", source)
