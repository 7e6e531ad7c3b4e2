"""Opening what is kept, by the settings: the one place that turns them into records."""

import time
from datetime import timedelta
from pathlib import Path

from osler.errors import NotFound
from osler.records import (
    SERVICE,
    Desk,
    Purpose,
    Records,
    RecordsAt,
    master_key,
    open_records,
)
from osler.settings import Settings
from osler.workflow.pressure import MEGABYTE, Pressure


def open_kept(settings: Settings, *, create: bool = False) -> Records:
    """Open records and objects; close them when done.

    Parameters
    ----------
    create
        Make what is not there yet; the user of the settings then gets every role of a person.

    Raises
    ------
    NotFound
        Nothing is kept there, and nothing is to be created; or the key is missing.
    NotAllowed
        The key is not the one the records were made with, or lies open to others.
    TryLater
        Database or store cannot be reached.
    """
    file = database_file(settings)
    if not create and file is not None and not file.exists():
        raise NotFound(
            f"no records are kept in {file} yet; expected some that osler collect files has "
            "stored; check OSLER_DATA_DIR (osler settings show)"
        )
    at = records_at(settings, create_key=create and is_untouched(settings))
    return open_records(at, create=create, first_user=settings.user)


def records_at(settings: Settings, *, create_key: bool = False) -> RecordsAt:
    """Return where everything is kept, and by which rules."""
    given = settings.master_key.get_secret_value() if settings.master_key is not None else None
    return RecordsAt(
        database=settings.database.get_secret_value(),
        objects=settings.objects,
        master=master_key(given=given, file=settings.master_key_file, create=create_key),
        objects_options=_options(settings),
        default_issuer=settings.default_issuer,
        quiet=timedelta(seconds=settings.quiet_seconds),
        routine_waits=timedelta(minutes=settings.routine_waits_at_most_minutes),
        changed_instance=settings.changed_instance,
        seal_every=timedelta(minutes=settings.seal_minutes),
    )


def desk_of(records: Records, settings: Settings, purpose: Purpose) -> Desk:
    """Return the desk of the user of the settings.

    Raises
    ------
    NotAllowed
        There is no such user, or they are disabled.
    """
    return records.acting(records.actor(settings.user), purpose)


def pressure_on(records: Records, settings: Settings) -> Pressure:
    """Return what says whether more may be taken in."""
    return Pressure(
        waiting=records.acting(SERVICE, Purpose.OPERATIONS).jobs.waiting,
        free_bytes=records.objects.free_bytes,
        most_waiting=settings.most_waiting,
        least_free_bytes=settings.least_free_mb * MEGABYTE,
        monotonic=time.monotonic,
    )


def database_file(settings: Settings) -> Path | None:
    """Return the file of the embedded database, None where a server has it."""
    kind, _, rest = settings.database.get_secret_value().partition(":///")
    return Path(rest) if kind == "sqlite" else None


def is_untouched(settings: Settings) -> bool:
    """Tell whether nothing is kept yet, as far as that shows without a key.

    Only then may a key be made: a new one beside what an old one closed would open nothing. Of a
    database on a server nobody can tell, so its key is made by hand.
    """
    file = database_file(settings)
    if file is None or file.exists():
        return False
    folder = Path(settings.objects)
    is_folder = "://" not in settings.objects
    return not (is_folder and folder.is_dir() and any(folder.iterdir()))


def _options(settings: Settings) -> dict[str, str]:
    """Return the options of an S3 store, by the names that records know; none for a folder."""
    secret = settings.objects_secret
    given = {
        "endpoint": settings.objects_endpoint,
        "region": settings.objects_region,
        "access_key_id": settings.objects_key_id,
        "secret_access_key": secret.get_secret_value() if secret is not None else None,
        "allow_http": "true" if settings.objects_allow_http else None,
    }
    return {name: value for name, value in given.items() if value is not None}
