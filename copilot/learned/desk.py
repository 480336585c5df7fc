"""Agents' repeated changes to templates as proposals: counted, linted, accepted or dismissed by a manager."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from copilot.checking.gate import Gate
from copilot.drafting.lint import Remark
from copilot.drafting.render import check_template
from copilot.learned.became import Public
from copilot.learned.follow import carried, follow, public_of, read_reply
from copilot.learned.versions import Versions, written_sentence
from copilot.workshop import Workshop
from knowledge_base.codec import format_time
from knowledge_base.errors import ConflictError, InputError, NotFoundError
from knowledge_base.models import ReplyTemplate
from knowledge_base.store import KnowledgeBase
from knowledge_base.template_edits import Dismissal, Repeated, TemplateEdit
from knowledge_base.templates_io import group_of

TIMES, AGENTS = 5, 2
"""So many conversations in which the same was changed alike, by so many agents, make a proposal."""
# Of these the most frequent wording is proposed.
_WORDINGS = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a change was made, by how many agents, since when and until when.

    Of the conversations in which the sentence was sent (`sent`) it was changed in any way in `changed`.
    """

    times: int
    agents: int
    since: datetime
    until: datetime
    sent: int
    changed: int

    @property
    def kept(self) -> int:
        """In how many conversations the sentence was sent as it is."""
        return self.sent - self.changed


@dataclass(frozen=True, slots=True)
class Proposal:
    """A template's next version, `body` for what `template` says now, and the counts that speak for it.

    `remarks` are what is wrong with it and wasn't before; with an error among them it can't be accepted.
    """

    id: str
    template: ReplyTemplate
    change: str
    sentence: str
    body: str
    counts: Counts
    remarks: tuple[Remark, ...] = ()
    last_feedback: int = 0

    @property
    def refusal(self) -> str | None:
        """Why it can't be accepted, None where it can."""
        return next((one.message for one in self.remarks if one.severity == "error"), None)

    def as_json(self) -> dict[str, Any]:
        """As the command line and the API tell it."""
        counts = self.counts
        return {
            "id": self.id, "template_id": self.template.id, "language": self.template.language,
            "change": self.change, "sentence": self.sentence,
            "before": self.template.body, "after": self.body,
            "times": counts.times, "agents": counts.agents,
            "since": format_time(counts.since), "until": format_time(counts.until),
            "sent": counts.sent, "changed": counts.changed, "kept": counts.kept,
            "findings": [
                {"check": one.code, "severity": one.severity, "message": one.message} for one in self.remarks
            ],
            "refusal": self.refusal,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Learned:
    """The proposals, those with most behind them first; what was dismissed; how many replies held a change
    that can't be carried over, for a customer's own values or a condition's edge."""

    proposals: tuple[Proposal, ...]
    dismissed: tuple[Dismissal, ...]
    left_out: int


class LearnedEdits:
    """What agents' edits teach of one desk's templates. Thread-safe."""

    def __init__(self, knowledge: KnowledgeBase, workshop: Workshop, gate: Gate | None = None) -> None:
        """What is accepted goes through the `gate`, where there is one."""
        self._knowledge, self._workshop, self._gate = knowledge, workshop, gate

    def learned(self) -> Learned:
        """Everything as it stands now; feedback that is new is taken in first."""
        follow(self._knowledge, self._workshop.desk)
        book = self._knowledge.template_edits
        dismissed = book.dismissals()
        found = sorted(self._proposals(dismissed), key=lambda one: -one.counts.times)
        return Learned(tuple(self._linted(found)), tuple(dismissed), book.left_out())

    def find(self, proposal_id: str) -> Proposal:
        """A proposal. Raises NotFoundError where it stands no more."""
        follow(self._knowledge, self._workshop.desk)
        dismissed = self._knowledge.template_edits.dismissals()
        found = next(iter(self._linted(self._proposals(dismissed, only=proposal_id))), None)
        if found is None:
            raise NotFoundError("proposal", proposal_id)
        return found

    def accept(self, proposal_id: str, *, actor: str, body: str | None = None) -> ReplyTemplate:
        """Put a proposal into use, as the manager edited it where `body` is given.

        Raises NotFoundError, InputError where something must be mended first, TemplateError, ConflictError,
        BlockedError where the manager lets what it brings block.
        """
        proposal = self.find(proposal_id)
        template = replace(proposal.template, body=proposal.body if body is None else body)
        check_template(template)
        if refused := next((one for one in self.remarks(template) if one.severity == "error"), None):
            raise InputError(f"not put into use: {refused.message}")
        edited = " and edited by the manager" if template.body != proposal.body else ""
        counts = proposal.counts
        reason = (
            f"learned: changed alike in {counts.times} of {counts.sent} replies by {counts.agents} agents "
            f"since {counts.since:%Y-%m-%d}{edited}"
        )
        if self._gate is not None:
            self._gate.admit([template])
        self._own(template.id, actor)
        version = self._knowledge.version("template", template.id)
        if self._knowledge.get("template", template.id) != proposal.template:
            raise ConflictError(f"{template.id!r} was changed by somebody else meanwhile: load it anew")
        self._knowledge.put(template, actor=actor, reason=reason, expected_version=version)
        return template

    def dismiss(self, proposal_id: str, *, actor: str, reason: str) -> None:
        """Turn a proposal down; it comes back once as many new edits say the same. Raises NotFoundError."""
        one = self.find(proposal_id)
        book = self._knowledge.template_edits
        book.dismiss(
            Dismissal(
                one.id, one.template.id, one.counts.times, one.last_feedback, reason, actor, book.clock()
            )
        )

    def remarks(self, template: ReplyTemplate) -> tuple[Remark, ...]:
        """What is wrong with a template as it would be and isn't as it is."""
        now = [one for one in self._workshop.desk().written if one.id == template.id]
        known = {(one.code, one.message) for one in self._workshop.lint(now)}
        return self._fresh(template, known)

    def _fresh(self, template: ReplyTemplate, known: Collection[tuple[str, str]]) -> tuple[Remark, ...]:
        return tuple(one for one in self._workshop.lint([template]) if (one.code, one.message) not in known)

    def _linted(self, proposals: Iterable[Proposal]) -> Iterator[Proposal]:
        """The proposals with what is newly wrong; what was wrong already is asked for once."""
        found = list(proposals)
        known: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for remark in self._workshop.lint({one.template.id: one.template for one in found}.values()):
            known[remark.template_id].add((remark.code, remark.message))
        for one in found:
            remarks = self._fresh(replace(one.template, body=one.body), known[one.template.id])
            yield replace(one, remarks=remarks)

    def _own(self, template_id: str, actor: str) -> None:
        """Make a bundled reply the desk's own as it is, so that its history leads back to it."""
        own = {one.id for one in self._workshop.own()}
        if template_id in own:
            return
        written = self._workshop.desk().written
        reply = next(group_of(one) for one in written if one.id == template_id)
        copied = [one for one in written if group_of(one) == reply and one.id not in own]
        self._knowledge.put_many(copied, actor=actor, reason="copied from Precedent's own to be changed")

    def _proposals(self, dismissed: Sequence[Dismissal], *, only: str | None = None) -> Iterator[Proposal]:
        desk = self._workshop.desk()
        written, versions, public = (
            {one.id: one for one in desk.written}, Versions(self._knowledge), public_of(desk),
        )  # fmt: skip
        for repeated in self._knowledge.template_edits.repeated(times=TIMES, agents=AGENTS):
            template = written.get(repeated.template_id) if only in (None, _name(repeated)) else None
            if template and written_sentence(template.body, repeated.sentence):
                since = versions.since(template.id, repeated.sentence)
                if found := self._proposal(template, repeated, since, dismissed, public):
                    yield found

    def _proposal(
        self,
        template: ReplyTemplate,
        repeated: Repeated,
        since: datetime | None,
        dismissed: Sequence[Dismissal],
        public: Public,
    ) -> Proposal | None:
        """The proposal of a repeated change, None where too little speaks for it as the template is now."""
        name = _name(repeated)
        former = next((one for one in dismissed if one.proposal == name), None)
        edits = [
            one
            for one in self._knowledge.template_edits.of_sentence(template.id, repeated.sentence)
            if since is None or one.offered_at >= since
        ]
        alike = [one for one in edits if (one.change, one.alike) == (repeated.change, repeated.alike)]
        newer = _each_once(one for one in alike if former is None or one.feedback_id > former.last_feedback)
        enough = max(TIMES, former.times) if former else TIMES
        if len(newer) < enough or len({one.actor for one in newer}) < AGENTS:
            return None
        body = self._wording(template, repeated, newer[-_WORDINGS:], public)
        if body is None:
            return None
        counts = _counts(edits, _each_once(alike))
        last = max(one.feedback_id for one in newer)
        return Proposal(name, template, repeated.change, repeated.sentence, body, counts, last_feedback=last)

    def _wording(
        self, template: ReplyTemplate, repeated: Repeated, edits: Sequence[TemplateEdit], public: Public
    ) -> str | None:
        """The template as most of the replies would have it, of those that are still kept."""
        found: Counter[str] = Counter()
        for edit in edits:
            told = self._knowledge.template_edits.verdict(edit.feedback_id)
            for one in read_reply(told["document"], told, public) if told else ():
                if one.template == template.id and one.change == repeated.change:
                    made = carried(template.body, one)
                    written = template.body[made[0].start : made[0].end] if made else ""
                    if made and (written, made[2]) == (repeated.sentence, repeated.alike):
                        found[made[1]] += 1
        return found.most_common(1)[0][0] if found else None


def _name(one: Repeated) -> str:
    told = "\0".join((one.template_id, one.sentence, one.change, one.alike))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _each_once(edits: Iterator[TemplateEdit] | Sequence[TemplateEdit]) -> list[TemplateEdit]:
    """The first edit of each conversation: what comes after it there says nothing more."""
    found: dict[str, TemplateEdit] = {}
    for one in edits:
        found.setdefault(one.conversation, one)
    return list(found.values())


def _counts(edits: Sequence[TemplateEdit], alike: Sequence[TemplateEdit]) -> Counts:
    own = ("kept", "changed", "removed")
    return Counts(
        times=len(alike),
        agents=len({one.actor for one in alike}),
        since=min(one.offered_at for one in alike),
        until=max(one.offered_at for one in alike),
        sent=len({one.conversation for one in edits if one.change in own}),
        changed=len({one.conversation for one in edits if one.change in own and one.change != "kept"}),
    )
