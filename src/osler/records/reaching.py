"""Whether database and object store can be reached and opened, before anything depends on it."""

from collections.abc import Iterator
from pathlib import Path

from osler.errors import OslerError
from osler.records.engine import database_url, open_database
from osler.records.objects import Objects
from osler.records.records import RecordsAt
from osler.records.upgrading import upgrade


def unreached(at: RecordsAt) -> Iterator[tuple[str, OslerError]]:
    """Try to open both, and yield what cannot be: ``database`` or ``objects``, and why.

    Nothing is created. NotFound stands for a place that answers and where nothing is kept yet.
    """
    try:
        Objects.open(at.objects, master=at.master, create=False, options=at.objects_options)
    except OslerError as error:
        yield "objects", error
    try:
        _open_database(at)
    except OslerError as error:
        yield "database", error


def _open_database(at: RecordsAt) -> None:
    """Open the database and look at its step; a file that is not there is not made."""
    where = database_url(at.database)
    if where.get_backend_name() == "sqlite" and not Path(str(where.database)).exists():
        return
    database = open_database(at.database, key=at.master.derive("database"))
    try:
        upgrade(database, create=False)
    finally:
        database.close()
