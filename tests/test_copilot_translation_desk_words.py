"""A desk's own words: what stays, what the glossary says, and how customers are addressed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.translation import TranslationService
from copilot.translation.desk_words import DeskWords, load_desk_words
from copilot.translation.protect import mask, tokens
from copilot.translation.register import misaddressed
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import SettingsError
from tests.test_copilot_translation_service import Scripted

GLOSSARY = """
keep = ["Best Buy"]
[[term]]
en = "shipping address"
es = "dirección de envío"
de = "Lieferadresse"
[[term]]
en = "hold"
es = "retención"
"""


def desk(folder: Path, text: str = GLOSSARY, **options: tuple[str, ...]) -> DeskWords:
    (folder / "glossary.toml").write_text(text, encoding="utf-8")
    return load_desk_words(folder, **options)


def test_a_glossary_is_read_and_asked_by_pair(tmp_path: Path) -> None:
    words = desk(tmp_path, keep=("Tidewell",), informal=("de-AT",))
    assert words.keep == ("Tidewell", "Best Buy")
    assert words.said("en", "es-MX") == (("shipping address", "dirección de envío"), ("hold", "retención"))
    assert words.said("es", "de") == (("dirección de envío", "Lieferadresse"),)
    assert words.said("en", "fr") == ()
    assert (words.register("de"), words.register("es")) == ("informal", "formal")
    assert load_desk_words(tmp_path / "none") == DeskWords()
    other = desk(tmp_path, GLOSSARY.replace("retención", "bloqueo"), keep=("Tidewell",), informal=("de",))
    assert (len(words.version), words.version != other.version) == (12, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("keep = 3", "keep must be text"),
        ("[[term]]\nen = 'x'", "term 1 must say it in two languages"),
        ("[[term]]\nen = 'x'\nxx-yy-zz-q = 'y'", "is no language tag"),
        ("[[term]]\nen = 'x'\nes = ''", "must be text"),
        ("[[term]]\nen = 'x'\nes = 5", "must be text"),
        ("terms = []", "'terms' isn't known"),
        ("term = 'x'", "write each term as a"),
        ("[[term", "can't be read"),
    ],
)
def test_a_wrong_glossary_says_what_and_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as raised:
        desk(tmp_path, text)
    assert "glossary.toml" in str(raised.value)


def test_the_glossary_rules_whatever_the_machine_would_say(tmp_path: Path) -> None:
    machine = Scripted(lambda text: text.replace("Your", "Su").replace("is wrong", "es incorrecta"))
    service = TranslationService([machine], detector=LanguageDetector(), desk=desk(tmp_path))
    told = service.translate("Your shipping address is wrong.", target="es", source="en")
    assert told.text == "Su dirección de envío es incorrecta."
    assert told.failed_gates == ()
    assert machine.asked == ["Your XPH0X is wrong."]
    begins = service.translate("Shipping address: Best Buy", target="es", source="en")
    assert begins.text == "Dirección de envío: Best Buy"


TERMS = (("shipping address", "dirección"), ("hold", "retención 24"))


@given(
    st.lists(
        st.sampled_from(["shipping address", "Hold", "household", "TW-1234", "5 days", "the", ".", "\n"])
    )
)
def test_every_term_comes_back_as_the_glossary_says(parts: list[str]) -> None:
    text = " ".join(parts)
    masked = mask(text, glossary=TERMS)
    restored = masked.restore(masked.text)
    assert restored.lower().count("dirección") == text.count("shipping address")
    assert restored.lower().count("retención 24") == parts.count("Hold")
    assert restored.count("household") == parts.count("household")
    assert tokens(masked.text) == sorted(tokens(masked.text))


@pytest.mark.parametrize(
    ("text", "language", "register", "words"),
    [
        ("¿Dónde está tu pedido? Te escribo.", "es", "formal", ("tu", "te")),
        ("Su pedido está en camino. Le escribimos.", "es", "formal", ()),
        ("Usted tiene 30 días.", "es-MX", "informal", ("usted",)),
        ("Hast du deine Bestellung?", "de", "formal", ("du", "deine")),
        ("Sie haben Ihre Bestellung.", "de", "informal", ("ihre",)),
        ("Ihr bekommt ein Paket. Wir danken euch.", "de", "informal", ()),
        ("Je t'écris pour ta commande.", "fr", "formal", ("t'", "ta")),
        ("Je hebt je pakket.", "nl", "formal", ("je",)),
        ("U hebt uw pakket.", "nl", "informal", ("u", "uw")),
        ("你的订单", "zh-Hans", "formal", ("你",)),
        ("Where is your order?", "en", "formal", ()),
        ("Dov'è il tuo ordine?", "it", "formal", ("tuo",)),
    ],
)
def test_who_is_addressed_otherwise_is_told(
    text: str, language: str, register: str, words: tuple[str, ...]
) -> None:
    assert misaddressed(text, language, register) == words  # type: ignore[arg-type]


def test_a_translation_in_the_other_register_is_flagged_and_may_be_sent() -> None:
    machine = Scripted(lambda _: "¿Dónde está tu pedido?")
    formal = TranslationService([machine], detector=LanguageDetector())
    informal = TranslationService(
        [machine], detector=LanguageDetector(), desk=DeskWords(informal=frozenset(("es",)))
    )
    told = formal.translate("Where is your order?", target="es", source="en")
    assert (told.flags, told.failed_gates) == (("register:tu",), ())
    assert informal.translate("Where is your order?", target="es", source="en").flags == ()
