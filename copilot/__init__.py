"""Precedent's copilot: understands a conversation, retrieves evidence, drafts and translates the reply."""

__version__ = "0.1.0"
