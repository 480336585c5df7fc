"""What an agent corrected is said so next time, for another customer too, and holds nobody's data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from copilot.translation import TranslationService
from copilot.translation.approve import corrections
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import NotFoundError
from knowledge_base.store import KnowledgeBase
from knowledge_base.translations import ApprovedTranslation, key_of
from tests.builders import open_base
from tests.test_copilot_translation_service import Scripted
from tests.web_fakes import FakeCopilot
from web.app import create_app

OWN = "Dear Ana Ruiz,\n\nI will trace order TW-9 with the carrier by 22 November 2026.\n\nMaya"
THEIRS = "Hola, Ana Ruiz:\n\nRastrearé orden TW-9 con el transportista por 22 de noviembre de 2026.\n\nMaya"
CORRECTED = THEIRS.replace("Rastrearé orden", "Voy a buscar el pedido").replace("por 22", "antes del 22")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def spans(text: str, **slots: str) -> list[dict[str, Any]]:
    return [
        {
            "start": text.index(value),
            "end": text.index(value) + len(value),
            "kind": "slot",
            "source": f"slot:{name}",
        }
        for name, value in slots.items()
    ]


SHOWN = {
    "draft": {
        "language": "en", "text": OWN,
        "spans": spans(OWN, customer_name="Ana Ruiz", order_id="TW-9", date="22 November 2026"),
    },
    "customer_draft": {
        "language": "es", "text": THEIRS, "origin": "translation", "back_translation": "…",
        "spans": spans(THEIRS, customer_name="Ana Ruiz", order_id="TW-9", date="22 de noviembre de 2026"),
    },
}  # fmt: skip
PLAIN = TranslationService([], detector=LanguageDetector())


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


def test_only_what_was_changed_is_learned_with_its_values_as_tokens() -> None:
    (one,) = corrections(SHOWN, CORRECTED, PLAIN)
    assert one.source == "I will trace order XPH0X with the carrier by XPH1X."
    assert one.target == "Voy a buscar el pedido XPH0X con el transportista antes del XPH1X."


@pytest.mark.parametrize(
    "edited",
    [
        THEIRS,  # nothing changed
        CORRECTED.replace("TW-9", ""),  # a value lost
        CORRECTED.replace("el pedido TW-9", "el pedido TW-9, sí, TW-9 XPH0X"),  # a token of the agent's own
        CORRECTED.replace("\n\nMaya", "\nMaya"),  # put together
        "",
    ],
)
def test_what_cannot_be_used_again_is_not_learned(edited: str) -> None:
    assert list(corrections(SHOWN, edited, PLAIN)) == []
    assert list(corrections({}, edited, PLAIN)) == []


def test_personal_data_is_no_part_of_what_is_learned() -> None:
    own = OWN.replace("the carrier", "the carrier (ana@example.org, +34 600 123 456)")
    theirs = THEIRS.replace("el transportista", "el transportista (ana@example.org, +34 600 123 456)")
    shown = {
        "draft": SHOWN["draft"] | {"text": own, "spans": spans(own, order_id="TW-9")},
        "customer_draft": SHOWN["customer_draft"] | {"text": theirs, "spans": spans(theirs, order_id="TW-9")},
    }
    (one,) = corrections(shown, theirs.replace("Rastrearé", "Voy a rastrear"), PLAIN)
    assert "ana@example.org" not in one.source + one.target
    assert "600" not in one.source + one.target


def test_an_approved_wording_beats_the_machine_for_the_next_customer(base: KnowledgeBase) -> None:
    (one,) = corrections(SHOWN, CORRECTED, PLAIN)
    base.translations.keep(ApprovedTranslation("en", "es", "formal", one.source, one.target, "maya", NOW))
    machine = Scripted(lambda _: "No soy nadie.")

    def approved(source: str, spoken: str, target: str, register: str) -> str | None:
        found = base.translations.find(key_of(source, spoken, target, register))
        return found.target if found else None

    service = TranslationService([machine], detector=LanguageDetector(), approved=approved)
    told = service.translate(
        "I will trace order TW-777 with the carrier by 2026-12-01.", target="es", source="en"
    )
    assert told.text == "Voy a buscar el pedido TW-777 con el transportista antes del 2026-12-01."
    assert (told.provider, told.flags, machine.asked) == ("memory", (), [])
    other = service.translate("I will trace order TW-777 now.", target="es", source="en")
    assert other.provider == "scripted"


def test_approved_translations_are_kept_replaced_listed_and_withdrawn(base: KnowledgeBase) -> None:
    first = ApprovedTranslation("en", "es", "formal", "Thank you.", "Gracias.", "maya", NOW)
    second = ApprovedTranslation("en", "es", "formal", "Thank you.", "Muchas gracias.", "tom", NOW)
    base.translations.keep(first)
    base.translations.keep(second)
    assert base.translations.newest() == [second]
    assert base.translations.find(first.key) == second
    assert base.translations.find(key_of("Thank you.", "en", "es", "informal")) is None
    base.translations.withdraw(second.key)
    assert base.translations.newest() == []
    with pytest.raises(NotFoundError):
        base.translations.withdraw(second.key)


@pytest.mark.parametrize(
    "added",
    [
        " Gracias, Ana.",  # whose correction it was
        " Señora Ruiz, disculpe.",
        " Su otro pedido es TW-55.",
        " Le devolvemos 500,00 €.",
        " Llame al +34 600 123 456.",
        " Pregunte por Marta Iglesias.",
        " Será el 3 de diciembre.",
        " Viva en la calle Mayor 5.",
    ],
)
def test_what_only_this_customer_may_hear_is_learned_for_nobody(added: str) -> None:
    edited = CORRECTED.replace("2026.", f"2026.{added}")
    assert added in edited
    assert list(corrections(SHOWN, edited, PLAIN)) == []


def test_they_are_listed_and_taken_back_over_http(base: KnowledgeBase) -> None:
    kept = ApprovedTranslation("en", "es", "formal", "Thank you XPH0X.", "Gracias XPH0X.", "maya", NOW)
    base.translations.keep(kept)
    with TestClient(create_app(FakeCopilot(base))) as client:
        (one,) = client.get("/api/v1/translations/approved").json()["items"]
        assert (one["key"], one["register"], one["target"]) == (kept.key, "formal", "Gracias XPH0X.")
        assert one["at"] == "2026-11-22T00:00:00Z"
        address = f"/api/v1/translations/approved/{kept.key}"
        assert client.delete(address).status_code == 204
        assert client.delete(address).status_code == 404
        assert client.delete("/api/v1/translations/approved/x").status_code == 422
        assert client.get("/api/v1/translations/approved").json()["items"] == []
