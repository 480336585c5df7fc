"""Precedent's web application: the HTTP API and the agent's pages."""
