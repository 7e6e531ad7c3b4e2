"""Making room for a restored database: today's is renamed, never deleted."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlcipher3.dbapi2
from sqlalchemy import Connection, create_engine, func, inspect, select, text
from sqlalchemy.pool import NullPool

from osler.errors import NotAllowed, TryLater
from osler.records import durable
from osler.records.engine import database_url, explained, open_database
from osler.records.faults import disk_faults
from osler.records.keys import MasterKey
from osler.records.tables import METADATA, audit, jobs, patients, refusals, users
from osler.records.workflow_database import workflow_file

_WORKFLOW_SCHEMA = "dbos"
_STEPS = "alembic_version"


@dataclass(frozen=True)
class Standing:
    """Whether a database holds anything, and when the last thing in it was done."""

    is_empty: bool
    newest: datetime | None = None


def standing(url: str, master: MasterKey) -> Standing:
    """Look what a database holds. A file that is not there is not made.

    Raises
    ------
    NotAllowed
        It does not open with this master key.
    """
    where = database_url(url)
    if where.get_backend_name() == "sqlite" and not Path(str(where.database)).exists():
        return Standing(is_empty=True)
    database = open_database(url, key=master.derive("database"))
    try:
        with explained(), database.reader.connect() as connection:
            if not inspect(connection).has_table(audit.name):
                return Standing(is_empty=True)
            filled = [
                connection.execute(select(one).limit(1)).first() is not None
                for one in (audit, patients, jobs, users, refusals)
            ]
            newest = connection.scalar(select(func.max(audit.c.at)))
            return Standing(not any(filled), newest)
    finally:
        database.close()


def room_for(url: str, master: MasterKey, *, made_at: datetime, replace: bool) -> bool:
    """Say whether today's records are to be set aside for a backup of ``made_at``.

    Raises
    ------
    NotAllowed
        Something is kept there, and it is not to be replaced.
    """
    found = standing(url, master)
    if found.is_empty or replace:
        return not found.is_empty
    until = "of an unknown time" if found.newest is None else f"up to {found.newest:%F %T} UTC"
    newer = found.newest is not None and found.newest > made_at
    raise NotAllowed(
        f"records {until} are kept there already, {'newer than' if newer else 'beside'} the backup "
        f"of {made_at:%F %T} UTC; nothing was changed; restore into another place, or ask for "
        "today's records to be set aside (--replace)"
    )


def set_aside(url: str, master: MasterKey, *, now: datetime, whole: bool) -> tuple[str, ...]:
    """Rename what is there, and return the new names.

    The workflow's own tables always go: what they remember of a job is not what the restored
    tables say of it. Ours go only where ``whole`` says so.

    Raises
    ------
    TryLater
        Somebody uses the database.
    """
    where = database_url(url)
    stamp = f"{now:%Y%m%dt%H%M%Sz}"
    if where.get_backend_name() == "sqlite":
        files = [(workflow_file(where), "workflow database")]
        if whole:
            files.insert(0, (Path(str(where.database)), "database"))
        there = [(file, master.derive(use)) for file, use in files if file.exists()]
        for file, key in there:
            _leave_alone(file, key)
        return tuple(_renamed(file, f"{file.name}.set-aside-{stamp}") for file, _ in there)
    engine = create_engine(where, poolclass=NullPool)
    with explained(), engine.begin() as connection:
        return _schemas_aside(connection, f"set_aside_{stamp}", whole=whole)


def _leave_alone(file: Path, key: bytes) -> None:
    """Bring a SQLite file to rest, all in one file; only whoever is alone with it can do that."""
    try:
        connection = sqlcipher3.dbapi2.connect(str(file), timeout=1.0, isolation_level=None)
        with closing(connection):
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlcipher3.dbapi2.OperationalError as error:
        raise TryLater(
            f"the database {file} cannot be set aside ({error}); nothing was changed; stop all "
            "workers and whoever else uses it, and try again"
        ) from error
    except sqlcipher3.dbapi2.DatabaseError as error:
        raise NotAllowed(
            f"the database {file} does not open with this master key; nothing was changed; move it "
            "away by hand if it is to be replaced"
        ) from error


def _renamed(file: Path, name: str) -> str:
    """Rename a file in its folder, durably; return its new path."""
    with disk_faults(f"setting {file} aside"):
        file.rename(file.with_name(name))
        durable.sync_folder(file.parent)
    return str(file.with_name(name))


def _schemas_aside(connection: Connection, schema: str, *, whole: bool) -> tuple[str, ...]:
    """Move tables of PostgreSQL into a schema of their own; return the names of schemas."""
    others = connection.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    )
    found = inspect(connection)
    moved = {*METADATA.tables, _STEPS} & set(found.get_table_names()) if whole else set()
    has_workflow = _WORKFLOW_SCHEMA in found.get_schema_names()
    if (moved or has_workflow) and others:
        raise TryLater(
            f"{others} others use the database; nothing was changed; stop all workers and servers, "
            "and whoever else is connected, and try again"
        )
    made = []
    if moved:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
        for name in sorted(moved):
            connection.execute(text(f'ALTER TABLE "{name}" SET SCHEMA "{schema}"'))
        made.append(schema)
    if has_workflow:
        made.append(f"{schema}_workflow")
        connection.execute(text(f'ALTER SCHEMA "{_WORKFLOW_SCHEMA}" RENAME TO "{made[-1]}"'))
    return tuple(made)
