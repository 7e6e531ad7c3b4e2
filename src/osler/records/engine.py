"""The database: SQLite through SQLCipher in one file, or PostgreSQL, by its URL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from osler.errors import InputRefused, Misuse, NotAllowed, OslerError, OurFault, TryLater

BUSY_SECONDS = 10.0
READERS = 16


@dataclass(frozen=True)
class Database:
    """One engine that writes and one that reads; of PostgreSQL both are the same."""

    writer: Engine
    reader: Engine

    @property
    def is_embedded(self) -> bool:
        """Tell whether this is a file of our own, not a server."""
        return self.writer.dialect.name == "sqlite"

    def close(self) -> None:
        """Give all connections back."""
        self.writer.dispose()
        self.reader.dispose()


def open_database(url: str, *, key: bytes) -> Database:
    """Open a database; nothing is created in it yet.

    Parameters
    ----------
    url
        ``sqlite:///folder/osler.db`` or ``postgresql://user@host/name``.
    key
        32 bytes; encrypts the SQLite file. PostgreSQL encrypts, if at all, by its volume.

    Raises
    ------
    Misuse
        The URL is of another kind.
    """
    where = database_url(url)
    if where.get_backend_name() == "sqlite":
        return Database(
            sqlite_engine(Path(str(where.database)), key=key, immediate=True, most=1),
            sqlite_engine(Path(str(where.database)), key=key, immediate=False, most=READERS),
        )
    engine = create_engine(where, pool_size=4, max_overflow=READERS, pool_pre_ping=True)
    return Database(engine, engine)


def database_url(url: str) -> URL:
    """Return the parsed URL, with the driver that Osler uses."""
    try:
        where = make_url(url)
    except ArgumentError:
        where = None
    kind = where.get_backend_name() if where is not None else "nothing"
    if where is None or kind not in ("sqlite", "postgresql") or not where.database:
        raise Misuse(
            f"database: found an address of {kind}, expected sqlite:///file or "
            "postgresql://user@host/name; set OSLER_DATABASE"
        )
    return where.set(drivername="postgresql+psycopg") if kind == "postgresql" else where


def sqlite_engine(path: Path, *, key: bytes, immediate: bool, most: int) -> Engine:
    """Return an engine over one encrypted SQLite file.

    ``immediate`` takes the write lock when a transaction begins, so that two writers wait for
    each other instead of failing in the middle. WAL with synchronous FULL: a commit is on disk
    when it returns.
    """

    def connect() -> Any:  # noqa: ANN401 - a DBAPI connection has no type
        make_private(path)
        connection = sqlcipher3.dbapi2.connect(
            str(path), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        return keyed(connection, key, synchronous="FULL")

    engine = create_engine(
        "sqlite://",
        module=sqlcipher3.dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=most,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
    )
    begin = "BEGIN IMMEDIATE" if immediate else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401 - as SQLAlchemy hands it
        connection.exec_driver_sql(begin)

    return engine


def make_private(path: Path) -> None:
    """Make the file of a new database its owner's alone; what lies beside it follows its mode."""
    if path.parent.is_dir() and os.access(path.parent, os.W_OK):
        path.touch(mode=0o600, exist_ok=True)


def keyed(connection: Any, key: bytes, *, synchronous: str) -> Any:  # noqa: ANN401 - no type
    """Give a new connection its key and its ways; it is closed where the key does not fit."""
    try:
        # A raw key: the master key holds 256 random bits, there is no password to stretch.
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA cache_size = -16384")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def explained() -> Iterator[None]:
    """Turn the database's faults into sentences; what may pass is told to be tried again."""
    try:
        yield
    except DBAPIError as error:
        raise explanation(error) from error
    except PoolTimeout as error:
        raise TryLater("too many requests at once for the database; try again") from error


_LOCKED = (
    f"another process has been writing to the database for more than {BUSY_SECONDS:g} s; nothing "
    "was written; try again, or move to PostgreSQL"
)
_WRONG_KEY = (
    "the database does not open with this master key, or is no database of Osler; expected the "
    "key it was made with; check OSLER_MASTER_KEY or the key file"
)
_FULL = "the disk of the database is full; nothing was written; make room"
_READ_ONLY = "the database is read-only; nothing was written; have its folder opened for writing"
_CLOSED_FILE = (
    "the database file cannot be opened; check that its folder is there and may be written"
)
_NOT_KEPT = (
    "a value cannot be kept: found a character without a meaning in text (NUL) or a number out of "
    "range, expected text and numbers; nothing was written; have the sender leave it out"
)
_BROKEN = "the disk of the database gave an error; nothing was written; check the disk"
_BY_WORDS: tuple[tuple[str, type[OslerError], str], ...] = (
    ("file is not a database", NotAllowed, _WRONG_KEY),
    ("locked", TryLater, _LOCKED),
    ("full", TryLater, _FULL),
    ("No space left", TryLater, _FULL),
    ("readonly", TryLater, _READ_ONLY),
    ("unable to open", TryLater, _CLOSED_FILE),
    ("disk I/O", TryLater, _BROKEN),
)


def explanation(error: DBAPIError) -> OslerError:
    """Return what an error of the database means for the person who has to act."""
    said = str(error.orig or error)
    for words, kind, sentence in _BY_WORDS:
        if words in said:
            return kind(sentence)
    if type(error).__name__ == "DataError":
        return InputRefused(_NOT_KEPT)
    is_away = type(error).__name__ in ("OperationalError", "InterfaceError")
    is_ours = "no such" in said or "syntax error" in said
    if error.connection_invalidated or (is_away and not is_ours):
        return TryLater("the database cannot be reached; nothing was written; try again later")
    return OurFault(f"the database refused a statement of ours ({type(error.orig).__name__})")
