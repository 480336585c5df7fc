"""Personal data as JSON: what stands in the knowledge, what an erasure would remove, what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copilot.erasing import Erasure
    from knowledge_base.personal.scanning import Scan, Standing
    from knowledge_base.personal.tracing import Traces


def scan_entry(done: Scan, *, values: bool) -> dict[str, Any]:
    """A scan as the exchange format has it; values and the text around them only where they are wanted."""
    return {
        "read": done.read,
        "next": done.next,
        "kinds": {
            kind: {"standing": done.standing[kind], "due": done.due[kind], "replaced": done.replaced[kind]}
            for kind in sorted({*done.standing, *done.replaced})
        },
        "records": [
            {
                "kind": one.kind, "id": one.id, "replaced": one.replaced,
                "standing": [_standing(found, values=values) for found in one.standing],
            }
            for one in done.records
        ],
    }  # fmt: skip


def traces_entry(traces: Traces) -> dict[str, Any]:
    """What an erasure would remove, as the exchange format has it."""
    return {
        "counts": traces.counts(),
        "values": [{"kind": kind, "value": value} for kind, value in sorted(traces.values.pairs)],
        "conversations": list(traces.conversations),
        "records": [{"kind": kind, "id": record_id} for kind, record_id in traces.records],
    }


def erasure_entry(done: Erasure) -> dict[str, Any]:
    """What an erasure did, as the exchange format has it."""
    return {
        "counts": done.counts, "files": list(done.files), "left": list(done.left), "index": done.index,
        "complete": done.complete,
    }  # fmt: skip


def _standing(one: Standing, *, values: bool) -> dict[str, Any]:
    told = {"field": one.field, "number": one.number, "kind": one.found.kind, "sure": one.found.sure,
            "start": one.found.start, "end": one.found.end, "due": one.due}  # fmt: skip
    return told | ({"text": one.found.text, "before": one.before, "after": one.after} if values else {})
