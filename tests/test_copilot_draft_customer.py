"""The reply in the customer's language: who says which part, and what is never mixed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from copilot.draft import Composed, CustomerDrafter, CustomerResult, Drafter, DraftInput, TemplateBook
from copilot.models import Evidence, Slot, Understanding
from copilot.translation.models import Translation
from knowledge_base.errors import ProviderTimeoutError
from knowledge_base.models import Case, Conversation, Customer, Message, Passage, ReplyTemplate


def template(name: str, body: str, **fields: str) -> ReplyTemplate:
    language, _, move = name.split("/")[:3]
    return ReplyTemplate(name, move, body, language, **fields)  # type: ignore[arg-type]


ENGLISH = [
    template("en/base/greet", "Dear {{ customer_name }},"),
    template("en/base/acknowledge", "Thank you for telling us."),
    template("en/base/next", "There will be news from us."),
    template("en/base/close", "Kind regards"),
]
SPANISH = [
    template("es/base/greet", "Hola, {{ customer_name }}:"),
    template("es/base/acknowledge", "Gracias por contarlo. Pagó {{ amount }} el {{ date }}."),
    template("es/base/next", "Tendrá noticias nuestras."),
    template("es/base/close", "Un saludo"),
]
ENGLISH_ACT = template("en/lost_parcel/act", "We look for order {{ order_id }}.", category="lost_parcel")
SPANISH_ACT = template("es/lost_parcel/act", "Buscamos el pedido {{ order_id }}.", category="lost_parcel")
POLICY = Passage(
    key="article:lost/0",
    kind="article",
    source_id="lost",
    title="Lost",
    heading="Small orders",
    text="Orders up to €50 are replaced at once.",
    embedded="",
)
POLICY_ES = replace(
    POLICY, key="article:lost-es/0", source_id="lost-es", heading="Pedidos pequeños",
    text="Los pedidos de hasta 50 € se reponen enseguida.", language="es",
)  # fmt: skip
STEPS = ("Open a trace", "Refund the order")
CASE = Case(
    "C-1",
    "Open a trace with the carrier, then refund the order.",
    category="lost_parcel",
    steps=STEPS,
    reply="Hello Jo,\n\nI am sorry.\n\nI will open a trace for order TW-111111 with the carrier. "
    "We refund the order to your card.\n\nBest wishes,\nMaya",
    messages=(Message("customer", "TW-111111 is lost. Jo"),),
)
CASE_ES = Case(
    "C-2",
    "Abrir una búsqueda y devolver el pedido.",
    category="lost_parcel",
    language="es",
    steps=("Abrir una búsqueda", "Devolver el pedido a la tarjeta"),
    reply="Hola, Iván:\n\nLamento la espera.\n\nVoy a abrir una búsqueda del pedido TW-222222. "
    "Por favor, espere el pedido devuelto a su tarjeta.\n\nUn saludo,\nElena",
)


@dataclass
class Dictionary:
    """A translator that marks what it translated, and may fail, lose tokens, or say half of it back."""

    fails: bool = False
    halves: bool = False
    loses: str = ""
    flags: tuple[str, ...] = ()
    seen: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def translate(self, text: str, *, target: str, source: str | None = None) -> Translation:
        if target == "en" and not self.fails:
            self.read.append(text)
            lines = [line.strip("‹›") for line in text.split("\n")]
            told = "\n".join(line[: len(line) // 5] if self.halves else line for line in lines)
            return Translation(told, source or "", target, "dictionary")
        self.seen.append(text)
        if self.fails:
            raise ProviderTimeoutError("the translator did not answer in time")
        said = text.replace(self.loses, "") if self.loses else text
        return Translation(f"‹{said}›", source or "", target, "dictionary", self.flags)


def given_input(*cases: Case, passages: tuple[Passage, ...] = ()) -> DraftInput:
    talk = Conversation((Message("customer", "¿Dónde está?"),), id="K-1", customer=Customer(name="Ana Ruiz"))
    slots = {
        name: Slot(name, value, value, "given")
        for name, value in {"order_id": "TW-9", "amount": "59.90 EUR", "date": "2026-11-12"}.items()
    }
    understanding = Understanding("es", 0.9, "¿Dónde está?", category="lost_parcel", slots=slots)
    found = tuple(
        Evidence(Passage(f"case:{c.id}/problem", "case", c.id, "", "", ""), 0.9, 0.9, case=c) for c in cases
    )
    offered = tuple(Evidence(p, 0.8, 0.8) for p in passages)
    return DraftInput(talk, understanding, found, offered, date(2026, 11, 22), "Maya")


def say(
    given: DraftInput,
    *templates: ReplyTemplate,
    language: str = "es",
    translator: Dictionary | None = None,
    sections: Mapping[str, Passage] | None = None,
) -> tuple[Composed, CustomerResult]:
    book = TemplateBook(bundled=templates)
    composed = Drafter(book).compose(given)
    assert composed is not None
    result = CustomerDrafter(book).draft(
        given, composed, language=language, translator=translator, translated_sections=sections
    )
    return composed, result


def test_localized_templates_and_the_translated_article_need_no_translator() -> None:
    composed, result = say(
        given_input(passages=(POLICY,)), *ENGLISH, *SPANISH, ENGLISH_ACT, SPANISH_ACT,
        sections={POLICY.key: POLICY_ES},
    )  # fmt: skip
    made = result.draft
    assert made is not None
    assert made.text.replace("\xa0", " ") == (
        "Hola, Ana Ruiz:\n\nGracias por contarlo. Pagó 59,90 € el 12 de noviembre de 2026.\n\n"
        "Buscamos el pedido TW-9.\n\nLos pedidos de hasta 50 € se reponen enseguida.\n\n"
        "Tendrá noticias nuestras.\n\nUn saludo"
    )
    assert (made.origin, made.provider, made.flags) == ("localized_template", None, ())
    assert made.back_translation == composed.draft.text
    assert {s.source for s in made.spans if s.kind == "policy"} == {"article:lost-es#pedidos-pequeños"}
    assert [s.start for s in made.spans] == [0, *(s.end for s in made.spans)][:-1]


def test_the_text_of_a_case_is_translated_with_its_values_kept_out() -> None:
    translator = Dictionary()
    _, result = say(given_input(CASE), *ENGLISH, *SPANISH, translator=translator)
    assert translator.seen == [
        "I will open a trace for order ZX0Q with the carrier. We refund the order to your card."
    ]
    made = result.draft
    assert made is not None
    assert "‹I will open a trace for order TW-9 with the carrier." in made.text
    assert (made.origin, made.provider) == ("translation", "dictionary")
    assert "I will open a trace for order TW-9 with the carrier." in (made.back_translation or "")
    slot = next(s for s in made.spans if s.source == "slot:order_id")
    assert made.text[slot.start : slot.end] == "TW-9"


def test_what_says_something_else_when_read_back_raises_an_alarm() -> None:
    _, whole = say(given_input(CASE), *ENGLISH, *SPANISH, translator=Dictionary())
    _, half = say(given_input(CASE), *ENGLISH, *SPANISH, translator=Dictionary(halves=True))
    assert whole.draft is not None
    assert half.draft is not None
    assert whole.draft.flags == ()
    assert half.draft.flags == ("doubtful:act",)
    assert "I will open a tra" in (half.draft.back_translation or "")
    assert "to your card" not in (half.draft.back_translation or "")


@pytest.mark.parametrize(
    "translator",
    [None, Dictionary(fails=True), Dictionary(loses="ZX0Q"), Dictionary(flags=("numbers_changed",))],
)
def test_without_a_usable_translation_a_case_in_that_language_speaks(translator: Dictionary | None) -> None:
    _, result = say(given_input(CASE, CASE_ES), *ENGLISH, *SPANISH, translator=translator)
    made = result.draft
    assert made is not None
    assert "Voy a abrir una búsqueda del pedido TW-9." in made.text
    assert "precedent:C-2" in made.flags
    assert "trace" not in made.text
    assert "Iván" not in made.text
    assert made.origin == "localized_template"


def test_else_the_categorys_template_in_that_language() -> None:
    _, result = say(given_input(CASE), *ENGLISH, *SPANISH, SPANISH_ACT)
    made = result.draft
    assert made is not None
    assert "Buscamos el pedido TW-9." in made.text
    assert made.flags == ()


def test_what_nobody_can_say_is_left_out_and_flagged() -> None:
    _, result = say(given_input(CASE, passages=(POLICY,)), *ENGLISH, *SPANISH)
    made = result.draft
    assert made is not None
    assert made.flags == ("missing:act", "missing:limits")
    assert "trace" not in made.text
    assert "€50" not in made.text
    assert "Here" not in made.text


def test_a_language_without_templates_and_translator_has_a_reason() -> None:
    _, result = say(given_input(CASE), *ENGLISH, *SPANISH, language="it")
    assert result == CustomerResult(None, "no_template_or_translator:it")


def test_a_language_without_templates_is_translated_whole() -> None:
    translator = Dictionary()
    composed, result = say(given_input(CASE), *ENGLISH, language="it", translator=translator)
    made = result.draft
    assert made is not None
    assert len(translator.seen) == len(composed.parts)
    assert made.text.startswith("‹Dear Ana Ruiz,›")
    assert len(translator.read) == 1  # however many parts there are, one request reads them back
    assert (made.origin, made.flags) == ("translation", ())


def test_a_translator_that_fails_on_the_opening_leaves_nothing_half_said() -> None:
    _, result = say(given_input(CASE), *ENGLISH, language="it", translator=Dictionary(fails=True))
    assert result == CustomerResult(None, "translation_failed:it")


def test_the_agents_gaps_stay_gaps() -> None:
    given = given_input(CASE)
    given = replace(given, understanding=replace(given.understanding, slots={}))
    _, result = say(given, *ENGLISH, *SPANISH, SPANISH_ACT)
    made = result.draft
    assert made is not None
    assert "Buscamos el pedido [order_id]." in made.text
    assert ("gap", "slot:order_id") in {(s.kind, s.source) for s in made.spans}


def test_a_holding_reply_is_said_in_that_language_too() -> None:
    holding = [
        template("en/holding/acknowledge", "Your message is here."),
        template("es/holding/acknowledge", "Su mensaje ha llegado."),
    ]
    book = TemplateBook(bundled=[*ENGLISH, *SPANISH, *holding])
    given = given_input()
    composed = Drafter(book).compose_holding(given)
    result = CustomerDrafter(book).draft(given, composed, language="es")
    assert result.draft is not None
    assert result.draft.text == "Hola, Ana Ruiz:\n\nSu mensaje ha llegado.\n\nUn saludo"
