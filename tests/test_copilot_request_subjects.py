"""Where a subject begins, ends and is taken up again; bursts, menus, posts, follow-ups."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.understand.request import read_request
from copilot.understand.subjects import LOOK_BACK, newest_subject
from knowledge_base.models import Conversation, Message
from tests.test_copilot_request import chat, read

LOST = "my parcel with the bath mat seems lost since Monday"
TRACED = "A: We have asked the carrier and will write to you by Thursday."


def searched(*texts: str) -> str:
    """All that is searched with for a conversation of these messages."""
    return "\n".join(read(*texts).views)


@pytest.mark.parametrize(
    "text",
    [
        "while I've got you, does a gift card from 2024 still work?",
        "Since your here: where can i see invoices?",
        "Last thing, does the mixer come in red?",
        "pendant que j'y suis, le mixeur existe en rouge ?",
        "Wenn ich Sie schon dran hab: gibt es den Mixer in Rot?",
        "ya que estamos, ¿la batidora existe en rojo?",
    ],
)
def test_words_that_begin_another_subject(text: str) -> None:
    assert "parcel" not in searched(LOST, TRACED, text)


@pytest.mark.parametrize("thanks", ["Thanks!", "ok cool thx", "brilliant", "Much obliged.", "Fab,"])
def test_thanks_for_an_answer_before_a_full_request_end_the_subject(thanks: str) -> None:
    new = "the lamp I bought from you in June twitches when it is dimmed"
    apart, together = searched(LOST, TRACED, thanks, new), searched(LOST, TRACED, f"{thanks} {new}")
    assert "parcel" not in apart
    assert "parcel" not in together


@pytest.mark.parametrize(
    "follow_up",
    ["Great. What if it still turns up?", "thanks! and for bigger orders?", "ok, and how long does it take"],
)
def test_thanks_before_a_follow_up_end_nothing(follow_up: str) -> None:
    assert "parcel" in read(LOST, TRACED, follow_up).views[0]


def test_thanks_after_a_question_of_the_agent_end_nothing() -> None:
    answer = "thanks, the address is right but I moved out of flat two"
    got = read(LOST, "A: Is it still 4 Elm Close?", answer)
    assert "parcel" in got.views[0]


@pytest.mark.parametrize("settled", ["It arrived, thank you.", "All good!", "they rang, all good now"])
def test_what_is_settled_no_longer_decides(settled: str) -> None:
    got = read(LOST, TRACED, f"{settled}\nMy card was charged twice.")
    assert got.views == ("My card was charged twice.",)


@pytest.mark.parametrize("told", ["It arrived broken", "It works only on Mondays", "is it here?"])
def test_more_than_settled_is_content(told: str) -> None:
    assert told.split()[-1].strip("?") in read(LOST, TRACED, told).views[0]


def test_a_closing_after_content_ends_the_subject_for_the_next_message() -> None:
    got = read(LOST, TRACED, "Oh, in the letter box. All good!", "A: Glad to hear it!", "The lid is missing")
    assert got.views[0] == "The lid is missing"


@pytest.mark.parametrize(
    "text",
    [
        "By the way, I was sent towels instead of a rug yesterday",
        "Also: I get your newsletter four times a week",
    ],
)
def test_by_the_way_begins_a_full_request_only(text: str) -> None:
    assert "parcel" not in searched(LOST, TRACED, text)
    assert "parcel" in searched(LOST, TRACED, text.split()[0] + " the lid?")


def test_a_subject_named_again_is_taken_up() -> None:
    got = read(
        "Please change the colour of the throw to sand",
        "A: Done.",
        "Thanks. How do I return a rug that is rolled up and fits no box?",
        "A: Wrap it in paper.",
        "oh no sorry, make the throw green after all",
    )
    assert got.views[0] == "Please change the colour of the throw to sand\nmake the throw green after all"
    assert "rug" not in "\n".join(got.views)
    assert got.since == 0


def test_a_word_of_what_goes_on_takes_up_nothing() -> None:
    got = read(
        "Please change the colour of the throw to sand",
        "A: Done.",
        "Thanks. How do I return a rug that is rolled up and fits no box?",
        "A: Wrap it in paper, a throw too.",
        "the throw too?",
    )
    assert "rug" in got.views[0]


def test_an_answer_after_a_return_stays_with_the_subject_taken_up() -> None:
    got = read(
        "The order of this noon: change the throw to sand", "A: Done.",
        "Thanks. How do I return a rug that is rolled up and fits no box?", "A: Wrap it in paper.",
        "make the throw green", "A: Light or dark green?", "dark",
    )  # fmt: skip
    assert got.views[0].startswith("The order of this noon")
    assert got.views[0].endswith("dark")


def test_an_unmarked_request_that_says_enough_is_read_alone_and_with_what_was_said_before() -> None:
    new = "is there any chance of money back for the mixer, I saw it forty euros cheaper on your page"
    got = read("The machine shows E4", "A: Fill the tank.", "it makes noises", "A: That is normal.", new)
    assert got.views == (new, "The machine shows E4\nit makes noises")
    assert got.earlier
    assert got.text == new


def test_a_long_answer_to_a_question_is_read_with_it() -> None:
    answer = "the one ending in 22 but the bank has sent me another card since then"
    got = read("My refund of the lamps is missing", "A: To which card did you pay?", answer)
    assert not got.earlier
    assert got.views[1] == f"My refund of the lamps is missing\nTo which card did you pay?\n{answer}"


def test_an_open_invitation_is_no_question() -> None:
    opener = "I bought a used mixer off someone and it is nothing like the pictures, rust everywhere"
    got = read("hi there", "A: What can I do for you?", opener, "A: When did it arrive?", "yesterday")
    assert got.text == f"{opener} – yesterday"


@pytest.mark.parametrize("opener", ["does anybody work here", "Is this a bot?", "do you speak English?"])
def test_asking_for_a_person_names_no_subject(opener: str) -> None:
    assert read(opener, "A: I am human.", "my desk wobbles").views == ("my desk wobbles",)


def test_messages_in_a_row_are_one() -> None:
    got = read("omg ok", "i threw the box away", "can i still", "return it i mean")
    assert got.views == ("i threw the box away\ncan i still\nreturn it i mean",)
    assert got.message_index == 3


@pytest.mark.parametrize(
    ("menu", "number", "wanted"),
    [
        ("Pick a topic: 1 Track my order  2 Returns and exchanges  3 Payments", "2", "Returns and exchanges"),
        ("1) Where is my order\n2) Change address\n3) Damaged", "2", "Change address"),
        ("[1: Versand] [2: Rückgabe]", "1", "Versand"),
    ],
)
def test_a_figure_stands_for_the_entry_of_the_menu(menu: str, number: str, wanted: str) -> None:
    assert read(f"A: {menu}", number).text == wanted


def test_a_figure_that_no_menu_names_says_nothing() -> None:
    assert read("A: Welcome! We are open until 20 o'clock.", "7").views == ()


def test_posts_lose_accounts_and_addresses_of_pages_but_keep_their_words() -> None:
    got = read(
        "@TidewellHome my order was handed to a stranger #fail https://t.co/x8fK2p",
        "A: @dan_rourke Sorry Dan! Have you asked next door? ^LM",
        "@TidewellHome asked all 3 flats. nope",
    )
    assert got.views[0] == "my order was handed to a stranger fail\nasked all 3 flats."
    assert "LM" not in got.views[1]
    assert "@" not in "".join(got.views)


def test_an_address_of_mail_stays() -> None:
    assert "bo.hansen@example.com" in read("please use bo.hansen@example.com for my account").text


@pytest.mark.parametrize(
    "text",
    [
        "My lamp flickers. Cordialement, Claire Morin",
        "My lamp flickers. Thanks a lot\nOona",
        "My lamp flickers. F. Amadi",
        "My lamp flickers. Yours, D. Whitmore",
    ],
)
def test_names_under_a_message_are_left_out(text: str) -> None:
    assert read(text).text == "My lamp flickers."


def test_thanks_with_a_name_are_small_talk() -> None:
    got = read("My lamp flickers.", "A: A new one is on its way.", "Thanks.\nWouter")
    assert got.text == "My lamp flickers."


@pytest.mark.parametrize(
    "follow_up", ["and for furniture?", "does that also go for reduced items?", "what about kids?"]
)
def test_a_follow_up_is_read_with_its_subject_and_what_the_agent_said(follow_up: str) -> None:
    got = read("How long is the warranty on appliances?", "A: Two years by law.", follow_up)
    assert got.views == (
        f"How long is the warranty on appliances?\n{follow_up}",
        f"How long is the warranty on appliances?\nTwo years by law.\n{follow_up}",
    )


def test_a_follow_up_of_a_new_subject_knows_nothing_of_the_old() -> None:
    got = read(LOST, TRACED, "Another thing: can I pay by invoice?", "A: Only in Germany.", "and in Austria?")
    assert got.views == (
        "can I pay by invoice?\nand in Austria?",
        "can I pay by invoice?\nOnly in Germany.\nand in Austria?",
    )  # fmt: skip


def test_a_long_side_keeps_the_opener_and_the_newest() -> None:
    middle = [f"the workshop wrote about part {n} and I did not understand it" for n in range(26)]
    texts = [part for text in middle for part in (text, "A: I see.")]
    got = read("My coffee machine leaks", "A: I see.", *texts, "and then?")
    assert got.views[0].startswith("My coffee machine leaks") or "part 25" in got.views[0]
    assert got.views[0].endswith("and then?")


def test_nothing_further_back_than_the_look_back_is_read() -> None:
    filler = ["it does not help", "A: I see."] * LOOK_BACK
    assert "kettle" not in searched("my kettle leaks", "A: I see.", *filler)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["customer", "agent", "note"]), st.text(max_size=80)), max_size=12))
def test_turns_stand_in_order_and_hold_only_what_the_customer_wrote(told: list[tuple[str, str]]) -> None:
    messages = tuple(Message(role, text) for role, text in told)  # type: ignore[arg-type]
    turns = newest_subject(Conversation(messages)).turns
    assert [turn.index for turn in turns] == sorted({turn.index for turn in turns})
    for turn in turns:
        assert turn.core
        assert 0 <= turn.first <= turn.index < len(messages)
        assert messages[turn.first].role == messages[turn.index].role == "customer"


def test_reading_is_the_same_each_time() -> None:
    conversation = chat(LOST, TRACED, "thx", "A: Anything else?", "yes, my lamp flickers")
    assert read_request(conversation) == read_request(conversation)
