"""The jobs that this worker has in hand."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Flights:
    """Which jobs are at work in this process, and which of them are no longer ours.

    ``landed`` is set whenever one ends.
    """

    landed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _since: dict[str, float] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)
    _lost: set[str] = field(default_factory=set)

    def take_off(self, job_id: str, *, at: float) -> None:
        """Note that a job's workflow was asked for."""
        with self._lock:
            self._since[job_id] = at
            self._lost.discard(job_id)

    def begin(self, job_id: str) -> None:
        """Note that a job's workflow runs."""
        with self._lock:
            self._begun.add(job_id)

    def land(self, job_id: str) -> None:
        """Note that a job's workflow ended, however."""
        with self._lock:
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

    def names(self) -> tuple[str, ...]:
        """Return the jobs in hand."""
        with self._lock:
            return tuple(self._since)

    def __len__(self) -> int:
        with self._lock:
            return len(self._since)
