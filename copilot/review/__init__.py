"""Closed conversations become candidates for cases; people, or rules that they wrote, decide on each."""
