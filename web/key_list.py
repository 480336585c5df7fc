"""The keys of the agent's page, as its list shows them; `static/app.js` binds each."""

from __future__ import annotations

from web.i18n import mark

KEYS: tuple[tuple[tuple[tuple[str, ...], str], ...], ...] = (
    (
        (("j", "k"), mark("next, previous conversation")),
        (("n",), mark("on to the next who waits")),
        (("p",), mark("paste a conversation")),
        (("m",), mark("write a note for colleagues")),
        (("d",), mark("close the conversation, open it again")),
        (("o",), mark("see the customer's original alone")),
    ),
    (
        (("s",), mark("send the reply")),
        (("e",), mark("edit the draft")),
        (("g",), mark("go to the next value to fill in")),
        (("i",), mark("insert what the card says into your version")),
        (("v",), mark("correct the customer's version; it is said so next time")),
        (("l",), mark("translate your version for the customer")),
        (("c",), mark("copy your version")),
        (("t",), mark("copy the customer's version")),
        (("r",), mark("the draft is not usable: say why")),
    ),
    (
        (("1", "6"), mark("go to a card: a case or a policy")),
        (("h", "w"), mark("the card (else the first) is helpful, is wrong")),
        (("x",), mark("correct what the conversation is about")),
        (("u",), mark("show the suggestion that is ready")),
        (("/",), mark("search in your own words")),
        (("Esc",), mark("leave a field, close a window")),
        (("?",), mark("this list")),
    ),
)
