"""Learned edits: what agents change alike in a template's sentences becomes its proposed next version."""
