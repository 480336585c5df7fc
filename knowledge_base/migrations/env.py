"""What Alembic runs: the steps, inside the connection and transaction that the caller holds."""

from alembic import context

from knowledge_base.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
