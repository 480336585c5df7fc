"""Feedback on drafts read for what it says of templates' sentences, as far as that isn't done yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from copilot.drafting.lint import Desk, plain_text
from copilot.learned.became import Became, Public, became
from copilot.learned.body import Sentence, sentences_of, unmasked
from copilot.learned.offered import offered, sent
from copilot.learned.rewrite import alike_of, rewritten, source_after
from copilot.learned.versions import Versions
from knowledge_base.store import KnowledgeBase
from knowledge_base.template_edits import TemplateEdit
from knowledge_base.verdicts import DRAFTS, GivenVerdict

SENT = ("used", "edited")
"""Verdicts by which a reply went out."""
# What was told before is of templates that have long changed.
NEWEST = 5000
_AT_ONCE = 100


def follow(knowledge: KnowledgeBase, desk: Callable[[], Desk]) -> None:
    """Take in what agents sent since, in this process or another."""
    log, book = knowledge.feedback_log, knowledge.template_edits
    newest, since = log.last_seq(), book.followed()
    if newest <= since:
        return
    told = [
        one
        for one in log.verdicts(since=since, limit=NEWEST)
        if one.feedback.verdict in SENT and one.feedback.item in DRAFTS
    ]
    versions, public = Versions(knowledge), public_of(desk())
    for start in range(0, max(len(told), 1), _AT_ONCE):
        batch = told[start : start + _AT_ONCE]
        upto = newest if start + _AT_ONCE >= len(told) else batch[-1].seq
        if not book.take_in(batch, list(_edits(knowledge, batch, versions, public)), since=since, upto=upto):
            return  # another process is at it
        since = upto


def _edits(
    knowledge: KnowledgeBase, verdicts: Sequence[GivenVerdict], versions: Versions, public: Public
) -> Iterator[TemplateEdit]:
    standing = {
        one.feedback.suggestion_id: one for one in verdicts if not one.withdrawn
    }  # the last one counts
    shown = knowledge.template_edits.offered(list(standing))
    for name, verdict in standing.items():
        if name in shown:
            at, document = shown[name]
            told = verdict.feedback
            texts = {"item": told.item, "text_before": told.text_before, "text_after": told.text_after}
            for one in read_reply(document, texts, public):
                if edit := _edit(verdict, one, at, versions.at(one.template, at)):
                    yield edit


def read_reply(document: Mapping[str, Any], told: Mapping[str, Any], public: Public) -> list[Became]:
    """What became of the template sentences of a draft in the reply that feedback tells of."""
    before, after = told["text_before"], told["text_after"]
    if after is None and before is not None:
        return []
    draft = offered(document, told["item"], before if before is not None else after)
    if draft is None:
        return []
    return list(became(draft, draft.sentences if after is None else sent(after, draft), public))


def carried(body: str, one: Became) -> tuple[Sentence, str, str] | None:
    """The sentence of a template, the template with its change, and the digest of what stands there then.

    None where the template has no such sentence, and where the change can't be carried over.
    """
    sentence = sentences_of(body).get(one.sentence)
    if sentence is None or one.said is None or one.change == "kept":
        return None
    new = rewritten(body, sentence, one.change, one.said)
    if new is None:
        return None
    stands = source_after(body, sentence, new) if one.change == "changed" else unmasked(one.said)
    return sentence, new, alike_of(stands)


def _edit(verdict: GivenVerdict, one: Became, at: datetime, body: str) -> TemplateEdit | None:
    sentence = sentences_of(body).get(one.sentence)
    if sentence is None:
        return None
    found = carried(body, one)
    feedback = verdict.feedback
    return TemplateEdit(
        feedback_id=verdict.id,
        suggestion_id=feedback.suggestion_id,
        conversation=feedback.conversation_id or feedback.suggestion_id,
        actor=verdict.actor,
        template_id=one.template,
        sentence=body[sentence.start : sentence.end],
        change=one.change,
        alike=found[2] if found else None,
        offered_at=at,
    )


def public_of(desk: Desk) -> Public:
    """Whether the desk's own articles and templates hold a stretch of text, as words."""
    sections = (text for policy in desk.policies.values() for text in policy.sections.values())
    text = "\n".join([*sections, *(plain_text(one.body) for one in desk.written)]).lower()

    def public(stretch: str) -> bool:
        bare = stretch.strip().lower()
        return bare in text and re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", text) is not None

    return public
