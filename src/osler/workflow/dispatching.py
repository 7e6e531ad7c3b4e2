"""From our queue into workflows: due jobs are claimed, a few at a time, and started."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from osler.errors import NotAllowed, NotFound, OslerError
from osler.records import Job, JobId
from osler.workflow.post import Post

log = logging.getLogger(__name__)
NEVER_BEGUN_S = 30.0
# Starting a workflow takes a commit or two: the next ones are ready before a thread is free.
IN_HAND = 2


@dataclass
class Dispatcher:
    """Keeps as many jobs at work as there are threads, and as many again started and ready.

    DBOS's own queue holds only what is resumed: which job is next is decided in our table, at
    the last moment, so that an urgent one never waits behind what was queued before.
    """

    post: Post
    threads: int
    _untold: deque[Callable[[], None]] = field(default_factory=deque)

    def untold(self, tell: Callable[[], None]) -> None:
        """Take what could not be written; it is tried again with each turn."""
        self._untold.append(tell)

    def turn(self) -> bool:
        """Make jobs of what is complete, take some and start; return whether anything was found.

        Raises
        ------
        TryLater
            The database is away; nothing is lost.
        """
        self._tell()
        self._give_up_on_what_never_began()
        made = self.post.desk.jobs.sweep(now=self.post.clock())
        return self.fill() or bool(made)

    def fill(self) -> bool:
        """Take and start what there is room for; return whether anything was taken.

        Nothing is taken beside a job that may have killed a worker before.
        """
        if self.post.flights.hold_a_suspect():
            return False
        in_hand = len(self.post.flights)
        taken = self.post.desk.jobs.take(
            self.post.worker_id,
            limit=IN_HAND * self.threads - in_hand,
            now=self.post.clock(),
            is_free=not in_hand,
        )
        for job in taken:
            self._start(job)
        return bool(taken)

    def is_full(self) -> bool:
        """Tell whether there is no room for more."""
        return len(self.post.flights) >= IN_HAND * self.threads

    def is_idle(self) -> bool:
        """Tell whether nothing is in hand here."""
        return not (len(self.post.flights) or self._untold)

    def hand_back(self) -> None:
        """Write what is still to be written, and give back every job that this worker holds."""
        self._tell()
        self.post.desk.jobs.hand_back(self.post.worker_id, now=self.post.clock())

    def _start(self, job: Job) -> None:
        """Start a job's workflow; one that cannot be started is handed back."""
        self.post.flights.take_off(job, at=self.post.monotonic())
        try:
            self.post.durable.start(
                job.job_id, attempt=job.attempts, now_ms=int(self.post.clock().timestamp() * 1000)
            )
        except OslerError as error:
            log.warning("job %s could not be started (%s)", job.job_id, error.kind)
            self._let_go(job.job_id)

    def _let_go(self, job_id: str) -> None:
        """Hand a job back whose workflow does not run."""
        self.post.flights.land(job_id)
        self.untold(lambda: self._hand_back(JobId(job_id)))

    def _hand_back(self, job_id: JobId) -> None:
        """Put a job back into the queue."""
        self.post.desk.jobs.hand_back(self.post.worker_id, [job_id], now=self.post.clock())

    def _tell(self) -> None:
        """Write what could not be written before; what is overtaken by now is dropped."""
        while self._untold:
            try:
                self._untold[0]()
            except (NotAllowed, NotFound):
                log.info("what was to be written of a job is overtaken; it is dropped")
            self._untold.popleft()

    def _give_up_on_what_never_began(self) -> None:
        """Hand back jobs whose workflow was asked for long ago and never ran."""
        for job_id in self.post.flights.never_begun(before=self.post.monotonic() - NEVER_BEGUN_S):
            log.warning("job %s: its workflow never began; it is handed back", job_id)
            self.post.durable.forget_job(job_id)
            self._let_go(job_id)
