"""How Alembic reaches the database of the running site."""

from alembic import context
from sqlalchemy import Connection, text

from lms.db import Base

connection: Connection = context.config.attributes["connection"]

# Rebuilding a parent table on SQLite empties the tables that cascade from it unless the keys are off; they can only
# be switched outside a transaction, so `lms.schema` does that and checks them afterwards.
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
if connection.dialect.name == "sqlite":
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise RuntimeError(f"The migration would leave {len(broken)} rows pointing nowhere.")
