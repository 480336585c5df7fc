"""What each measure is called and how it is reckoned, and figures as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from copilot.insight.desk import GroupBy, MeasureName, Table, Unit
from copilot.insight.figures import Figure
from web.i18n import day, gettext, mark
from web.words import grant_words, language_name, plain

TITLES: Mapping[MeasureName, str] = {
    "csat": mark("Satisfaction (CSAT)"),
    "nps": mark("Would recommend (NPS)"),
    "resolved": mark("Resolved"),
    "first_contact": mark("Resolved at first contact"),
    "reopened": mark("Reopened"),
    "handling": mark("Handling time"),
    "response": mark("Time to first reply"),
    "repeat": mark("Repeat complaints"),
    "volume": mark("Conversations begun"),
    "suggestions": mark("What became of suggestions"),
    "rejections": mark("Why suggestions were rejected"),
    "sources": mark("Cases and articles that help"),
    "grants": mark("Special cases by kind"),
    "granters": mark("Who granted special cases"),
}
MEANING: Mapping[MeasureName, str] = {
    "csat": mark("The mean of customers' ratings, 1 to 5, over the cases that have one."),
    "nps": mark(
        "The share of promoters (9 or 10) less that of detractors (0 to 6), from the answers to “would you "
        "recommend us”; between -100 and 100."
    ),
    "resolved": mark("The share of cases that ended resolved, of those whose outcome is known."),
    "first_contact": mark(
        "The share of cases that were resolved and not reopened with one turn of the agent (messages in a "
        "row are one)."
    ),
    "reopened": mark("The share of cases that were opened again after they had been resolved."),
    "handling": mark("The mean of the minutes that agents worked on a case, as the helpdesk tells them."),
    "response": mark("The mean time from the customer's first message to the agent's first after it."),
    "repeat": mark(
        "The share of conversations whose customer wrote about the same category within the 30 days before. "
        "Customers are known by a digest; those who can't be told apart are left out, and at most the newest "
        "5,000 are read."
    ),
    "volume": mark(
        "How many conversations began; category and language as an agent put them right, else as read."
    ),
    "suggestions": mark(
        "The last word on each suggestion's draft: used (or copied) as it was, edited, or rejected."
    ),
    "rejections": mark("How many drafts were rejected, by the reason that was chosen."),
    "sources": mark(
        "Of the suggestions in which agents told of this case or article: the share in which it helped. The "
        "surest come first."
    ),
    "grants": mark(
        "How many special cases were granted; category and language aren't kept with them, so those filters "
        "don't apply."
    ),
    "granters": mark(
        "Grants by who gave them; category and language aren't kept with them, so those filters don't apply."
    ),
}
MISSING: Mapping[str, str] = {
    "no_rows": mark("No data: nothing in this choice tells it."),
    "not_grouped": mark("No data: conversations aren't told apart by the copilot's help; cases are."),
}
BY: Mapping[GroupBy, str] = {
    "category": mark("Category"), "language": mark("Language"), "week": mark("Week"),
    "copilot": mark("With and without the copilot"),
}  # fmt: skip
_GROUPS = {
    "with": mark("with the copilot"), "without": mark("without it"), "used": mark("used"),
    "edited": mark("edited"), "rejected": mark("rejected"),
}  # fmt: skip


def group_words(table: Table, group: str | None) -> str:
    """A group as people call it."""
    if group is None:
        return gettext("not told")
    if table.name == "grants":
        return grant_words(group)
    if table.by == "week":
        return day(date.fromisoformat(group), year=True)
    if table.by == "language":
        return language_name(group)
    if table.by == "copilot" or table.name == "suggestions":
        return gettext(_GROUPS[group])
    return plain(group) if table.by == "category" or table.name == "rejections" else group


def value_words(unit: Unit, value: float) -> str:
    """A value with its unit."""
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "score":
        return f"{value:.2f}"
    if unit == "points":
        return f"{value:+.0f}"
    if unit == "count":
        return f"{value:.0f}"
    if value < 120:
        return gettext("%(n)s min", n=f"{value:.0f}")
    return gettext("%(n)s h", n=f"{value / 60:.1f}")


def range_words(unit: Unit, figure: Figure) -> str:
    """The interval, or nothing where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{value_words(unit, figure.low)} – {value_words(unit, figure.high)}"
