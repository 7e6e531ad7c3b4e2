"""Back-pressure: nothing is taken in that could not be kept or worked through."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from osler.errors import TryLater

MEGABYTE = 1_000_000
LOOK_AGAIN_S = 1.0


@dataclass
class Pressure:
    """Asked by every door before it stores. Looks at most once a second; safe in many threads.

    Parameters
    ----------
    waiting
        Returns how many jobs are waiting or at work.
    free_bytes
        Returns the room left in the object store; None where it has no end.
    most_waiting
        At this many jobs no more is taken in.
    least_free_bytes
        Below this much room no more is taken in.
    monotonic
        Seconds that only grow.
    """

    waiting: Callable[[], int]
    free_bytes: Callable[[], int | None]
    most_waiting: int
    least_free_bytes: int
    monotonic: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _looked_at: float | None = None
    _said: str | None = None

    def check(self) -> None:
        """Return if there is room.

        Raises
        ------
        TryLater
            Queue or disk is full; nothing was stored.
        """
        with self._lock:
            at = self.monotonic()
            if self._looked_at is None or at - self._looked_at >= LOOK_AGAIN_S:
                self._said = self._full()
                self._looked_at = at
            said = self._said
        if said is not None:
            raise TryLater(said)

    def _full(self) -> str | None:
        """Return the sentence of what is full, or None."""
        free = self.free_bytes()
        if free is not None and free < self.least_free_bytes:
            return (
                f"the disk of the object store has {free // MEGABYTE} MB left, expected at least "
                f"{self.least_free_bytes // MEGABYTE} MB; nothing was stored; make room, then "
                "send again (OSLER_LEAST_FREE_MB sets the limit)"
            )
        waiting = self.waiting()
        if waiting >= self.most_waiting:
            return (
                f"{waiting} jobs wait, at most {self.most_waiting} are let in; nothing was "
                "stored; start more workers or send again later (OSLER_MOST_WAITING sets the "
                "limit)"
            )
        return None
