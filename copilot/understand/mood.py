"""The customer's emotion, the difficult situation they are in, and how soon somebody must act."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from copilot.models import Situation, Urgency
from copilot.understand.request import Request
from copilot.understand.signals import Signals, read_signals
from knowledge_base.models import Conversation, Emotion

RECENCY = 0.6
"""Weight of a message against the next newer one: moods change within a conversation."""
MESSAGES = 8
HEAD_WEIGHT = 2.0
"""Weight of a model's `emotion_scores` (0 to 1) against one phrase of the lexicon.

Of 1 to 12 this told most of 263 written support messages rightly, by a head that had not learned from the
message and a lexicon not mended on them; from 1.5 to 4 it makes no difference of more than a hundredth.
"""
THRESHOLD = 0.5
DEVICE_WORDS = 2.0
"""So many words of devices and steps make a question technical; with a confused customer, one."""
# Where two emotions have equal weight, the one that the reply must meet first.
_ORDER = (
    Emotion.ANGRY,
    Emotion.WORRIED,
    Emotion.FRUSTRATED,
    Emotion.DISAPPOINTED,
    Emotion.CONFUSED,
    Emotion.PLEASED,
)
# Danger isn't over because the next message answers a question.
_LASTING = frozenset(("safety", "security"))
UPSET = frozenset((Emotion.ANGRY, Emotion.FRUSTRATED))
_LOUD = frozenset(("capitals", "exclamations"))
_TROUBLE = frozenset(("failure", "repeat", "angry", "frustrated"))


@dataclass(frozen=True, slots=True)
class Mood:
    """Emotion, situation and urgency, with the signals that speak for them, strongest first."""

    emotion: Emotion
    situation: Situation | None
    urgency: Urgency
    signals: tuple[str, ...]


def read_mood(
    conversation: Conversation,
    request: Request,
    *,
    language: str | None = None,
    emotion_scores: Mapping[str, float] | None = None,
) -> Mood:
    """The mood of the newest subject, the newest message counting most.

    `emotion_scores` are a trained model's probabilities by emotion, added to what the words say; without them
    the words decide alone.
    `language` is taken for the interface's sake: words of all languages are looked up, since
    customers mix them.
    """
    signals = _weighted_signals(conversation, request)
    emotion = _emotion(signals, emotion_scores or {})
    situation = _situation(signals, emotion)
    names = tuple(sorted(signals, key=lambda name: -signals[name]))
    return Mood(emotion, situation, _urgency(signals, emotion, situation), names)


def _weighted_signals(conversation: Conversation, request: Request) -> Mapping[str, float]:
    """Signals of the newest subject's messages, weighed by age."""
    total: defaultdict[str, float] = defaultdict(float)
    weight = 1.0
    texts = [m.text for m in conversation.messages[request.since :] if m.role == "customer"]
    for text in reversed(texts[-MESSAGES:]):
        found: Signals = read_signals(text)
        for name, count in found.items():
            total[name] += count if name in _LASTING else weight * count
        weight *= RECENCY
    return total


def _emotion(signals: Mapping[str, float], scores: Mapping[str, float]) -> Emotion:
    points = {emotion: signals.get(emotion.value, 0.0) for emotion in _ORDER}
    points[Emotion.ANGRY] += 1.5 * signals.get("insult", 0) + signals.get("legal", 0)
    points[Emotion.FRUSTRATED] += 0.8 * min(1.0, signals.get("repeat", 0)) + 0.6 * signals.get("leave", 0)
    points[Emotion.FRUSTRATED] += 0.6 * signals.get("demand", 0)
    points[Emotion.WORRIED] += 0.6 * signals.get("security", 0) + 0.6 * signals.get("hurt", 0)
    if points[Emotion.ANGRY] >= THRESHOLD:
        points[Emotion.ANGRY] += points[Emotion.FRUSTRATED]  # annoyance beside anger is part of the anger
    if _loud(signals) and any(signals.get(name) for name in _TROUBLE):
        points[Emotion.ANGRY] += 1.0 + points[Emotion.FRUSTRATED]
    elif signals.get("capitals"):
        points[Emotion.FRUSTRATED] += 0.7
    if any(points[e] >= THRESHOLD for e in _ORDER[:5]) or signals.get("failure"):
        points[Emotion.PLEASED] *= 0.4  # "great, broken again": politeness and irony don't outweigh trouble
    if scores:
        return _with_scores(points, scores)
    best = max(_ORDER, key=lambda e: points[e])
    return best if points[best] >= THRESHOLD else Emotion.NEUTRAL


def _with_scores(points: Mapping[Emotion, float], scores: Mapping[str, float]) -> Emotion:
    """The likeliest of the upset ones if they together outweigh the rest together, else of the rest.

    Anger and annoyance share what speaks for them, so that one by one both may lose to another emotion.
    """
    order = (*_ORDER, Emotion.NEUTRAL)
    total = {e: points.get(e, 0.0) + HEAD_WEIGHT * scores.get(e.value, 0.0) for e in order}
    upset = 2 * sum(total[e] for e in UPSET) > sum(total.values())
    return max((e for e in order if (e in UPSET) == upset), key=lambda e: total[e])


def _loud(signals: Mapping[str, float]) -> bool:
    return sum(signals.get(name, 0.0) for name in _LOUD) >= 1.0


def _situation(signals: Mapping[str, float], emotion: Emotion) -> Situation | None:
    """The first that applies: danger first, then what sets the tone, then what sets the limits of the reply.

    Safety can't wait. Insults and legal threats must be met before any content is heard. A dispute has
    a second party, so it changes the whole procedure. A demand, a public review and an exception set
    what may be promised. Technique and language set how to write. A plain failure and a question about
    time come last, since every complaint holds one of them.
    """
    upset = emotion in (Emotion.ANGRY, Emotion.FRUSTRATED, Emotion.DISAPPOINTED)
    reviewed = _has(signals, "bad_review") or (_has(signals, "review") and upset)
    technical = _has(signals, "technical") or signals.get("device", 0.0) >= (
        1.0 if emotion is Emotion.CONFUSED else DEVICE_WORDS
    )
    rules: tuple[tuple[Situation, bool], ...] = (
        (Situation.EMERGENCY, _has(signals, "safety")),
        (Situation.AGGRESSIVE_CUSTOMER, _has(signals, "insult") or _has(signals, "legal")),
        (Situation.CUSTOMER_DISPUTE, _has(signals, "dispute") and (upset or _has(signals, "failure"))),
        (Situation.UNREASONABLE_DEMAND, _has(signals, "demand")),
        (Situation.NEGATIVE_FEEDBACK, reviewed and emotion is not Emotion.PLEASED),
        (Situation.POLICY_RESTRICTION, _has(signals, "exception")),
        (Situation.LANGUAGE_BARRIER, _has(signals, "barrier")),
        (Situation.COMPLEX_TECHNICAL, technical),
        (Situation.SERVICE_FAILURE, _has(signals, "failure")),
        (Situation.EXPECTATIONS, _has(signals, "expect")),
    )
    return next((situation for situation, applies in rules if applies), None)


def _has(signals: Mapping[str, float], name: str) -> bool:
    return signals.get(name, 0.0) >= RECENCY**3


def _urgency(signals: Mapping[str, float], emotion: Emotion, situation: Situation | None) -> Urgency:
    if situation is Situation.EMERGENCY:
        return Urgency.CRITICAL
    pressing = ("security", "deadline", "repeat", "legal", "insult", "leave", "sum")
    if any(_has(signals, name) for name in pressing) or (emotion is Emotion.ANGRY and _loud(signals)):
        return Urgency.HIGH
    if _has(signals, "relaxed") or (emotion is Emotion.PLEASED and situation is None):
        return Urgency.LOW
    return Urgency.NORMAL
