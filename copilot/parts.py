"""What a copilot is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copilot.asking.bank import Bank
    from copilot.authority.desk import AuthorityDesk
    from copilot.bring_in.desk import BringIn
    from copilot.checking.links import Links
    from copilot.curation.desk import Curation
    from copilot.draft import CustomerDrafter, Drafter
    from copilot.erasing import Eraser
    from copilot.helpdesks.models import Helpdesk
    from copilot.polishing.polisher import Polisher
    from copilot.practice.rounds import Practice
    from copilot.retrieve import Retriever
    from copilot.translation.desk_words import DeskWords
    from copilot.translation.service import TranslationService
    from copilot.understand.feelings import Feelings
    from copilot.understand.language import LanguageDetector
    from copilot.understand.understand import Understander
    from copilot.why.explain import Explainer
    from knowledge_base.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Floors:
    """Below `show` nothing is shown; below `draft` no draft is written on it."""

    show: float
    draft: float


@dataclass(frozen=True, slots=True)
class Parts:
    """What a copilot is made of; `assemble.build_copilot` puts the real ones together."""

    knowledge: KnowledgeBase
    retriever: Retriever
    explainer: Explainer
    understander: Understander
    feelings: Feelings
    detector: LanguageDetector
    drafter: Drafter
    customer_drafter: CustomerDrafter
    translator: TranslationService | None
    floors: Floors
    agent_language: str
    agent_name: str | None
    questions: Bank
    authority: AuthorityDesk
    desk_words: DeskWords
    bring_in: BringIn
    practice: Practice
    curation: Curation
    polisher: Polisher | None = None
    helpdesks: tuple[Helpdesk, ...] = ()
    public_url: str | None = None
    eraser: Eraser | None = None
    publishers: tuple[str, ...] = ()
    publish_gate: tuple[str, ...] = ("warn",)
    checks_file: Path | None = None
    links: Links | None = None
    golden_file: Path | None = None
    review_rules: Path | None = None
