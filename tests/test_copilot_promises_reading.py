"""Promises read in what was sent: what is one, what isn't, and when each falls due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.promises.due import END_OF_DAY, When, due_of, is_whole_day
from copilot.promises.reading import MOST_READ, Commitment, commitments_in, refusals_in
from copilot.promises.unbacked import unbacked_promises
from tests.clock import slowness

WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
PROMISES = [
    # language, sentence, kind, actor, amount, due (day, or day and hour)
    ("en", "We will refund 59.90 EUR within 5 working days.", "refund", "desk", "59.90 EUR", "2026-12-02"),
    ("en", "I'll call you tomorrow.", "contact", "agent", None, "2026-11-26"),
    ("en", "I’ll call you tomorrow.", "contact", "agent", None, "2026-11-26"),
    ("en", "You will hear from us by Friday.", "contact", "desk", None, "2026-11-27"),
    ("en", "We will send you a replacement on Monday.", "replacement", "desk", None, "2026-11-30"),
    ("en", "We'll credit 20 EUR to your account by 1 December.", "credit", "desk", "20.00 EUR", "2026-12-01"),
    ("en", "The lamp will be delivered on 3 December 2026.", "delivery", "desk", None, "2026-12-03"),
    ("en", "The carrier will collect it on Friday between 9:00 and 12:00.",
     "delivery", "other", None, "2026-11-27T12:00"),
    ("en", "I will look into it and it may take a while.", "investigation", "agent", None, None),
    ("en", "I will write to you tomorrow by 10:00.", "contact", "agent", None, "2026-11-26T10:00"),
    ("en", "Our safety desk will ring you within 2 hours.", "contact", "desk", None, "2026-11-25T11:00"),
    ("en", "We will get back to you within 24 hours.", "contact", "desk", None, "2026-11-26T09:00"),
    ("en", "You will receive the refund within 3 to 5 working days.", "refund", "desk", None, "2026-12-02"),
    ("en", "I write to you by Friday, 4 December.", "contact", "agent", None, "2026-12-04"),
    ("en", "We're sending it today.", "delivery", "desk", None, "2026-11-25"),
    ("en", "I will write to you as soon as the carrier has answered.", "contact", "agent", None, None),
    ("en", "We will refund the 20 EUR within 5 days after the return has reached us.",
     "refund", "desk", "20.00 EUR", None),
    ("en", "I'll check whether it is in stock by the end of the week.",
     "investigation", "agent", None, "2026-11-29"),
    ("en", "I will call you next Friday.", "contact", "agent", None, "2026-12-04"),
    ("en", "I'll call you the day after tomorrow at 3 pm.", "contact", "agent", None, "2026-11-27T15:00"),
    ("en", "We will answer by the end of the month.", "contact", "desk", None, "2026-11-30"),
    ("en", "I'll be in touch in two weeks.", "contact", "agent", None, "2026-12-09"),
    ("de", "Wir erstatten Ihnen 59,90 € innerhalb von 5 Werktagen.",
     "refund", "desk", "59.90 EUR", "2026-12-02"),
    ("de", "Ich melde mich bis Freitag, 4. Dezember.", "contact", "agent", None, "2026-12-04"),
    ("de", "Ich rufe Sie morgen zwischen 9 und 11 Uhr an.", "contact", "agent", None, "2026-11-26T11:00"),
    ("de", "Wir schicken Ihnen am Montag einen Ersatz.", "replacement", "desk", None, "2026-11-30"),
    ("de", "Sie erhalten einen Gutschein über 20 €.", "credit", "desk", "20.00 EUR", None),
    ("de", "Das Paket wird am Freitag geliefert.", "delivery", "desk", None, "2026-11-27"),
    ("de", "Wir werden das bis übermorgen prüfen.", "investigation", "desk", None, "2026-11-27"),
    ("de", "Sobald der Spediteur antwortet, schreiben wir Ihnen.", "contact", "desk", None, None),
    ("de", "Nordpost holt es am Donnerstag, 3. Dezember, ab.", "delivery", "other", None, "2026-12-03"),
    ("de", "Ich schicke Ihnen heute das Etikett.", "delivery", "agent", None, "2026-11-25"),
    ("de", "Unser Team meldet sich in 2 Stunden bei Ihnen.", "contact", "desk", None, "2026-11-25T11:00"),
    ("es", "Le devolveremos 59,90 € en un plazo de 5 días laborables.",
     "refund", "desk", "59.90 EUR", "2026-12-02"),
    ("es", "Le llamaremos mañana.", "contact", "desk", None, "2026-11-26"),
    ("es", "Le escribiré antes del viernes.", "contact", "agent", None, "2026-11-27"),
    ("es", "Le enviaremos otra lámpara el lunes.", "replacement", "desk", None, "2026-11-30"),
    ("es", "Recibirá el paquete el 3 de diciembre.", "delivery", "desk", None, "2026-12-03"),
    ("es", "Voy a comprobarlo hoy.", "investigation", "agent", None, "2026-11-25"),
    ("es", "Le contesto mañana antes de las 14:00.", "contact", "agent", None, "2026-11-26T14:00"),
    ("es", "Le llamamos pasado mañana.", "contact", "desk", None, "2026-11-27"),
    ("es", "En cuanto el transportista responda, le avisaremos.", "contact", None, None, None),
    ("fr", "Nous vous rembourserons 59,90 € sous 5 jours ouvrés.",
     "refund", "desk", "59.90 EUR", "2026-12-02"),
    ("fr", "Je vous rappelle demain avant midi.", "contact", "agent", None, "2026-11-26T12:00"),
    ("fr", "Vous recevrez une nouvelle lampe d'ici vendredi.", "replacement", "desk", None, "2026-11-27"),
    ("fr", "Nous allons vérifier cela aujourd'hui.", "investigation", "desk", None, "2026-11-25"),
    ("fr", "Le colis sera livré le 3 décembre.", "delivery", "desk", None, "2026-12-03"),
    ("fr", "Je vous écrirai vendredi à 10 h.", "contact", "agent", None, "2026-11-27T10:00"),
    ("fr", "Le transporteur vous appellera après-demain.", "contact", "other", None, "2026-11-27"),
    ("fr", "Dès que le transporteur répond, je vous écrirai.", "contact", "agent", None, None),
]  # fmt: skip
NONE = [
    ("en", "If you send us a photo, we will replace the lamp."),
    ("en", "We will replace the lamp if you send us a photo."),
    ("en", "Send us a photo and we will replace it."),
    ("en", "Should the parcel not arrive, we will send another."),
    ("en", "As soon as we receive your photo, we will refund you."),
    ("en", "We can't refund the delivery fee."),
    ("en", "We will not refund the delivery fee."),
    ("en", "We won't charge your card again."),
    ("en", "Will you call us tomorrow?"),
    ("en", "Shall I call you tomorrow?"),
    ("en", "You will need to send it back by Friday."),
    ("en", "Please send it back within 30 days."),
    ("en", "I will be happy to help."),
    ("en", "We could refund 20 EUR."),
    ("en", "I have refunded 59.90 EUR today."),
    ("en", "The link is valid for 60 minutes."),
    ("en", "Thank you for your message."),
    ("en", "> We will refund you tomorrow."),
    ("de", "Wenn Sie uns ein Foto schicken, erstatten wir den Betrag."),
    ("de", "Sollte das Paket nicht ankommen, ersetzen wir es."),
    ("de", "Wir können den Betrag nicht erstatten."),
    ("de", "Bitte senden Sie uns das Gerät bis Freitag."),
    ("de", "Soll ich Sie morgen anrufen?"),
    ("de", "Ich habe Ihnen heute 20 € erstattet."),
    ("de", "Ich melde mich nicht mehr dazu."),
    ("es", "Si nos envía una foto, le devolveremos el dinero."),
    ("es", "No podemos devolverle el importe."),
    ("es", "¿Le llamo mañana?"),
    ("es", "Por favor, envíenos el paquete antes del viernes."),
    ("es", "Ya le he devuelto los 20 €."),
    ("fr", "Si vous nous envoyez une photo, nous vous rembourserons."),
    ("fr", "Nous ne pouvons pas vous rembourser."),
    ("fr", "Pouvez-vous nous rappeler demain ?"),
    ("fr", "Veuillez renvoyer le colis avant vendredi."),
    ("fr", "Je vous ai remboursé 20 €."),
]


@pytest.mark.parametrize(("language", "text", "kind", "actor", "amount", "due"), PROMISES)
def test_a_promise_and_when_it_is_due(
    language: str, text: str, kind: str, actor: str | None, amount: str | None, due: str | None
) -> None:
    for told in (language, None):  # None: told by the text itself
        [found] = commitments_in(text, told)
        assert (found.kind, found.amount, found.text) == (kind, amount, text)
        assert actor in (None, found.actor)
        assert shown(due_of(found.when, WEDNESDAY)) == due


def shown(due: datetime | None) -> str | None:
    if due is None:
        return None
    return f"{due:%Y-%m-%d}" if is_whole_day(due) else f"{due:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(("language", "text"), NONE)
def test_what_is_no_promise(language: str, text: str) -> None:
    assert commitments_in(text, language) == ()
    assert commitments_in(text) == ()


def kinds(text: str) -> list[tuple[str, str | None]]:
    return [(one.kind, shown(due_of(one.when, WEDNESDAY))) for one in commitments_in(text)]


def test_a_sentence_may_promise_twice() -> None:
    text = "I am asking Nordpost today and will write to you tomorrow by 10:00."
    assert kinds(text) == [("investigation", "2026-11-25"), ("contact", "2026-11-26T10:00")]
    assert kinds("We will refund you and call you tomorrow.") == [("refund", None), ("contact", "2026-11-26")]
    text = "I'll call you tomorrow, and if it is still broken, we will replace it."
    assert kinds(text) == [("contact", "2026-11-26")]


def test_offsets_are_the_messages_own_and_wrapped_lines_are_joined() -> None:
    text = (
        "Hello Ana,\n\nI am sorry. We will refund you\nwithin 5 working days.\n\n- I'll call you today\nMaya"
    )
    found = commitments_in(text)
    assert [text[one.start : one.end] for one in found] == [one.text for one in found]
    assert found[0].text == "We will refund you\nwithin 5 working days."
    assert [one.kind for one in found] == ["refund", "contact"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We can't refund the delivery fee.", "refund"),
        ("Wir können Ihnen die Lampe nicht ersetzen.", "replacement"),
        ("No podemos devolverle los 20 €.", "refund"),
        ("Nous ne pouvons pas vous rembourser.", "refund"),
        ("A voucher is not possible.", "credit"),
    ],
)
def test_a_refusal_names_what_is_refused(text: str, kind: str) -> None:
    assert [(one.kind, one.text) for one in refusals_in(text)] == [(kind, text)]


FRIDAY_EVENING = datetime(2026, 11, 27, 18, 30, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "sent", "due"),
    [
        (When(("+1 workday",)), FRIDAY_EVENING, "2026-11-30"),
        (When(("+1 workday",)), SATURDAY, "2026-11-30"),
        (When(("+5 workday",)), SATURDAY, "2026-12-04"),
        (When(("+10 workday",)), WEDNESDAY, "2026-12-09"),
        (When(("+2 hour",)), FRIDAY_EVENING, "2026-11-27T20:30"),
        (When(("weekday 2",)), WEDNESDAY, "2026-12-02"),
        (When(("+1 month",)), datetime(2027, 1, 31, tzinfo=UTC), "2027-02-28"),
        (When(("--01-05",)), WEDNESDAY, "2027-01-05"),
        (When(("--11-20",)), WEDNESDAY, None),
        (When(("2026-11-20",)), WEDNESDAY, None),
        (When(("weekday 4", "--12-04")), WEDNESDAY, "2026-12-04"),
        (When(("day 0",), "08:00"), WEDNESDAY, "2026-11-25"),
        (When((), "08:00"), WEDNESDAY, "2026-11-26T08:00"),
        (When(("2026-02-30",)), WEDNESDAY, None),
        (When(("+9999 year",)), WEDNESDAY, None),
        (When(("2026-12-01",)), None, "2026-12-01"),
        (When(("day 1",)), None, None),
        (None, WEDNESDAY, None),
    ],
)
def test_the_moment_that_a_time_means(when: When | None, sent: datetime | None, due: str | None) -> None:
    assert shown(due_of(when, sent)) == due


def test_the_day_of_sending_is_that_of_utc() -> None:
    sent = datetime.fromisoformat("2026-11-25T23:30:00-05:00")
    assert due_of(When(("day 1",)), sent) == datetime.combine(datetime(2026, 11, 27), END_OF_DAY, UTC)


PIECES = [
    "we will ", "refund ", "tomorrow", " if ", "you ", "59.90 EUR ", "within 5 ", "working days", ". ", ", ",
    "\n", "ich ", "wird ", "erstattet", "demain ", "à 10 h", "le llamo ", "mañana ", "; ", "and ", "?", "’",
    "> ", "31 February 2026 ", "0000-00-00 ", "12:99 ",
]  # fmt: skip
WRITTEN = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))


@given(WRITTEN)
def test_reading_never_fails_and_offsets_match(text: str) -> None:
    found: tuple[Commitment, ...] = commitments_in(text)
    for one in found:
        assert text[one.start : one.end] == one.text
        assert one.text.strip() == one.text != ""
        due = due_of(one.when, WEDNESDAY)
        assert due is None or due.tzinfo is not None
    for refusal in refusals_in(text):
        assert text[refusal.start : refusal.end] == refusal.text


HOSTILE = [
    "we will ",
    "a. ",
    "1 ",
    "tomorrow, ",
    "a",
    "if and ",
    "within 5 ",
    "ne ",
    "\n- ",
    "we will call 9:00 and ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    import time

    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        begin = time.process_time()
        commitments_in(text, "und")
        return time.process_time() - begin

    seconds(50)
    assert seconds(MOST_READ) < 1.5 * slowness()
    assert seconds(50 * MOST_READ) < 1.5 * slowness()


POLICY = "We refund you within 5 working days after our warehouse has scanned the parcel."


@pytest.mark.parametrize(
    ("text", "told", "flagged"),
    [
        ("We will refund you in full.", [], ["We will refund you in full."]),
        ("We will refund you in full.", [POLICY], []),
        (
            "We will refund you in full.",
            ["If the parcel is lost, we refund you."],
            ["We will refund you in full."],
        ),
        ("If the parcel is lost, we refund you.", [], []),
        ("We can't refund you.", [], []),
        ("We send you a new lamp today.", [POLICY], ["We send you a new lamp today."]),
        ("I will write to you tomorrow.", [], []),
        ("Wir erstatten Ihnen den Betrag.", [], ["Wir erstatten Ihnen den Betrag."]),
        ("Wir erstatten Ihnen den Betrag.", [POLICY], []),
        ("Le reembolsaremos el importe.", [], ["Le reembolsaremos el importe."]),
        ("Nous vous remboursons la somme.", [], ["Nous vous remboursons la somme."]),
    ],
)
def test_a_promise_that_nothing_makes_is_flagged(text: str, told: list[str], flagged: list[str]) -> None:
    assert [warning.text for warning in unbacked_promises(text, told)] == flagged
