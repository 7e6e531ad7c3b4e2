"""``osler records backup``, ``restore`` and ``verify``: nothing is lost, and it can be proved."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli.kept import Json, kept, row
from osler.cli.talk import print_json, say
from osler.errors import NotAllowed

if TYPE_CHECKING:
    from osler.records.backup import BackedUp
    from osler.records.restoring import Restored
    from osler.records.scrubbing import Found, Scrubbed


def backup(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")], as_json: Json = False
) -> None:
    """Write a backup of everything that is kept, sealed; workers may go on meanwhile.

    The master key is not in it: keep a copy of the key apart.

    Exit code: 0 the backup is whole, 5 objects were missing or altered and are not in it.
    """
    from osler.records.backup import backup as make

    with kept("ADMINISTRATION") as opened:
        made = make(opened.records, folder, actor=opened.desk.door.actor, now=datetime.now(UTC))
    _tell(made, f"backup of {made.rows} rows and {made.objects} objects", as_json=as_json)


def restore(
    folder: Annotated[Path, typer.Argument(help="Folder of a backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Set the records that are there aside.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a backup back to where the settings keep records: SQLite or PostgreSQL, any store.

    Stop all workers before. Needs the master key that the backup was made under. Patients who
    were forgotten after the backup was made are back: forget them again.

    Exit code: 0 everything is back, 5 not allowed, or objects of the backup were lost.
    """
    from osler.settings import read_settings
    from osler.workflow.restoring import restore_backup

    done = restore_backup(read_settings(), folder, now=datetime.now(UTC), replace=replace)
    for name in done.set_aside if not as_json else ():
        say(f"set aside: {name}")
    _tell(done, f"restored {done.rows} rows and {done.objects} objects", as_json=as_json)


def verify(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of a backup; what is kept where left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Open every object that is kept, or read a whole backup, and name what is missing or altered.

    Exit code: 0 everything is there and opens, 5 it is not.
    """
    from osler.records.backup import verify as look
    from osler.records.upkeep import scrub_records
    from osler.settings import read_settings
    from osler.workflow.opening import records_at

    if folder is not None:
        found = look(folder, master=records_at(read_settings()).master)
        _tell(found, f"backup of {found.rows} rows and {found.objects} objects", as_json=as_json)
        return
    with kept("ADMINISTRATION") as opened:
        actor = opened.desk.door.actor
        scrubbed = scrub_records(opened.records, actor=actor, now=datetime.now(UTC))
    extra = f", {scrubbed.extra.count} that nothing names (harmless)"
    _tell(
        scrubbed, f"{scrubbed.checked} objects{extra * bool(scrubbed.extra.count)}", as_json=as_json
    )


def _tell(found: "BackedUp | Restored | Scrubbed", what: str, *, as_json: bool) -> None:
    """Print what was found, and leave with 5 where something is missing or altered."""
    lost = found.missing.count + found.altered.count
    if as_json:
        print_json({"whole": not lost, **row(found)})
    else:
        _name("missing", found.missing)
        _name("altered", found.altered)
        print(f"{what}: {'whole' if not lost else 'NOT WHOLE'}")
    if lost:
        raise NotAllowed(
            f"{found.missing.count} are missing and {found.altered.count} altered, expected none; "
            "bring them back from another backup (osler records restore)"
        )


def _name(word: str, found: "Found") -> None:
    """Print the addresses of what is lost."""
    for address in found.addresses:
        print(f"{word}: {address}")
