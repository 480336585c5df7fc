"""Authority and exceptions: who may grant what by policy, special cases, escalation, the log of grants."""
