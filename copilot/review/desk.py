"""The queue of candidates: gathered from closed conversations, decided by people or by written rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from copilot.checking.finding import OFF
from copilot.checking.gate import Admitted, Gate, Override
from copilot.inbox import Reader
from copilot.review.candidate import Candidate, asked_in, candidate_of, policies_of
from copilot.review.look import Look
from copilot.review.merging import merged
from copilot.review.rules import Rule, first_fitting, read_rules
from knowledge_base.codec import decode
from knowledge_base.conversation_log import StoredConversation
from knowledge_base.errors import BlockedError, ConflictError, InputError, NotFoundError, NotPublisherError
from knowledge_base.models import Case, Record, Status
from knowledge_base.records import case_from_dict, case_to_dict
from knowledge_base.review import CandidateState, Decision, ReviewBook, StoredCandidate

if TYPE_CHECKING:
    from knowledge_base.store import KnowledgeBase

AT_ONCE = 25
"""Conversations read at one gathering; the next goes on."""
MOST_TRIED = 1000
EDITABLE = ("title", "problem", "resolution", "reply", "steps", "category", "language", "policies", "tags")
NO_ANSWER = "nobody answered the customer"
SELF = "precedent"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a gathering did: candidates that are new, those of them that rules decided, those taken back.

    `more` tells that there are closed conversations left.
    """

    added: int
    by_rule: int
    reopened: int
    more: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule and the waiting candidates that it would decide on, had it been written before them."""

    rule: Rule
    waiting: tuple[int, ...]


class Review:
    """Review over a base. Thread-safe. `publishers` may publish; where none is named, everybody may.

    Names are taken as they are told: nothing proves them before there is access control.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        reader: Reader,
        look: Look,
        *,
        publishers: Sequence[str] = (),
        rules: Path | None = None,
        gate: Gate | None = None,
    ) -> None:
        """Without a `gate` what is published is not looked at."""
        self._knowledge, self._reader, self._look = knowledge, reader, look
        self._gate = gate or Gate(knowledge, gate=(OFF,))
        self.publishers, self._file = tuple(publishers), rules

    @property
    def _book(self) -> ReviewBook:
        return self._knowledge.review

    def may_publish(self, who: str) -> bool:
        """Whether what they accept is suggested to agents."""
        return not self.publishers or who in self.publishers

    def check_write(self, record: Record, who: str) -> None:
        """Refuse a published case from somebody who may only propose. Raises NotPublisherError."""
        if isinstance(record, Case) and record.status == "published":
            self.check_publisher(who)

    def check_publisher(self, who: str) -> None:
        """Refuse who may only propose. Raises NotPublisherError."""
        if not self.may_publish(who):
            raise NotPublisherError(
                f"{who!r} may propose, not publish: send it as pending, or ask one of PRECEDENT_PUBLISHERS"
            )

    def rules(self) -> tuple[Rule, ...]:
        """The manager's rules as the file has them now. Raises InputError."""
        return read_rules(self._file)

    def trial(self) -> tuple[Trial, ...]:
        """What each rule would decide among those that wait; nothing is changed. Raises InputError."""
        rules = self.rules()
        waiting = self.list("waiting", limit=MOST_TRIED) if rules else []
        acting = [(one.id, first_fitting(rules, one.document)) for one in waiting]
        return tuple(Trial(rule, tuple(n for n, acts in acting if acts is rule)) for rule in rules)

    def gather(self, *, limit: int = AT_ONCE) -> Gathered:
        """Make candidates of closed conversations that have none; those that rules fit are decided on.

        Asked again it adds nothing. Raises InputError where the rules can't be read; then nothing is done.
        """
        rules = self.rules()
        reopened = self._book.withdraw_reopened()
        ids = self._book.unseen(limit=limit + 1)
        found = [self._candidate(one) for one in ids[:limit]]
        added = [one for one in found if one is not None]
        decided = [one for one in added if one.state == "waiting" and self._by_rule(rules, one)]
        return Gathered(len(added), len(decided), reopened, len(ids) > limit)

    def list(
        self, state: CandidateState | None = "waiting", *, case_id: str | None = None, limit: int = 100
    ) -> list[StoredCandidate]:
        """Candidates: those that wait oldest first, others by the newest decision."""
        return self._book.list(state, case_id=case_id, limit=limit)

    def read(self, candidate_id: int) -> StoredCandidate:
        """One candidate. Raises NotFoundError."""
        return self._book.find(candidate_id)

    def preview(self, conversation_id: str) -> Candidate | None:
        """The case that a conversation would give; nothing is kept. None where nobody answered.

        None too where somebody decided on it already. Raises NotFoundError.
        """
        stored = self._knowledge.conversations.read(conversation_id)
        before = self._book.list(None, conversation_id=conversation_id)
        settled = ("accepted", "merged", "rejected")
        if any(one.messages == stored.head.messages and one.state in settled for one in before):
            return None
        return self._made(stored, before)

    def take(self, conversation_id: str) -> StoredCandidate:
        """The candidate that a closed conversation has, or has from now on.

        Raises NotFoundError, ConflictError.
        """
        length = self._knowledge.conversations.read(conversation_id).head.messages
        before = self._book.list(None, conversation_id=conversation_id)
        held = next((one for one in before if one.messages == length and one.state != "reopened"), None)
        taken = held or self._candidate(conversation_id)
        if taken is None:
            raise ConflictError(f"the conversation {conversation_id!r} isn't closed any more: load it anew")
        return taken

    def edit(self, candidate_id: int, fields: Mapping[str, Any], *, version: int) -> StoredCandidate:
        """Put fields of a waiting candidate right. Raises NotFoundError, ConflictError, InputError."""
        stored = self.read(candidate_id)
        if stored.version == version and stored.state == "waiting":
            strange = sorted(fields.keys() - set(EDITABLE))
            if strange:
                raise InputError(f"{strange[0]!r} is no field that can be changed here")
            # A half-made text may be kept: only what is accepted must be whole.
            told = {**stored.document["case"], **fields}
            blanks = {name: told[name] or "-" for name in ("resolution", "problem")}
            case = replace(
                case_from_dict({**told, **blanks}, "candidate", 1),
                resolution=told["resolution"] or "",
                problem=told["problem"] or "",
            )
            sure = {"probability": 1.0} if case.category != stored.document["case"]["category"] else {}
            kept = self._without_personal(case)
            document = {**stored.document, **sure, "case": case_to_dict(kept)}
        else:
            document = dict(stored.document)  # the book refuses it, by what it holds then
        return self._book.edit(candidate_id, document, version=version)

    def accept(
        self,
        candidate_id: int,
        who: str,
        *,
        version: int,
        status: Status | None = None,
        rule: Rule | None = None,
        why: str | None = None,
    ) -> StoredCandidate:
        """Make it a case: published by those who may, else pending; a pending one is published by a second.

        With `why` it is published whatever the checks hold against it. Raises NotPublisherError where
        `published` is asked for by others, RecordError where a text lacks, BlockedError.
        """
        stored = self.read(candidate_id)
        wanted = status or ("published" if self.may_publish(who) else "pending")
        again = stored.state == "accepted" and stored.case_id is not None
        if again:
            case = self._case(str(stored.case_id))
            if case.status == wanted or wanted != "published":
                raise ConflictError(f"the candidate {candidate_id} is accepted already: load it anew")
        elif stored.state == "waiting":
            case = case_from_dict(stored.document["case"], "candidate", 1)
        else:
            raise ConflictError(f"the candidate {candidate_id} is {stored.state} already: load it anew")
        case = replace(case, status=wanted)
        self.check_write(case, who)
        expected = self._version(case.id) if again or self._known(stored, case.id) else 0
        if version != stored.version:
            raise ConflictError(f"the candidate {candidate_id} was changed meanwhile: load it anew")
        reason = rule.reason if rule else stored.reason
        admitted = self._gate.admit([case], reason=reason, override=_override(who, why))
        name = rule.name if rule else stored.rule
        decision = Decision("accepted", who, admitted.reason, name, case, expected)
        return self._settle(candidate_id, decision, version, admitted)

    def merge(
        self, candidate_id: int, case_id: str, who: str, *, version: int, why: str | None = None
    ) -> StoredCandidate:
        """Add its outcome and policies to a case, which keeps its texts; the candidate says which.

        With `why` whatever the checks hold against it. Raises NotFoundError, NotPublisherError where the case
        is published, ConflictError, BlockedError.
        """
        stored, expected, case = self.read(candidate_id), self._version(case_id), self._case(case_id)
        if stored.state != "waiting":
            raise ConflictError(f"the candidate {candidate_id} is {stored.state} already: load it anew")
        if case.status == "retired":
            raise InputError(f"the case {case_id!r} is retired: merge into another")
        other = replace(_as_it_stands(stored.document["case"]), status=case.status)
        whole = merged(case, other)
        self.check_write(whole, who)
        reason = f"merged with the conversation {stored.conversation_id}"
        admitted = self._gate.admit([whole], reason=reason, override=_override(who, why))
        told = reason if admitted.reason == reason else f"{reason}; {admitted.reason}"
        decision = Decision("merged", who, told, None, whole, expected)
        return self._settle(candidate_id, decision, version, admitted)

    def reject(
        self, candidate_id: int, who: str, reason: str, *, version: int, rule: Rule | None = None
    ) -> StoredCandidate:
        """Turn it down. Raises InputError without a reason, NotFoundError, ConflictError."""
        if not reason.strip():
            raise InputError("say why it is turned down, in a few words")
        name = rule.name if rule else None
        decision = Decision("rejected", who, " ".join(reason.split())[:1000], name)
        return self._book.settle(candidate_id, decision, version=version)

    def _settle(
        self, candidate_id: int, decision: Decision, version: int, admitted: Admitted
    ) -> StoredCandidate:
        settled = self._book.settle(candidate_id, decision, version=version)
        return replace(settled, findings=tuple(self._gate.entries(admitted.findings)))

    def _without_personal(self, case: Case) -> Case:
        return cast(Case, self._knowledge.door().record(case))

    def _candidate(self, conversation_id: str) -> StoredCandidate | None:
        """The new candidate of a closed conversation; one without an answer is turned down at once."""
        stored = self._knowledge.conversations.read(conversation_id)
        made = self._made(stored, self._book.list(None, conversation_id=conversation_id))
        document = made.as_json() if made else {}
        kept = self._book.add(conversation_id, stored.head.messages, document)
        if kept is not None and made is None:
            return self.reject(kept.id, SELF, NO_ANSWER, version=kept.version)
        return kept

    def _made(self, stored: StoredConversation, before: Sequence[StoredCandidate]) -> Candidate | None:
        """The case that a conversation gives, after the candidates that it gave before."""
        understanding, _ = self._reader.understand(stored.conversation)
        language = stored.head.language or understanding.language
        looked = self._look.look(asked_in(stored.conversation), language, self._book.clock().date())
        cited = policies_of(self._book.used_draft(stored.head.id))
        fresh = stored.conversation.messages[max((one.messages for one in before), default=0) :]
        reopened = bool(before) and any(m.role == "agent" for m in fresh)
        made = candidate_of(stored, understanding, looked, policies=cited, reopened=reopened)
        return replace(made, case=self._without_personal(made.case)) if made else None

    def _by_rule(self, rules: Sequence[Rule], one: StoredCandidate) -> bool:
        rule = first_fitting(rules, one.document)
        if rule is None:
            return False
        try:
            if rule.then == "reject":
                why = rule.reason or f"by the rule {rule.name}"
                self.reject(one.id, rule.by, why, version=one.version, rule=rule)
            else:
                status: Status = "published" if rule.then == "publish" else "pending"
                self.accept(one.id, rule.by, version=one.version, status=status, rule=rule)
        except (InputError, ConflictError, NotPublisherError, BlockedError):
            return False  # it waits for somebody to look at it
        return True

    def _known(self, stored: StoredCandidate, case_id: str) -> bool:
        """Whether the case came from this conversation before, when it was closed the first time."""
        before = self._book.list(None, conversation_id=stored.conversation_id)
        return any(one.case_id == case_id and one.state == "accepted" for one in before)

    def _version(self, case_id: str) -> int:
        return self._knowledge.version("case", case_id)

    def _case(self, case_id: str) -> Case:
        found = self._knowledge.get("case", case_id)
        if not isinstance(found, Case):
            raise NotFoundError("case", case_id)
        return found


def _override(who: str, why: str | None) -> Override | None:
    return None if why is None else Override(who, why)


def _as_it_stands(document: Mapping[str, Any]) -> Case:
    """A candidate's case, whole or not."""
    case = decode("case", document)
    assert isinstance(case, Case)
    return case
