"""Rewording a finished draft by a language model, masked on the way out and proven on the way back."""
