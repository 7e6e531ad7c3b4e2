"""How Alembic runs our steps: on the connection that `osler.records` hands it."""

from alembic import context

from osler.records.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
context.run_migrations()
