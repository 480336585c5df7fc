"""Drafting in one place: the agent's reply, the customer's version, the plan, and the proof of edits."""

from __future__ import annotations

from copilot.drafting.compose import Composed, Part
from copilot.drafting.customer import CustomerDrafter, CustomerResult
from copilot.drafting.drafter import Drafter
from copilot.drafting.edited import check_reply
from copilot.drafting.generalise import generalise
from copilot.drafting.given import DraftInput, backing_of
from copilot.drafting.plan import plan_of
from copilot.drafting.playbook import steps_of
from copilot.drafting.proof import Backing, check_text
from copilot.drafting.render import check_template
from copilot.drafting.templates import TemplateBook, Wanted

__all__ = [
    "Backing",
    "Composed",
    "CustomerDrafter",
    "CustomerResult",
    "DraftInput",
    "Drafter",
    "Part",
    "TemplateBook",
    "Wanted",
    "backing_of",
    "check_reply",
    "check_template",
    "check_text",
    "generalise",
    "plan_of",
    "steps_of",
]
