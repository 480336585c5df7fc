"""The keys of the agent's page, as its list shows them; `static/app.js` binds each."""

from __future__ import annotations

KEYS: tuple[tuple[tuple[tuple[str, ...], str], ...], ...] = (
    (
        (("j", "k"), "next, previous conversation"),
        (("n",), "on to the next who waits"),
        (("p",), "paste a conversation"),
        (("m",), "write a note for colleagues"),
        (("d",), "close the conversation, open it again"),
        (("o",), "see the customer's original alone"),
    ),
    (
        (("s",), "send the reply"),
        (("e",), "edit the draft"),
        (("g",), "go to the next value to fill in"),
        (("i",), "insert what the card says into your version"),
        (("v",), "correct the customer's version; it is said so next time"),
        (("l",), "translate your version for the customer"),
        (("c",), "copy your version"),
        (("t",), "copy the customer's version"),
        (("r",), "the draft is not usable: say why"),
    ),
    (
        (("1", "6"), "go to a card: a case or a policy"),
        (("h", "w"), "the card (else the first) is helpful, is wrong"),
        (("x",), "correct what the conversation is about"),
        (("u",), "show the suggestion that is ready"),
        (("/",), "search in your own words"),
        (("Esc",), "leave a field, close a window"),
        (("?",), "this list"),
    ),
)
