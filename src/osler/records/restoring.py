"""Bringing a backup back, into either kind of database: a laptop's can move into PostgreSQL."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    LargeBinary,
    Table,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)

from osler.errors import Damaged, NotSupported
from osler.records.access import Action, Actor, Purpose, require
from osler.records.backup_form import Manifest, Parts, Section, from_text, read_manifest
from osler.records.backup_objects import OBJECTS, bring_back
from osler.records.door import Subject
from osler.records.engine import explained, open_database
from osler.records.objects import Objects
from osler.records.records import RecordsAt, open_records
from osler.records.scrubbing import Found
from osler.records.setting_aside import room_for, set_aside
from osler.records.tables import METADATA
from osler.records.tables.types import Moment
from osler.records.upgrading import NEWEST, upgrade

_TOGETHER = 1000


@dataclass(frozen=True)
class Restored:
    """What was brought back; ``set_aside`` names what was there before, if anything was.

    ``missing`` and ``altered`` are addresses of objects that the backup no longer gives.
    """

    backup_id: str
    made_at: datetime
    rows: int
    objects: int
    set_aside: tuple[str, ...]
    missing: Found
    altered: Found

    @property
    def is_whole(self) -> bool:
        """Whether every object of the backup is back."""
        return not self.missing.count and not self.altered.count


def restore(
    folder: Path, at: RecordsAt, *, actor: Actor, now: datetime, replace: bool = False
) -> Restored:
    """Bring a backup back into a place that holds no records, or in place of those there.

    Objects that are there already stay: under one master key an address has one content. The
    rows are committed together at the end, so that a restore that was interrupted left an empty
    database and can be done again. A patient who was forgotten after the backup was made is back:
    forget them again.

    Parameters
    ----------
    replace
        Today's database is set aside under another name. Nobody else may use it meanwhile.

    Raises
    ------
    NotFound
        The folder is no whole backup.
    NotAllowed
        It was made under another master key, records are there already and are not to be
        replaced, or the actor is no administrator.
    Damaged
        Rows of the backup were altered; nothing was changed.
    TryLater
        The disk is full, or somebody uses the database.
    """
    require(actor, Action.MAINTAIN)
    manifest = read_manifest(folder, at.master)
    parts = Parts.of(folder, at.master, manifest.backup_id)
    _check(manifest, parts)
    in_the_way = room_for(at.database, at.master, made_at=manifest.made_at, replace=replace)
    kept = Objects.open(str(folder / OBJECTS), master=at.master, create=False)
    into = Objects.open(at.objects, master=at.master, create=True, options=at.objects_options)
    missing, altered = bring_back(kept, parts.rows(manifest.objects), into)
    aside = set_aside(at.database, at.master, now=now, whole=in_the_way)
    _load(at, manifest, parts)
    _note(at, manifest, actor)
    return Restored(
        backup_id=manifest.backup_id,
        made_at=manifest.made_at,
        rows=sum(one.rows for one in manifest.tables),
        objects=manifest.objects.rows - missing.count - altered.count,
        set_aside=aside,
        missing=missing,
        altered=altered,
    )


def _check(manifest: Manifest, parts: Parts) -> None:
    """Read all rows once before anything is touched."""
    if manifest.step != NEWEST:
        raise NotSupported(
            f"the backup has tables of step {manifest.step}, need {NEWEST}; restore it with the "
            "version of Osler that made it, then upgrade"
        )
    for section in manifest.sections:
        for part in section.parts:
            parts.read(part)


def _load(at: RecordsAt, manifest: Manifest, parts: Parts) -> None:
    """Insert all rows in one transaction."""
    database = open_database(at.database, key=at.master.derive("database"))
    try:
        upgrade(database, create=True)
        with explained(), database.writer.connect() as connection:
            for table in METADATA.sorted_tables:
                _fill(connection, table, manifest.table(table.name), parts=parts)
            _count_on(connection)
            connection.commit()
    finally:
        database.close()


def _fill(connection: Connection, table: Table, section: Section, *, parts: Parts) -> None:
    """Insert the rows of one table, then what they say of each other."""
    links = [key.parent for key in table.foreign_keys if key.column.table is table]
    columns = [table.c[name] for name in section.columns]
    without = {one.name: None for one in links}
    for some in _batches(_rows(columns, parts.rows(section))):
        connection.execute(insert(table), [row | without for row in some])
    for link in links:
        _link(connection, link, _rows(columns, parts.rows(section)))
    found = connection.scalar(select(func.count()).select_from(table))
    if found != section.rows:
        raise Damaged(
            f"table {table.name} has {found} rows, need {section.rows}: take another "
            "backup; nothing was changed"
        )


def _count_on(connection: Connection) -> None:
    """Let PostgreSQL number new rows behind those brought back; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        counted = table.autoincrement_column
        if counted is not None:
            sequence = func.pg_get_serial_sequence(table.name, counted.name)
            newest = func.coalesce(func.max(counted), 0) + 1
            connection.execute(select(func.setval(sequence, newest, literal(value=False))))


def _link(connection: Connection, link: Column[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Set a column by which rows of one table name each other, once all of them are there."""
    table = link.table
    (own,) = table.primary_key.columns
    statement = (
        update(table).where(own == bindparam("of_row")).values({link.name: bindparam("to_row")})
    )
    for some in _batches(row for row in rows if row[link.name] is not None):
        connection.execute(
            statement, [{"of_row": row[own.name], "to_row": row[link.name]} for row in some]
        )


def _rows(columns: list[Column[Any]], rows: Iterable[list[Any]]) -> Iterator[dict[str, Any]]:
    """Yield rows as they were in the table."""
    kinds = [_kind(one) for one in columns]
    names = [one.name for one in columns]
    for row in rows:
        values = (from_text(value, kind) for value, kind in zip(row, kinds, strict=True))
        yield dict(zip(names, values, strict=True))


def _kind(column: Column[Any]) -> type:
    """Return what the text of a column has to become."""
    if isinstance(column.type, Moment):
        return datetime
    if isinstance(column.type, Date):
        return date
    return bytes if isinstance(column.type, LargeBinary) else object


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield rows a thousand at a time."""
    waiting = iter(rows)
    while some := list(islice(waiting, _TOGETHER)):
        yield some


def _note(at: RecordsAt, manifest: Manifest, actor: Actor) -> None:
    """Write into the restored audit trail that it was restored, from what, and by whom."""
    detail = (("restored", manifest.backup_id), ("made_at", manifest.made_at.isoformat()))
    with open_records(at, create=False) as records:
        door = records.acting(actor, Purpose.ADMINISTRATION).door
        door.told(Action.MAINTAIN, [Subject(f"backup/{manifest.backup_id}", detail=detail)])
