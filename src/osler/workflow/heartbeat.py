"""A worker tells that it lives, sees which others do not, and frees their work."""

import logging
from dataclasses import dataclass

from osler.errors import NotFound
from osler.records import JobId
from osler.records.tables import OPEN_JOB
from osler.workflow.post import Post
from osler.workflow.watching import Watch

log = logging.getLogger(__name__)


@dataclass
class Heartbeat:
    """One worker's beat."""

    post: Post
    host: str
    pid: int
    watch: Watch
    _left_before: frozenset[str] = frozenset()

    def beat(self) -> None:
        """Tell that this worker lives, drop what is no longer its own, and look at the others.

        Raises
        ------
        TryLater
            The database is away; the next beat does it all.
        """
        self.post.desk.workers.beat(
            self.post.worker_id, host=self.host, pid=self.pid, now=self.post.clock()
        )
        asked = self.post.flights.names()
        held = self.post.desk.jobs.mine(self.post.worker_id)
        self.post.flights.lose(name for name in asked if JobId(name) not in held)
        others = {
            one.worker_id: one.beat
            for one in self.post.desk.workers.list()
            if one.worker_id != self.post.worker_id
        }
        # A worker that holds jobs and is not on the list has never beaten, or was taken off it.
        strays = self.post.desk.jobs.held_by() - {self.post.worker_id}
        beats = {**dict.fromkeys(strays, 0), **others}
        for name in self.watch.dead(beats, at=self.post.monotonic()):
            self.take_over(name)

    def alone(self) -> None:
        """Take over from every other worker at once: this one knows that no other lives."""
        others = {
            one.worker_id for one in self.post.desk.workers.list()
        } | self.post.desk.jobs.held_by()
        for name in others - {self.post.worker_id}:
            self.take_over(name)

    def tidy(self) -> None:
        """Forget workflows that have ended, and those whose end DBOS could not write down.

        One of the latter is known by having been there, with no job in hand, twice.
        """
        self.post.durable.forget_finished()
        in_hand = set(self.post.flights.names())
        mine = self.post.durable.left_by(self.post.worker_id)
        left = frozenset(name for name, job in mine.items() if job not in in_hand)
        self.post.durable.forget(left & self._left_before)
        self._left_before = left

    def take_over(self, worker_id: str) -> None:
        """Put a dead worker's jobs back into the queue, where any worker finds them.

        Their workflows stay as they are: whoever claims a job resumes its workflow. Those whose
        job has ended are forgotten.
        """
        freed = self.post.desk.jobs.release(worker_id, now=self.post.clock())
        log.warning("worker %s is dead: %d jobs are free again", worker_id, len(freed))
        left = self.post.durable.left_by(worker_id)
        self.post.durable.forget(name for name, job in left.items() if not self._is_open(job))
        self.post.durable.bury(worker_id)
        self.post.desk.workers.gone(worker_id)

    def _is_open(self, job_id: str) -> bool:
        """Tell whether a job is still to be done."""
        try:
            return self.post.desk.jobs.get(JobId(job_id)).state in OPEN_JOB
        except NotFound:
            return False
