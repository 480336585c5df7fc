"""Precedent's indexer: splits sources into passages, embeds them, builds and searches the index."""
