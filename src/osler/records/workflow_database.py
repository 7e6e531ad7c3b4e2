"""The database of the workflow's library: apart from ours, and encrypted like it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool

from osler.errors import TryLater
from osler.records.engine import database_url, explained, keyed, make_private

BUSY_SECONDS = 30.0
POOLED = 8


def workflow_engine(url: str, *, key: bytes) -> Engine:
    """Return an engine for the workflow's tables: a file beside ours, or our PostgreSQL.

    Its connections begin by themselves, because the library issues its own BEGIN. A commit that
    a power cut takes away only means that a step is done again: our own tables say what is done.
    """
    where = database_url(url)
    if where.get_backend_name() == "postgresql":
        return create_engine(where, pool_size=10, max_overflow=10, pool_pre_ping=True)
    path = workflow_file(where)

    def connect() -> Any:  # noqa: ANN401 - a DBAPI connection has no type
        make_private(path)
        connection = sqlcipher3.dbapi2.connect(
            str(path), timeout=BUSY_SECONDS, isolation_level="IMMEDIATE", check_same_thread=False
        )
        return keyed(connection, key, synchronous="NORMAL")

    return create_engine(
        "sqlite://",
        module=sqlcipher3.dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=POOLED,
        max_overflow=POOLED,
    )


def workflow_file(where: URL) -> Path:
    """Return the file of the workflow's tables beside a SQLite file."""
    return Path(str(where.database)).with_suffix(".workflow.db")


def close_workflow_engine(engine: Engine) -> None:
    """Close an engine for good, also for a thread of the library that does not know yet.

    It would ask for ever for a database that is gone, and keep the process from ending.
    """
    event.listen(engine, "checkin", lambda _connection, record: record.invalidate())
    event.listen(engine, "do_connect", _refuse)
    engine.dispose()


def _refuse(*_: object) -> None:
    """Refuse a connection."""
    raise TryLater("the workflow's database is closed; nothing was written; start a worker again")


@contextmanager
def workflow_faults() -> Iterator[None]:
    """Turn faults of the workflow's tables into sentences, as those of our own.

    Raises
    ------
    TryLater
        The database cannot be reached or does not take anything.
    """
    with explained():
        yield
