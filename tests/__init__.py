"""Precedent's tests: flat files, real parts, values asserted."""
