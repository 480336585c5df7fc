"""Precedent's knowledge base: domain types, store, import and export, the bundled sample desk."""
