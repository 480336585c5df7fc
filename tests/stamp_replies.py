"""Says that the bundled replies of these sets are translated anew: `python -m tests.stamp_replies [SET…]`."""

from __future__ import annotations

import json
import sys

from copilot.drafting.coverage import SOURCE, STAMPS, digests, set_of
from copilot.drafting.includes import family
from copilot.drafting.templates import bundled_templates
from knowledge_base.templates_io import group_of


def main(chosen: list[str]) -> None:
    """Write the digests of today's English replies beside the sets named, all where none is."""
    templates = bundled_templates()
    now, kept = digests(templates), json.loads(STAMPS.read_text(encoding="utf-8")) if STAMPS.exists() else {}
    for one in sorted({set_of(template) for template in templates if template.language != SOURCE}):
        if not chosen or one in chosen:
            replies = sorted({family(group_of(t)) for t in templates if set_of(t) == one})
            kept[one] = {reply: now[reply] for reply in replies}
    STAMPS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
