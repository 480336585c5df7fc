"""Generated records for property tests: odd Unicode, and texts that look like the formats' own marks."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from knowledge_base.models import (
    LENGTHS,
    TONES,
    Case,
    Message,
    Outcome,
    PolicyArticle,
    Question,
    ReplyTemplate,
    Source,
)
from knowledge_base.templates_io import MOVES

_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_MARKS = st.sampled_from(
    [
        "\n---\n",
        "---",
        "\n## act\n",
        "# H",
        "id: x\n",
        "\n",
        "\r\n",
        "  ",
        "|",
        '"',
        "'",
        ": ",
        "{{ x }}",
        "no",
    ]
) | st.sampled_from(
    [
        "\ufeff",
        "\u2028",
        "\x85",
        "e\u0301",
        "📦",
        "مرحبا",
        "null",
        "~",
        "2026-01-01",
        "- a",
        "#",
        "%",
        "\\u0000",
    ]
)
raw_texts = st.lists(st.one_of(st.text(_CHARACTERS, max_size=8), _MARKS), max_size=6).map("".join)
texts = raw_texts.filter(lambda text: bool(text.strip()))
optional = st.none() | texts
_SHOWN = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
ids = st.one_of(
    st.text(_SHOWN, min_size=1, max_size=12),
    st.sampled_from(
        ["C-1", "c-1", "../up", "a/b", "a%2fb", ".hidden", "CON", "x" * 200, "ü" * 200, "lost/act"]
    ),
).filter(lambda id: id == id.strip() and bool(id))
languages = st.sampled_from(["en", "de", "pt-BR", "zh-Hans", "no", "ar"])
statuses = st.sampled_from(["published", "pending", "retired"])
times = st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
days = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))
_lists = st.lists(texts, max_size=3).map(tuple)
_minutes = st.none() | st.integers(0, 10**6) | st.floats(0, 1e6, allow_nan=False)

messages = st.builds(Message, st.sampled_from(["customer", "agent", "note"]), raw_texts, times)
cases = st.builds(
    Case,
    id=ids,
    resolution=texts,
    problem=texts,
    title=optional,
    language=languages,
    reply=optional,
    steps=_lists,
    messages=st.lists(messages, max_size=3).map(tuple),
    category=optional,
    tags=_lists,
    product=optional,
    channel=optional,
    outcome=st.builds(
        Outcome,
        st.none() | st.booleans(),
        st.none() | st.booleans(),
        st.none() | st.integers(1, 5),
        _minutes,
    ),
    resolved_at=times,
    policies=_lists,
    source=st.builds(Source, optional, optional, optional),
    status=statuses,
)


def _in_order(article: PolicyArticle) -> bool:
    first, last = article.effective_from, article.effective_to
    return first is None or last is None or first <= last


articles = st.builds(
    PolicyArticle,
    id=ids,
    title=texts,
    body=texts,
    language=languages,
    category=optional,
    effective_from=days,
    effective_to=days,
    review_by=days,
    audience=optional,
    translation_of=optional,
    url=optional,
    status=statuses,
).filter(_in_order)

_moves = st.sampled_from(MOVES)
_member_ids = st.builds(
    "{}/{}{}{}".format,
    st.sampled_from(["lost", "Lost", "a/b"]),
    _moves,
    st.sampled_from(["", "/chat", "/email-short", "/chat-short-warm", "/warm"]),
    st.sampled_from(["", "/2", "/3"]),
)
templates = st.builds(
    ReplyTemplate,
    id=ids | _member_ids,
    move=_moves,
    body=texts,
    language=languages,
    situation=optional,
    category=optional,
    register=st.sampled_from(["formal", "informal"]),
    channel=optional,
    policies=_lists,
    status=statuses,
    emotion=optional,
    tone=st.none() | st.sampled_from(TONES),
    length=st.none() | st.sampled_from(LENGTHS),
    includes=_lists,
)

_some_messages = st.lists(messages, min_size=1, max_size=3).map(tuple)
_asked = st.one_of(
    st.fixed_dictionaries({"query": texts}), st.fixed_dictionaries({"messages": _some_messages})
)
# The category may be unknown only where ids, or that there are none, say what answers the question.
_labels = st.one_of(
    st.fixed_dictionaries(
        {"relevant": st.lists(texts, max_size=3, unique=True).map(tuple), "category": optional}
    ),
    st.fixed_dictionaries({"relevant": st.none(), "category": texts}),
)
questions = st.builds(
    lambda id, asked, labels, language, status: Question(
        id, **asked, **labels, language=language, status=status
    ),
    ids,
    _asked,
    _labels,
    st.none() | languages,
    statuses,
)
