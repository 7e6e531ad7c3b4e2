"""Bringing a database to the tables that this version of Osler knows."""

from importlib import resources
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from osler.errors import NotAllowed, NotFound
from osler.records.engine import Database, explained

NEWEST = "0006"
_LOCK = 0x05_1E_12  # any number that no other program takes on this database


def upgrade(database: Database, *, create: bool) -> bool:
    """Bring a database to the newest step; tell whether it was empty before.

    Two processes that start at once take turns.

    Raises
    ------
    NotFound
        It is empty, and nothing is to be created.
    NotAllowed
        It was written by a newer version of Osler.
    """
    with explained(), database.reader.connect() as connection:
        step = _step(connection)
    if step == NEWEST:
        return False
    if step is None and not create:
        raise NotFound(
            "no records are kept here yet; expected a data folder that osler has stored something "
            "in; check OSLER_DATA_DIR, or start with osler collect files"
        )
    with explained(), database.writer.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        step = _step(connection)
        if step != NEWEST:
            _run(connection)
        connection.commit()
    return step is None


def _step(connection: Connection) -> str | None:
    """Return the step that a database is at; None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is not None and found > NEWEST:
        raise NotAllowed(
            f"the database is at step {found}, this version of Osler knows {NEWEST}; "
            "expected one that is not newer; install the newer Osler again"
        )
    return str(found) if found is not None else None


def _run(connection: Connection) -> None:
    """Take all steps that are missing."""
    from alembic import command  # noqa: PLC0415 - only a database that is behind pays for it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder()))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def folder() -> Path:
    """Return where the steps lie: inside the wheel, or in a source checkout."""
    installed = Path(str(resources.files("osler"))) / "_shipped" / "migrations"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / "migrations"
