"""The knowledge manager's workshop: what is told twice, what contradicts, and what is missing."""
