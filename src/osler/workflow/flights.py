"""The jobs that this worker has in hand."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from osler.records import Job


@dataclass
class Flights:
    """Which jobs are at work in this process, and which of them are no longer ours.

    ``landed`` is set whenever one ends.
    """

    landed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _jobs: dict[str, Job] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)
    _lost: set[str] = field(default_factory=set)

    def take_off(self, job: Job, *, at: float) -> None:
        """Note that a job's workflow was asked for."""
        with self._lock:
            self._jobs[job.job_id] = job
            self._since[job.job_id] = at
            self._lost.discard(job.job_id)

    def begin(self, job_id: str) -> Job | None:
        """Note that a job's workflow runs; return the job, None where it is not ours."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is not None:
                self._begun.add(job_id)
            return job

    def land(self, job_id: str) -> None:
        """Note that a job's workflow ended, however."""
        with self._lock:
            self._jobs.pop(job_id, None)
            self._since.pop(job_id, None)
            self._begun.discard(job_id)
            self._lost.discard(job_id)
        self.landed.set()

    def never_begun(self, *, before: float) -> tuple[str, ...]:
        """Return jobs asked for before a time whose workflow never ran."""
        with self._lock:
            return tuple(
                name for name, at in self._since.items() if at < before and name not in self._begun
            )

    def lose(self, job_ids: Iterable[str]) -> None:
        """Note that jobs were cancelled or taken over: their workflows stop at the next step."""
        with self._lock:
            self._lost |= set(job_ids) & set(self._since)

    def is_ours(self, job_id: str) -> bool:
        """Tell whether a job may go on."""
        with self._lock:
            return job_id not in self._lost

    def hold_a_suspect(self) -> bool:
        """Tell whether one of the jobs was begun before and came to no end."""
        with self._lock:
            return any(job.strikes > 1 for job in self._jobs.values())

    def names(self) -> tuple[str, ...]:
        """Return the jobs in hand."""
        with self._lock:
            return tuple(self._since)

    def __len__(self) -> int:
        with self._lock:
            return len(self._since)
