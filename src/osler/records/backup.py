"""A backup of everything that is kept, in one form for SQLite and PostgreSQL, and its check.

The tables are read in one transaction, so that they fit each other; the objects are copied as
they lie, sealed. The master key is never in it: nobody can open a backup without that key, so
keep it apart. ``osler.records.restoring`` reads what is written here.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Table, select

from osler.errors import Damaged, Misuse
from osler.records import durable
from osler.records.access import Action, Actor, Purpose
from osler.records.backup_form import (
    Manifest,
    Parts,
    Section,
    SectionWriter,
    from_text,
    read_manifest,
    write_manifest,
)
from osler.records.backup_objects import LISTED, OBJECTS, Copying, look_at
from osler.records.door import Door, Subject
from osler.records.engine import explained
from osler.records.expected import Keyring, all_named
from osler.records.faults import disk_faults
from osler.records.keys import MasterKey
from osler.records.objects import Objects
from osler.records.records import Records
from osler.records.scrubbing import Expected, Found
from osler.records.tables import METADATA, audit_heads
from osler.records.upgrading import NEWEST
from osler.records.upkeep import still_missing
from osler.records.witness import HOLDER as WITNESS

_TOGETHER = 1000
_README = """This folder is a backup of Osler's records.

The master key is not in it, and nobody can open the backup without that key: keep the key apart.
The backup is whole only if manifest.json is there, which is written last.
"""


@dataclass(frozen=True)
class BackedUp:
    """What a backup, or a check of one, came to. ``rows`` are those of all tables.

    ``missing`` and ``altered`` name objects by their addresses, and files by their names.
    """

    backup_id: str
    made_at: datetime
    rows: int
    objects: int
    object_bytes: int
    missing: Found
    altered: Found

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing and nothing was altered."""
        return not self.missing.count and not self.altered.count


def backup(records: Records, folder: Path, *, actor: Actor, now: datetime) -> BackedUp:
    """Write a backup into a new or empty folder. Records may be in use meanwhile.

    An object that is missing or does not open is left out and named: a backup without it is
    better than none.

    Raises
    ------
    NotAllowed
        The actor is no administrator.
    Misuse
        Something lies in the folder.
    TryLater
        The disk is full, or database or store went away; what was written is no backup.
    """
    door = records.acting(actor, Purpose.ADMINISTRATION).door
    keys = Keyring(records.at.master)
    parts = Parts.of(folder, records.at.master, str(uuid.uuid4()))

    def work(
        connection: Connection,
    ) -> tuple[tuple[Copying, Section, tuple[Section, ...]], Sequence[Subject]]:
        copying = _begun(records, parts)
        # Notes on the audit chains go first: one that is newer than the tables would tell of
        # entries that the backup does not have.
        copying.copy(_witnesses(door, records, keys))
        _one_snapshot(connection)
        named = _note_named(connection, parts)
        sections = [_dump(connection, one, parts) for one in METADATA.sorted_tables]
        return (copying, named, tuple(sections)), [Subject(f"backup/{parts.backup_id}")]

    copying, named, sections = door.read(Action.MAINTAIN, work)
    copying.copy(_expected(parts, named, keys))
    parts.drop(named)
    manifest = Manifest(
        backup_id=parts.backup_id,
        made_at=now,
        step=NEWEST,
        fingerprint=records.at.master.fingerprint(),
        tables=sections,
        objects=copying.listed.done(),
        object_bytes=copying.bytes,
    )
    missing = still_missing(door, keys, copying.missing)
    write_manifest(folder, manifest, records.at.master)
    return _told(manifest, missing=missing, altered=copying.altered)


def verify(folder: Path, *, master: MasterKey) -> BackedUp:
    """Read a whole backup, and say what of it is missing or was altered.

    Raises
    ------
    NotFound
        It is no backup, or one that was interrupted.
    NotAllowed
        It was made under another master key.
    Damaged
        Its manifest was altered.
    """
    manifest = read_manifest(folder, master)
    parts = Parts.of(folder, master, manifest.backup_id)
    missing, altered = Found(), Found()
    for part in (part for one in manifest.sections for part in one.parts):
        try:
            parts.read(part)
        except Damaged:
            if (folder / part.file).is_file():
                altered = altered.and_one(part.file)
            else:
                missing = missing.and_one(part.file)
    if not missing.count and not altered.count:
        kept = Objects.open(str(folder / OBJECTS), master=master, create=False)
        missing, altered = look_at(kept, parts.rows(manifest.objects))
    return _told(manifest, missing=missing, altered=altered)


def _told(manifest: Manifest, *, missing: Found, altered: Found) -> BackedUp:
    """Return what to tell of a backup."""
    return BackedUp(
        backup_id=manifest.backup_id,
        made_at=manifest.made_at,
        rows=sum(one.rows for one in manifest.tables),
        objects=manifest.objects.rows,
        object_bytes=manifest.object_bytes,
        missing=missing,
        altered=altered,
    )


def _begun(records: Records, parts: Parts) -> Copying:
    """Make the folder ready, and return what copies objects into it."""
    folder = parts.folder
    with disk_faults(f"making the folder of the backup {folder}"):
        durable.make_folder(folder)
        if any(folder.iterdir()):
            raise Misuse(
                f"something lies in {folder}, need a new or empty folder for a backup; give "
                "another, or remove what an interrupted backup left there"
            )
        durable.replace(folder / "README.txt", (_README.encode(),))
    target = Objects.open(str(folder / OBJECTS), master=records.at.master, create=True)
    return Copying(records.objects, target, SectionWriter(parts, OBJECTS, LISTED))


def _one_snapshot(connection: Connection) -> None:
    """Let the whole transaction see one moment; SQLite's does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _witnesses(door: Door, records: Records, keys: Keyring) -> Iterator[Expected]:
    """Yield the notes on the heads of the audit chains; the chain of today may have none yet."""
    with explained(), door.reader.connect() as connection:
        chains = list(connection.scalars(select(audit_heads.c.chain)))
    key = keys.key_of(WITNESS, None)
    for chain in chains:
        yield Expected(records.witness.address(chain), WITNESS, key, may_be_absent=True)


def _note_named(connection: Connection, parts: Parts) -> Section:
    """Note which objects the tables name at this moment; they are copied when it is over."""
    noted = SectionWriter(parts, "named", ("address", "holder", "wrapped"))
    for one in all_named(connection):
        noted.add((one.address, one.holder, one.wrapped))
    return noted.done()


def _expected(parts: Parts, named: Section, keys: Keyring) -> Iterator[Expected]:
    """Yield the objects that were noted, with their keys."""
    for address, holder, wrapped in parts.rows(named):
        yield Expected(address, holder, keys.key_of(holder, from_text(wrapped, bytes)))


def _dump(connection: Connection, table: Table, parts: Parts) -> Section:
    """Write all rows of one table."""
    writer = SectionWriter(parts, table.name, [column.name for column in table.columns])
    for row in connection.execute(select(table).execution_options(yield_per=_TOGETHER)):
        writer.add(row)
    return writer.done()
