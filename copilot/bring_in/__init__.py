"""Bringing in exports of other systems: tickets become cases, help-centre pages articles."""
