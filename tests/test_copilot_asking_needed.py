"""What only the customer can give: read from the best case and section, never what is known or was asked."""

from __future__ import annotations

import pytest

from copilot.asking.needed import needed, needs_of, request_for
from copilot.models import Situation, Slot, Stage
from knowledge_base.models import Message, Outcome, Passage
from tests.builders import make_case
from tests.test_copilot_asking import given_input

IDENTITY = make_case(
    "C-1",
    resolution="Check identity by the number of the last order and the billing postcode, then change it.",
    steps=("Check last order number and billing postcode", "Send the new tracking number"),
)
TRACE = Passage(
    "article:lost#trace", "article", "lost", "Lost", "We open a trace. Please confirm your delivery address "
    "and telephone number so that the search can start. We send you the tracking number by e-mail.", "",
)  # fmt: skip
SAID = "I need my e-mail changed."


def test_the_best_case_and_section_say_what_is_needed() -> None:
    assert needed(given_input(SAID, cases=((IDENTITY, 0.9),))) == ("order_id", "postcode")
    assert needed(given_input("It is lost.", cases=(), passages=(TRACE,))) == ("address", "phone")


def test_one_request_in_each_language() -> None:
    one = given_input("Ich brauche eine andere Adresse.", cases=((IDENTITY, 0.9),), language="de")
    names, wording = needs_of(one, language="en", draft="")
    assert names == ("order_id", "postcode")
    assert wording is not None
    assert wording.text == (
        "Could you please tell me your order number and the postcode of your billing address?"
    )
    assert wording.customer_language == "de"
    assert wording.customer_text == (
        "Könnten Sie mir bitte Ihre Bestellnummer und die Postleitzahl Ihrer Rechnungsadresse nennen?"
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "send me your order number, your delivery address and a photo that shows it?"),
        (
            "es",
            "enviarme su número de pedido, su dirección de entrega y una foto en la que se vea, por favor?",
        ),
        ("fr", "envoyer votre numéro de commande, votre adresse de livraison et une photo qui le montre,"),
        ("de", "bitte Ihre Bestellnummer, Ihre Lieferadresse und ein aussagekräftiges Foto schicken?"),
    ],
)
def test_several_things_are_joined(language: str, text: str) -> None:
    wording = request_for(("order_id", "address", "photo"), language=language, customer_language=None)
    assert wording is not None
    assert text in wording.text
    assert wording.customer_text is None


def test_nothing_asked_no_wording() -> None:
    assert request_for((), language="en", customer_language="es") is None
    assert request_for(("order_id",), language="nl", customer_language=None) is None


def test_what_is_known_or_named_is_not_needed() -> None:
    slots = {"order_id": Slot("order_id", "TW-1", "TW-1", "message:0")}
    assert needed(given_input(SAID, cases=((IDENTITY, 0.9),), slots=slots)) == ("postcode",)
    named = given_input(SAID, "I don't have the order number, sorry.", cases=((IDENTITY, 0.9),))
    assert needed(named) == ("postcode",)


def test_what_was_asked_or_the_draft_asks_is_not_asked_again() -> None:
    request = request_for(("order_id", "postcode"), language="en", customer_language=None)
    assert request is not None
    asked = given_input(SAID, Message("agent", request.text), "One moment.", cases=((IDENTITY, 0.9),))
    assert needed(asked) == ()
    assert needed(given_input(SAID, cases=((IDENTITY, 0.9),)), request.text) == ()


def test_weak_or_failed_evidence_asks_for_nothing() -> None:
    assert needed(given_input(SAID, cases=((IDENTITY, 0.4),))) == ()
    failed = make_case("C-2", resolution="Ask for a photo.", outcome=Outcome(resolved=False))
    assert needed(given_input(SAID, cases=((failed, 0.9),))) == ()


def test_an_emergency_thanks_or_an_unread_language_ask_for_nothing() -> None:
    cases = ((IDENTITY, 0.9),)
    assert needed(given_input(SAID, cases=cases, situation=Situation.EMERGENCY)) == ()
    assert needed(given_input(SAID, cases=cases, stage=Stage.THANKS)) == ()
    assert needed(given_input(SAID, cases=cases, language="pl")) == ()


def test_what_the_desk_sends_is_not_needed() -> None:
    sends = make_case("C-3", resolution="Refund it.", steps=("Send the tracking number", "Name the address"))
    assert needed(given_input("Where is it?", cases=((sends, 0.9),))) == ()
