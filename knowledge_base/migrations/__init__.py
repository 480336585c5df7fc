"""The schema's history, one file a step; `knowledge_base.database` runs it when a base is opened."""
