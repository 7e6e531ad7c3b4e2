"""Bringing a backup back by the settings, also where there is nobody yet who may."""

from datetime import datetime
from pathlib import Path

from osler.errors import NotFound
from osler.records import Actor, Role
from osler.records.restoring import Restored, restore
from osler.settings import Settings
from osler.workflow.opening import open_kept, records_at


def restore_backup(settings: Settings, folder: Path, *, now: datetime, replace: bool) -> Restored:
    """Bring a backup back to where the settings keep records.

    Raises
    ------
    NotFound
        There is no master key, or the folder is no whole backup.
    NotAllowed
        Records are there already and are not to be replaced, the backup was made under another
        key, or the user is no administrator.
    TryLater
        The disk is full, or somebody uses the database.
    """
    at = records_at(settings)
    return restore(folder, at, actor=_restorer(settings), now=now, replace=replace)


def _restorer(settings: Settings) -> Actor:
    """Return the user; where nothing is kept yet, whoever has the master key sets Osler up."""
    try:
        with open_kept(settings) as records:
            return records.actor(settings.user)
    except NotFound:
        return Actor(settings.user, frozenset({Role.ADMINISTRATOR}))
