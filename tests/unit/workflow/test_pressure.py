"""Nothing is taken in that could not be kept or worked through."""

from dataclasses import dataclass

import pytest

from osler.errors import TryLater
from osler.workflow.pressure import MEGABYTE, Pressure


@dataclass
class Site:
    """What there is, and how often somebody looked."""

    jobs: int = 0
    free: int | None = None
    at: float = 0.0
    looks: int = 0

    def waiting(self) -> int:
        """Return how many jobs wait."""
        self.looks += 1
        return self.jobs

    def pressure(self) -> Pressure:
        """Return the gate of this site: 10 jobs, 500 MB."""
        return Pressure(
            waiting=self.waiting,
            free_bytes=lambda: self.free,
            most_waiting=10,
            least_free_bytes=500 * MEGABYTE,
            monotonic=lambda: self.at,
        )


def test_with_room_on_disk_and_in_the_queue_everything_is_let_in() -> None:
    """The usual case costs nothing."""
    Site(jobs=9, free=501 * MEGABYTE).pressure().check()
    Site(jobs=9, free=None).pressure().check()


def test_a_full_queue_refuses_with_a_sentence() -> None:
    """The sender keeps the film and sends it later; nothing is lost."""
    with pytest.raises(TryLater, match="10 jobs wait, at most 10 are let in; nothing was stored"):
        Site(jobs=10).pressure().check()


def test_a_disk_that_is_nearly_full_refuses_before_it_is_full() -> None:
    """The database needs room to finish what it has begun."""
    with pytest.raises(TryLater, match="has 499 MB left, expected at least 500 MB"):
        Site(free=499 * MEGABYTE).pressure().check()


def test_a_thousand_instances_cost_one_look_a_second() -> None:
    """Counting a long queue for each slice of a CT would make it longer."""
    site = Site()
    pressure = site.pressure()
    for _ in range(1000):
        pressure.check()
    assert site.looks == 1
    site.at, site.jobs = 1.0, 10
    with pytest.raises(TryLater, match="10 jobs wait"):
        pressure.check()
    site.at, site.jobs = 2.0, 0
    pressure.check()
    assert site.looks == 3
