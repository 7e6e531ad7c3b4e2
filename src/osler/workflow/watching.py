"""Who is alive: seen by one's own clock, from a count that only a living worker can raise."""

from collections.abc import Mapping
from dataclasses import dataclass

# A look that comes later than this many beats after the one before was held up itself (the
# database was away, or this process slept): the time between says nothing about others.
_LOOKS_APART = 2.0


@dataclass
class _Seen:
    """A worker's count when it last changed, and for how long this watcher has seen it stand."""

    beat: int
    still_s: float = 0.0


class Watch:
    """Tells which workers are dead.

    Times of day are compared nowhere, so a clock that jumps does no harm, nor one that differs
    from host to host.
    """

    def __init__(self, *, dead_after_s: float, beat_s: float) -> None:
        self._dead_after_s = dead_after_s
        self._longest_s = beat_s * _LOOKS_APART
        self._seen: dict[str, _Seen] = {}
        self._looked_at: float | None = None

    def dead(self, beats: Mapping[str, int], *, at: float) -> tuple[str, ...]:
        """Return the workers whose count has stood still for too long.

        Parameters
        ----------
        beats
            The count of each worker but this one.
        at
            This watcher's monotonic clock, seconds.
        """
        since = 0.0 if self._looked_at is None else at - self._looked_at
        passed = min(max(since, 0.0), self._longest_s)
        self._looked_at = at
        self._seen = {name: self._now_seen(name, beat, passed) for name, beat in beats.items()}
        return tuple(
            name for name, seen in self._seen.items() if seen.still_s >= self._dead_after_s
        )

    def _now_seen(self, name: str, beat: int, passed: float) -> _Seen:
        """Return what is known of a worker after this look."""
        before = self._seen.get(name)
        if before is None or before.beat != beat:
            return _Seen(beat)
        return _Seen(beat, before.still_s + passed)
