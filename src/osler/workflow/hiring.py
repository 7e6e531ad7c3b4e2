"""A worker by the settings."""

from datetime import timedelta

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
    habits = Habits(
        threads=threads or settings.worker_threads,
        patience=Patience(attempts=settings.attempts),
        beat=timedelta(seconds=settings.heartbeat_seconds),
        dead_after=timedelta(seconds=settings.dead_after_seconds),
    )
    models = ModelsAt(
        models=settings.models_dir,
        allowed=settings.allow_models,
        guidelines=settings.guidelines_dir,
        pretests=settings.pretest,
    )
    with open_kept(settings, create=True) as records:
        run_worker(records, models, habits, until_idle=until_idle)
