"""Measuring retrieval, categories and abstention on query files."""
