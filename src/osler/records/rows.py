"""Inserting a row that another process may be inserting at the same moment."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(
    connection: Connection,
    table: Table,
    row: Mapping[str, object],
    *,
    unique: Sequence[str] | None,
) -> bool:
    """Insert a row unless one with these unique columns is there; tell whether it was inserted.

    Where ``unique`` is None, any unique rule of the table counts.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(**row).on_conflict_do_nothing(index_elements=unique)
    returned = statement.returning(*table.primary_key.columns)
    return connection.execute(returned).first() is not None
