"""A worker by the settings."""

import threading
from datetime import timedelta

from osler.records import Records
from osler.settings import Settings
from osler.workflow.opening import open_kept
from osler.workflow.retrying import Patience
from osler.workflow.tools import ModelsAt
from osler.workflow.worker import Habits, run_worker


def work(settings: Settings, *, threads: int | None, until_idle: bool) -> None:
    """Work through the queue until told to stop, or until nothing is left.

    Raises
    ------
    NotAllowed
        Another process works in this SQLite data folder, or the key is not the records' own.
    NotFound
        There is no ``chest-anatomy``.
    Misuse
        A pre-test probability of the settings is none, or names no finding.
    """
    with open_kept(settings, create=True) as records:
        run_worker(
            records,
            models_of(settings),
            habits_of(settings, threads=threads),
            until_idle=until_idle,
        )


def work_beside(records: Records, settings: Settings, stop: threading.Event) -> None:
    """Work beside a server that has the records open, until told to stop.

    Raises as `work` does.
    """
    run_worker(records, models_of(settings), habits_of(settings), stop=stop)


def habits_of(settings: Settings, *, threads: int | None = None) -> Habits:
    """Return how a worker of these settings works."""
    return Habits(
        threads=threads or settings.worker_threads,
        patience=Patience(attempts=settings.attempts),
        beat=timedelta(seconds=settings.heartbeat_seconds),
        dead_after=timedelta(seconds=settings.dead_after_seconds),
    )


def models_of(settings: Settings) -> ModelsAt:
    """Return where packages and guidelines of these settings lie."""
    return ModelsAt(
        models=settings.models_dir,
        allowed=settings.allow_models,
        small_changes=settings.small_changes,
        guidelines=settings.guidelines_dir,
        pretests=settings.pretest,
    )
