"""Promises: found in what was sent, dated, kept with their state, followed up."""
