"""Exports of other systems as they come: each module reads one system's, all give the same tickets."""
