"""Helpdesks in which Precedent works: what they tell by webhook, and the private note that answers it."""
