"""What a handler is given: the copilot, its knowledge, and who is asking."""

from __future__ import annotations

from typing import Annotated, Protocol, cast

from fastapi import Depends, Header, Request

from copilot.authority.desk import AuthorityDesk
from copilot.bring_in.desk import BringIn
from copilot.checking.book import CheckBook
from copilot.checking.gate import Gate
from copilot.curation.desk import Curation
from copilot.erasing import Eraser
from copilot.gaps.desk import Gaps
from copilot.helpdesks.desk import Helpdesks
from copilot.inbox import Inbox
from copilot.insight.desk import Insight
from copilot.models import Detection, Draft, DraftWarning, Evidence, Suggestion
from copilot.polishing.models import Polished
from copilot.practice.rounds import Practice
from copilot.review.desk import Review
from copilot.translation.models import Translation
from copilot.workshop import Workshop
from knowledge_base.models import Conversation, SourceKind
from knowledge_base.store import KnowledgeBase
from web.metrics import Metrics

DEFAULT_ACTOR = "agent"
"""Who a change is by until access control names a person."""


class Assistant(Protocol):
    """What the web needs of the copilot. All methods raise PrecedentErrors only."""

    @property
    def knowledge(self) -> KnowledgeBase:
        """The desk's knowledge."""
        ...

    @property
    def authority(self) -> AuthorityDesk:
        """Who may grant what, and the log of grants."""
        ...

    @property
    def eraser(self) -> Eraser:
        """What erases a customer."""
        ...

    @property
    def inbox(self) -> Inbox:
        """The conversations that are going on."""
        ...

    @property
    def bring_in(self) -> BringIn:
        """Where exports of other systems are brought in."""
        ...

    @property
    def practice(self) -> Practice:
        """Practice on past cases."""
        ...

    @property
    def review(self) -> Review:
        """Closed conversations as candidates for cases."""
        ...

    @property
    def insight(self) -> Insight:
        """Measures of the desk, and rises."""
        ...

    @property
    def gate(self) -> Gate:
        """What looks at a publish before it is stored."""
        ...

    @property
    def checks(self) -> CheckBook:
        """The last run of the checks, and a new one."""
        ...

    @property
    def gaps(self) -> Gaps:
        """What nothing answers, what is solved slowly, what is never used."""
        ...

    @property
    def curation(self) -> Curation:
        """Duplicates, contradictions, and merging."""
        ...

    @property
    def helpdesks(self) -> Helpdesks:
        """The helpdesks that it works in."""
        ...

    def suggest(self, conversation: Conversation) -> Suggestion:
        """Suggest a reply with its evidence."""
        ...

    def search(self, text: str, *, kind: SourceKind | None = None, limit: int = 10) -> list[Evidence]:
        """Rank cases and sections of articles for a text."""
        ...

    def detect(self, text: str) -> Detection:
        """Tell a text's language."""
        ...

    def translate(self, text: str, *, target: str, source: str | None = None) -> Translation:
        """Put a text into another language."""
        ...

    def check(
        self, text: str, conversation: Conversation, suggestion_id: str | None
    ) -> tuple[DraftWarning, ...]:
        """Prove a draft that the agent changed."""
        ...

    def learn(self, suggestion_id: str, edited: str, *, who: str) -> int:
        """Keep what an agent corrected in the customer's version."""
        ...

    def follow_up(self, promise_id: int) -> Draft:
        """Draft the message that follows a promise."""
        ...

    @property
    def workshop(self) -> Workshop:
        """Where templates are linted and previewed."""
        ...

    @property
    def polishes(self) -> bool:
        """Whether drafts can be polished."""
        ...

    def polish(
        self,
        conversation: Conversation,
        *,
        text: str | None = None,
        suggestion_id: str | None = None,
        language: str | None = None,
    ) -> Polished:
        """Reword a text, or the suggestion's draft; what fails the proof leaves it as it is."""
        ...

    def ready(self) -> bool:
        """Whether an index is loaded."""
        ...

    def passages(self) -> int:
        """How many passages the loaded index holds; 0 without one."""
        ...

    def warm(self) -> None:
        """Load the models."""
        ...


def get_copilot(request: Request) -> Assistant:
    """The application's copilot."""
    return cast(Assistant, request.app.state.copilot)


def get_base(request: Request) -> KnowledgeBase:
    """The application's knowledge."""
    return get_copilot(request).knowledge


def get_metrics(request: Request) -> Metrics:
    """The application's counters."""
    return cast(Metrics, request.app.state.metrics)


def get_actor(
    x_actor: Annotated[
        str, Header(max_length=100, pattern=r"^[\x21-\x7e][\x20-\x7e]*$", description="who makes the change")
    ] = DEFAULT_ACTOR,
) -> str:
    """Who makes the change."""
    return x_actor


CopilotDep = Annotated[Assistant, Depends(get_copilot)]
BaseDep = Annotated[KnowledgeBase, Depends(get_base)]
MetricsDep = Annotated[Metrics, Depends(get_metrics)]
ActorDep = Annotated[str, Depends(get_actor)]
