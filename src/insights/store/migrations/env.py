"""Runs the migrations on the connection that the database hands over."""

from alembic import context

from insights.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.post.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
