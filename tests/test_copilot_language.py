"""The language of short support messages and of conversations, on the real detectors."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.understand.language import ACCEPTANCE, DEFAULT_LANGUAGES, LanguageDetector
from copilot.understand.language_text import clean
from knowledge_base.models import Conversation, Customer, Message

PHRASES = {
    "en": [
        "where is my order?",
        "hi",
        "I want a refund",
        "my parcel has not arrived",
        "the kettle leaks",
        "thanks, that worked",
        "can I return this?",
        "please cancel my subscription",
        "it doesn't turn on anymore",
        "wrong colour delivered",
    ],
    "es": [
        "Hola, mi pedido ORD-12345 no ha llegado",
        "¿dónde está mi paquete?",
        "quiero devolver esto",
        "gracias",
        "no funciona",
        "me han cobrado dos veces",
        "la tetera pierde agua",
        "necesito una factura",
    ],
    "fr": [
        "merci",
        "où est ma commande ?",
        "je veux être remboursé",
        "le colis est abîmé",
        "ça ne marche pas",
        "bonjour, j'ai une question",
        "je n'ai rien reçu",
    ],
    "de": [
        "Danke",
        "wo ist mein Paket?",
        "ich möchte eine Rückerstattung",
        "die Lampe flackert",
        "Lieferung beschädigt",
        "es funktioniert nicht",
        "falscher Artikel geliefert",
        "Bitte kündigen Sie mein Abo",
    ],
    "it": [
        "dov'è il mio pacco?",
        "voglio un rimborso",
        "non funziona",
        "grazie mille",
        "il prodotto è rotto",
        "vorrei cambiare indirizzo",
        "non ho ricevuto niente",
    ],
    "pt": [
        "onde está a minha encomenda?",
        "não funciona",
        "quero o meu dinheiro de volta",
        "obrigado",
        "o produto chegou partido",
        "preciso de ajuda",
        "ainda não recebi nada",
    ],
    "nl": [
        "waar is mijn pakket?",
        "ik wil mijn geld terug",
        "het werkt niet",
        "dank u wel",
        "de lamp is kapot",
        "verkeerde kleur ontvangen",
    ],
    "pl": [
        "gdzie jest moja paczka?",
        "nie działa",
        "chcę zwrócić towar",
        "dziękuję",
        "paczka jest uszkodzona",
        "proszę o fakturę",
    ],
    "sv": [
        "var är mitt paket?",
        "jag vill ha pengarna tillbaka",
        "det fungerar inte",
        "tack så mycket",
        "lampan är trasig",
    ],
    "tr": ["siparişim nerede?", "paramı geri istiyorum", "çalışmıyor", "teşekkürler", "ürün bozuk geldi"],
    "ru": ["где мой заказ?", "спасибо", "верните деньги", "не работает"],
    "ar": ["أين طلبي؟", "شكرا", "أريد استرداد أموالي", "المنتج مكسور"],
    "zh": ["我要退款", "我的包裹在哪里？", "谢谢", "坏了"],
    "ja": ["注文が届きません", "返金してください", "ありがとう", "壊れています"],
    "ko": ["환불", "주문한 물건이 안 왔어요", "감사합니다", "작동하지 않아요"],
}

NOT_LANGUAGE = [
    "",
    "   \n",
    "👍",
    "😡😡😡",
    "12345",
    "ORD-12345",
    "???",
    "...",
    "404 error",
    "ok",
    "OK!",
    "+44 20 7946 0123",
    "ana.ruiz@example.com",
    "https://shop.example.com/es/pedido/donde-esta?lang=es",
    "€59.90",
    "TW-481920 NP123456789DE",
    "asdf",
    "qwertz",
    "hmm",
    "{{order_id}} [tracking_number]",
    "iPhone 15",
    "Best Buy",
    "Ana Ruiz",
    "E3 E4 E5",
    "xD",
    "n/a",
    "> where is my order?\n> I want a refund",
]

SHORT = [(phrase, language) for language, phrases in PHRASES.items() for phrase in phrases]
STRANGERS = [
    "Min ordre er ikke ankommet endnu, kan I hjælpe mig?",
    "Dobrý den, moje objednávka ještě nedorazila",
    "Bună ziua, comanda mea nu a ajuns încă",
    "Hola, la meva comanda encara no ha arribat",
    "Waar is my pakkie? Ek het dit nog nie ontvang nie.",
    "къде е моята поръчка?",
    "де моє замовлення?",
    "میرا آرڈر کہاں ہے؟",
    "πού είναι η παραγγελία μου;",
]


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


def conversation(*texts: str, choice: str | None = None, profile: str | None = None) -> Conversation:
    messages = tuple(Message("customer", text) for text in texts)
    return Conversation(messages=messages, customer=Customer(language=profile), language=choice)


@pytest.mark.parametrize(("phrase", "language"), SHORT)
def test_no_short_phrase_is_taken_for_another_language(
    detector: LanguageDetector, phrase: str, language: str
) -> None:
    assert detector.detect(phrase).language in (language, None)


def test_nearly_all_short_phrases_are_told(detector: LanguageDetector) -> None:
    assert len(SHORT) >= 60
    told = sum(detector.detect(phrase).language == language for phrase, language in SHORT)
    assert told >= 0.9 * len(SHORT)


@pytest.mark.parametrize("text", NOT_LANGUAGE)
def test_what_is_no_language_is_not_told(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text).language is None


@pytest.mark.parametrize("text", STRANGERS)
def test_a_language_that_is_not_the_desks_is_not_taken_for_its_neighbour(
    detector: LanguageDetector, text: str
) -> None:
    assert detector.detect(text).language is None


def test_a_strangers_candidates_name_it(detector: LanguageDetector) -> None:
    assert detector.detect(STRANGERS[0]).candidates[0][0] == "da"


def test_an_order_number_does_not_hide_the_language(detector: LanguageDetector) -> None:
    found = detector.detect("Hola, mi pedido ORD-12345 no ha llegado")
    assert found.language == "es"
    assert found.confidence >= 0.97
    assert found.candidates[0] == ("es", found.confidence)


def test_what_is_quoted_does_not_count(detector: LanguageDetector) -> None:
    text = "> Thank you for your order, it has been sent today.\nWo ist mein Paket geblieben?"
    assert detector.detect(text).language == "de"


def test_the_answer_is_in_the_desks_own_tags() -> None:
    detector = LanguageDetector(("en-GB", "pt-BR", "zh-Hans"))
    assert detector.detect("where is my order? it has not arrived").language == "en-GB"
    assert detector.detect("ainda não recebi a minha encomenda").language == "pt-BR"
    assert detector.detect("我要退款").language == "zh-Hans"


def test_a_desk_of_two_languages_claims_no_third() -> None:
    detector = LanguageDetector(("en", "es"))
    assert detector.detect("Onde está a minha encomenda? Ainda não recebi nada").language is None
    assert detector.detect("¿Dónde está mi pedido? Todavía no ha llegado").language == "es"
    assert detector.detect("我要退款").language is None


def test_languages_of_one_script_are_told_apart() -> None:
    detector = LanguageDetector(("ru", "uk", "bg"))
    assert detector.detect("где мой заказ? я хочу вернуть деньги").language == "ru"
    assert detector.detect("де моє замовлення? я хочу повернути гроші").language == "uk"


def test_the_agents_choice_beats_the_profile_beats_the_text(detector: LanguageDetector) -> None:
    text = "Wo ist mein Paket geblieben?"
    chosen = detector.detect_conversation(conversation(text, choice="fr", profile="it"))
    assert (chosen.language, chosen.confidence) == ("fr", 1.0)
    assert detector.detect_conversation(conversation(text, profile="it")).language == "it"
    assert detector.detect_conversation(conversation(text)).language == "de"
    assert chosen.candidates[0][0] == "de"


def test_a_lone_message_is_judged_by_its_own_score(detector: LanguageDetector) -> None:
    for text in ("no funciona", "wo ist mein Paket?", "404 error"):
        assert detector.detect_conversation(conversation(text)) == detector.detect(text)


def test_several_doubtful_messages_make_a_sure_one(detector: LanguageDetector) -> None:
    assert detector.detect("no funciona").language is None
    assert detector.detect("me han cobrado dos veces").language is None
    assert detector.detect_conversation(conversation("no funciona", "la caja", "👍")).language == "es"


def test_a_switch_of_language_is_followed_within_three_messages(detector: LanguageDetector) -> None:
    german = ["Wo ist mein Paket?", "Ich habe am Montag bestellt.", "Bitte helfen Sie mir."]
    english = ["Sorry, can we speak English?", "my parcel has not arrived", "please send it again"]
    assert detector.detect_conversation(conversation(*german)).language == "de"
    assert detector.detect_conversation(conversation(*german, *english)).language == "en"


def test_agents_and_notes_do_not_count(detector: LanguageDetector) -> None:
    messages = (
        Message("agent", "Hello, how can I help you today?"),
        Message("customer", "Mi pedido no ha llegado todavía"),
        Message("note", "The customer has written before about the same order."),
    )
    assert detector.detect_conversation(Conversation(messages=messages)).language == "es"


def test_the_desks_usual_languages_tip_the_scales_only(detector: LanguageDetector) -> None:
    usual = LanguageDetector(usual=("pt",))
    doubtful = conversation("no funciona", "no funciona")
    assert usual.detect_conversation(doubtful).confidence < detector.detect_conversation(doubtful).confidence
    clear = conversation("¿dónde está mi paquete?", "quiero mi dinero de vuelta")
    assert usual.detect_conversation(clear).language == "es"


def test_a_conversation_without_words_has_no_language(detector: LanguageDetector) -> None:
    found = detector.detect_conversation(conversation("👍", "12345"))
    assert (found.language, found.confidence, found.candidates) == (None, 0.0, ())


def test_threads_and_repetition_change_nothing() -> None:
    texts = [phrase for phrase, _ in SHORT] * 2
    alone = [LanguageDetector().detect(text) for text in texts]
    fresh = LanguageDetector((*DEFAULT_LANGUAGES, "da"))  # its models are built by the racing threads
    with ThreadPoolExecutor(8) as pool:
        raced = list(pool.map(fresh.detect, texts))
    assert raced == [fresh.detect(text) for text in texts]
    assert alone == [LanguageDetector().detect(text) for text in texts]


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_has_an_answer(text: str) -> None:
    found = LanguageDetector().detect(text)
    assert 0.0 <= found.confidence <= 1.0
    assert (found.language is not None) <= (found.confidence >= ACCEPTANCE)
    assert sum(p for _, p in found.candidates) <= 1.001


@pytest.mark.parametrize("text", ["a" * 60_000, "1 " * 30_000, "<a" * 30_000, "[a" * 30_000, "是1" * 30_000])
def test_long_monotonous_text_is_cleaned_at_once(text: str) -> None:
    assert len(clean(text)) <= 1000


def test_importing_loads_no_detector() -> None:
    code = (
        "import sys, copilot.understand.language;"
        "print({'langdetect', 'py3langid', 'numpy'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
