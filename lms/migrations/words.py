"""Letting a column hold more words: its check is written anew, with everything else of the table as it was."""

import re
from collections.abc import Sequence

from alembic import op
from sqlalchemy import text


def let_hold(table: str, column: str, words: Sequence[str]) -> None:
    """Let a column hold these words, the old ones among them."""
    name = f"ck_{table}_{column}"
    check = f"{column} IN ({', '.join(repr(word) for word in words)})"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({check})")
    else:
        _copy_with(table, rf"CONSTRAINT {name} CHECK \({column} IN \([^)]*\)\)", f"CONSTRAINT {name} CHECK ({check})")


def _copy_with(table: str, old: str, new: str) -> None:
    """SQLite changes no constraint: the table is copied as it stands in the schema. Foreign keys rest meanwhile."""
    connection = op.get_bind()
    made = connection.execute(
        text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL"), {"table": table}
    ).all()
    whole = next(sql for kind, sql in made if kind == "table")
    changed, n_found = re.subn(old, new, whole)
    if n_found != 1:
        raise RuntimeError(f"the check of {table} is not as it was made")
    op.execute(re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_new", changed))
    op.execute(f"INSERT INTO {table}_new SELECT * FROM {table}")  # noqa: S608  # our own name
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_new RENAME TO {table}")
    for kind, sql in made:
        if kind != "table":
            op.execute(sql)
