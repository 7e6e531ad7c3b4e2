"""The worker: works through what is kept until it is told to stop."""

import logging
import math
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from osler.errors import OslerError
from osler.records import SERVICE, Purpose, Records
from osler.records.engine import database_url
from osler.workflow.carrying import Carrier
from osler.workflow.dispatching import Dispatcher
from osler.workflow.durable import Durable
from osler.workflow.flights import Flights
from osler.workflow.heartbeat import Heartbeat
from osler.workflow.only_one import only_one
from osler.workflow.post import Post
from osler.workflow.retrying import Patience
from osler.workflow.stopping import told_by_signals
from osler.workflow.tools import ModelsAt, Tools
from osler.workflow.watching import Watch

log = logging.getLogger(__name__)
TEND_S = 5.0
PAUSE_S = 1.0
CHORE_S = 10.0
# With all hands full, what is complete becomes a job this many times more rarely.
BUSY_LOOKS = 5


@dataclass(frozen=True)
class Habits:
    """How a worker works.

    Attributes
    ----------
    threads
        How many jobs are at work at once.
    beat, dead_after
        How often a worker tells that it lives, and how long it may be silent.
    look
        How often the queue is looked at while nothing happens.
    grace
        How long work in hand may take to finish after the worker was told to stop.
    """

    threads: int = 2
    patience: Patience = field(default_factory=Patience)
    beat: timedelta = timedelta(seconds=2)
    dead_after: timedelta = timedelta(seconds=15)
    look: timedelta = timedelta(seconds=0.1)
    grace: timedelta = timedelta(seconds=30)


@dataclass(frozen=True)
class Surroundings:
    """What a worker takes from its surroundings: time, chance, its name, who watches it."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    on_step: Callable[[str], None] = lambda _step: None


def run_worker(
    records: Records,
    models: ModelsAt,
    habits: Habits,
    *,
    until_idle: bool = False,
    stop: threading.Event | None = None,
    around: Surroundings | None = None,
) -> None:
    """Work until told to stop: by ``stop``, SIGTERM or SIGINT, or when nothing is left to do.

    Parameters
    ----------
    until_idle
        Return when no job waits or is at work.

    Raises
    ------
    NotAllowed
        Another process works in this SQLite data folder.
    NotFound
        There is no ``chest-anatomy``.
    """
    stopping = stop or threading.Event()
    with told_by_signals(stopping), _alone(records) as is_alone:
        worker = _Worker(records, models, habits=habits, around=around or Surroundings())
        worker.open(is_alone=is_alone)
        try:
            worker.run(stopping, until_idle=until_idle)
        finally:
            worker.close()


class _Worker:
    """One worker, put together."""

    def __init__(
        self, records: Records, models: ModelsAt, *, habits: Habits, around: Surroundings
    ) -> None:
        self._habits = habits
        self._around = around
        worker_id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._post = Post(
            worker_id=worker_id,
            desk=records.acting(SERVICE, Purpose.TREATMENT),
            durable=Durable(records, worker_id),
            flights=Flights(),
            clock=around.clock,
            monotonic=around.monotonic,
        )
        self._tools = Tools(self._post.desk, models)
        self._dispatcher = Dispatcher(self._post, habits.threads)
        self._carrier = Carrier(
            post=self._post,
            tools=self._tools,
            patience=habits.patience,
            rng=around.rng,
            on_step=around.on_step,
            untold=self._dispatcher.untold,
            slots=threading.BoundedSemaphore(habits.threads),
        )
        watch = Watch(
            dead_after_s=habits.dead_after.total_seconds(), beat_s=habits.beat.total_seconds()
        )
        self._heartbeat = Heartbeat(self._post, socket.gethostname(), os.getpid(), watch=watch)
        self._still = threading.Event()
        self._chores = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("osler-heartbeat", self._beat_on), ("osler-tending", self._tend))
        ]

    def open(self, *, is_alone: bool) -> None:
        """Start the workflow's log and the heartbeat; take over at once where no other lives."""
        self._post.durable.open(self._carrier.carry)
        try:
            self._heartbeat.beat()
            if is_alone:
                self._heartbeat.alone()
        except BaseException:
            self._post.durable.close()
            raise
        for one in self._chores:
            one.start()
        log.info("worker %s works", self._post.worker_id)

    def run(self, stopping: threading.Event, *, until_idle: bool) -> None:
        """Work until told to stop or, if so wished, until nothing is left to do."""
        look, turned_at = self._habits.look.total_seconds(), -math.inf
        while not stopping.is_set():
            at = self._around.monotonic()
            rarely = BUSY_LOOKS if self._dispatcher.is_full() else 1
            is_turn = at >= turned_at + rarely * look
            try:
                found = self._dispatcher.turn() if is_turn else self._dispatcher.fill()
                if until_idle and is_turn and not found and self._is_idle():
                    break
            except Exception as error:  # noqa: BLE001 - a worker outlives what goes wrong
                log.warning("the queue could not be looked at (%s)", _told(error))
                stopping.wait(PAUSE_S)
            if is_turn:
                turned_at = at
            self._post.flights.landed.wait(look)
            self._post.flights.landed.clear()

    def close(self) -> None:
        """Finish what is in hand, hand back the rest, and say goodbye."""
        deadline = self._around.monotonic() + self._habits.grace.total_seconds()
        while len(self._post.flights) and self._around.monotonic() < deadline:
            self._post.flights.landed.wait(0.1)
            self._post.flights.landed.clear()
        self._still.set()
        for one in self._chores:
            one.join(CHORE_S)
        is_away = not self._goodbye()
        self._post.durable.close(is_away=is_away)
        log.info("worker %s stopped", self._post.worker_id)

    def _goodbye(self) -> bool:
        """Hand back what is in hand; return whether the database heard it."""
        try:
            self._dispatcher.hand_back()
            self._post.desk.workers.gone(self._post.worker_id)
        except OslerError as error:
            log.warning("no goodbye could be said (%s); others will notice", error.kind)
            return False
        return True

    def _is_idle(self) -> bool:
        """Tell whether nothing is left to do, here or anywhere."""
        return self._dispatcher.is_idle() and self._post.desk.jobs.waiting() == 0

    def _beat_on(self) -> None:
        """Beat until told to be still."""
        while not self._still.wait(self._habits.beat.total_seconds()):
            self._outlive(self._heartbeat.beat)

    def _tend(self) -> None:
        """Tidy up now and then, and look at the models' states.

        Apart from the heartbeat: while its database is away, DBOS makes whoever asks it wait.
        """
        while not self._still.wait(TEND_S):
            self._outlive(self._heartbeat.tidy)
            self._outlive(self._tools.refresh)

    def _outlive(self, act: Callable[[], None]) -> None:
        """Do something that the worker does again later if it fails."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - a worker outlives what goes wrong
            log.warning("a %s failed (%s)", getattr(act, "__name__", "chore"), _told(error))


def _told(error: Exception) -> str:
    """Return what the log may say of an error: of one that is not ours, only its class."""
    return str(error) if isinstance(error, OslerError) else type(error).__name__


@contextmanager
def _alone(records: Records) -> Iterator[bool]:
    """Make sure that a SQLite file has one worker; tell whether no other can be alive."""
    if not records.database.is_embedded:
        yield False
        return
    file = Path(str(database_url(records.at.database).database))
    with only_one(file.with_suffix(".worker.lock")):
        yield True
