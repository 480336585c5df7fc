"""Every draft to be read aloud: the sample conversations and abcd's, at every turn of the customer.

`python -m tests.benchmarks.drafts [--sample] [--abcd]` prints them with what the proof says, then how long
drafting and proof took at the median, and what is wrong with how they are written (`faults`).
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from copilot.assemble import build_copilot, build_embedder, open_knowledge_base
from copilot.assist import Copilot
from copilot.demo import load_demo
from copilot.models import Suggestion
from copilot.settings import Settings
from copilot.upkeep import bring_up_to_date
from knowledge_base.conversations import conversation_from_dict
from knowledge_base.importing import import_paths
from knowledge_base.models import Conversation
from knowledge_base.sample_desk import sample_conversations
from tests.benchmarks.public_sets import DATA

MARKUP = re.compile(r"\{\{|\{%|\}\}|%\}|  |\n\n\n|[\ue000-\uf8ff]| [,.;]|\*\*|^#", re.MULTILINE)


def turns(conversation: Conversation) -> Iterator[Conversation]:
    """The conversation as it stood after each run of the customer's messages."""
    messages = conversation.messages
    for number, message in enumerate(messages, 1):
        last = number == len(messages) or messages[number].role != "customer"
        if message.role == "customer" and last:
            yield replace(conversation, id=f"{conversation.id}@{number}", messages=messages[:number])


def faults(suggestion: Suggestion) -> list[str]:
    """What no draft may hold: markup left over, a sentence twice, nothing at all."""
    if suggestion.draft is None or not suggestion.draft.text.strip():
        return ["no draft"]
    text = suggestion.draft.text
    said = [one for one in re.split(r"(?<=[.!?])\s+", text) if len(one.split()) > 3]
    found = [f"markup {match.group()!r}" for match in MARKUP.finditer(text)]
    return found + [f"twice: {one}" for one in set(said) if said.count(one) > 1]


def show(name: str, conversation: Conversation, suggestion: Suggestion) -> None:
    """One draft, as one would read it."""
    understanding, draft = suggestion.understanding, suggestion.draft
    told = (understanding.category, understanding.situation, understanding.emotion, understanding.urgency)
    print(f"\n===== {name}  {' · '.join(str(one) for one in told)}  {suggestion.reason or ''}")
    print("customer:", [m.text for m in conversation.by("customer")][-1][:600])
    if draft:
        print("-----\n" + draft.text)
        print(f"----- gaps {draft.gaps} warnings {[(w.code, w.text) for w in draft.warnings]}")


def sample() -> Iterator[tuple[Copilot, str, Conversation]]:
    """The sample desk's conversations at every turn."""
    with tempfile.TemporaryDirectory() as folder:
        copilot = load_demo(Settings(data=Path(folder)))
        for name, _, conversation, _ in sample_conversations():
            for turn in turns(conversation):
                yield copilot, f"{name} {turn.id}", turn
        copilot.knowledge.close()


def abcd() -> Iterator[tuple[Copilot, str, Conversation]]:
    """The 3 conversations of abcd over its procedures, at every turn."""
    source = DATA / "abcd"
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        knowledge = open_knowledge_base(settings)
        import_paths(knowledge, [source / "procedures"])
        embedder = build_embedder(settings)
        bring_up_to_date(settings, knowledge, embedder=embedder)
        copilot = build_copilot(settings, knowledge, embedder=embedder)
        for line in (source / "conversations.jsonl").read_text("utf-8").splitlines():
            data = json.loads(line)
            whole = conversation_from_dict({"id": data["id"], "messages": data["messages"]}, "abcd")
            for turn in turns(whole):
                yield copilot, str(turn.id), turn
        knowledge.close()


def main() -> None:
    """Print the drafts asked for, both sets without an option."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--abcd", action="store_true")
    asked = parser.parse_args()
    sets = [s for s, wanted in ((sample, asked.sample), (abcd, asked.abcd)) if wanted] or [sample, abcd]
    times, wrong, count = [], [], 0
    for one in sets:
        for copilot, name, conversation in one():
            suggestion = copilot.suggest(conversation)
            show(name, conversation, suggestion)
            times.append(suggestion.timings_ms["draft"])
            wrong += [f"{name}: {fault}" for fault in faults(suggestion)]
            count += 1
    print(f"\n{count} drafts; drafting and proof {statistics.median(times):.1f} ms at the median", end="")
    print(f", {max(times):.1f} ms at the most; faults: {len(wrong)}")
    print("\n".join(wrong))


if __name__ == "__main__":
    main()
