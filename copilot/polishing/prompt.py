"""What a model is asked: the handbook's rules for a reply, the tokens, and the draft's lines."""

from __future__ import annotations

from copilot.polishing.sheet import SENT, Sheet, mask_all
from knowledge_base.models import Conversation

_RULES = (
    'You improve the wording of a customer service reply. Write in its language, "{language}".',
    "1. Keep the meaning. Add no fact, name, number, date, promise, offer, admission, reason or question, "
    "and leave none out.",
    '2. Keep every condition and limit: each "not", "may", "only", "if" and "or".',
    "3. Tokens such as XPH0X stand for values. Each comes back exactly once, unchanged, in the same order "
    "and in the same line.",
    "4. Write one line for each line of the draft, in the same order. No greeting, closing or signature.",
    "5. Empathy comes first and names what happened to this customer, never a stock phrase. Plain, short, "
    "positive words; no jargon, no blame.",
    "6. Answer with the lines alone: no introduction, quotes, Markdown or comment.",
)
_KINDS = {
    "gap": "a value still to be filled in", "name": "a name", "period": "a length of time", "date": "a date",
    "amount": "an amount of money", "percent": "a share", "link": "a web address", "url": "a web address",
    "email": "an e-mail address", "phone": "a telephone number", "id": "a number or code",
}  # fmt: skip
MOST_READ = 2_000
"""Characters of the customer's words that are sent at most: the newest say what matters."""
_TAKEN_OUT = "…"


def messages_of(sheet: Sheet, said: str = "") -> list[dict[str, str]]:
    """The messages of one request. `said` is what the customer wrote, already without its values."""
    asked = ["Draft:", "\n".join(sheet.lines)]
    kinds = [f"XPH{n}X is {_KINDS.get(kind, 'a figure')}" for n, kind in enumerate(sheet.masked.kinds)]
    if kinds:
        asked[:0] = [f"Tokens: {'; '.join(kinds)}."]
    if said:
        asked[:0] = [f"What the customer wrote, only so that you see how they feel:\n{said}"]
    rules = "\n".join(_RULES).format(language=sheet.language)
    return [{"role": "system", "content": rules}, {"role": "user", "content": "\n\n".join(asked)}]


def said_by_customer(conversation: Conversation, language: str, names: tuple[str, ...]) -> str:
    """The newest of what the customer wrote, with names and figures taken out."""
    newest = "\n".join(message.text for message in conversation.by("customer"))[-MOST_READ:]
    return SENT.sub(_TAKEN_OUT, mask_all(newest, language, names).text)
