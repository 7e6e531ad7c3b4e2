"""A worker's post: what all parts of one worker share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from osler.records import Desk
from osler.workflow.durable import Durable
from osler.workflow.flights import Flights


@dataclass(frozen=True)
class Post:
    """Where one worker stands, under a name that is new with each start.

    ``clock`` is the time of day, ``monotonic`` seconds that only grow.
    """

    worker_id: str
    desk: Desk
    durable: Durable
    flights: Flights
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
