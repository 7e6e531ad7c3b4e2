"""Storing several instances at once: one commit on disk can then hold more than one of them."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from osler.clinical import Instance, Refusal
from osler.errors import InputRefused, NotFound, OslerError
from osler.records import StudyId

LANES = 4
MOST_IN_HAND = 2 * LANES
# Instances in hand lie in memory; one that is larger than this waits for all others.
MOST_BYTES = 256 * 1024**2


class Storing:
    """Hands instances to ``put`` on a few lanes; those of one UID in order, on one lane.

    Leaving the block waits for all. What ``put`` raises, unless it refuses the input, comes out
    of a later ``store`` or of the end of the block; what was handed in before is still stored.
    """

    def __init__(self, put: Callable[[Instance], StudyId]) -> None:
        self._put = put
        self._lanes: list[ThreadPoolExecutor] = []
        self._exit = ExitStack()
        self._pending: deque[tuple[Instance, Future[StudyId]]] = deque()
        self._bytes = 0
        self._studies: dict[StudyId, None] = {}
        self._refusals: list[Refusal] = []
        self.stored = 0

    @property
    def studies(self) -> tuple[StudyId, ...]:
        """The studies that something was stored of, in order."""
        return tuple(self._studies)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What ``put`` refused."""
        return tuple(self._refusals)

    def __enter__(self) -> Self:
        self._lanes = [
            self._exit.enter_context(ThreadPoolExecutor(1, f"osler-storing-{number}"))
            for number in range(LANES)
        ]
        return self

    def store(self, instance: Instance) -> None:
        """Hand in one instance; waits while much is in hand."""
        size = len(instance.content)
        while self._pending and (
            len(self._pending) >= MOST_IN_HAND or self._bytes + size > MOST_BYTES
        ):
            self._settle()
        lane = self._lanes[hash(instance.uid) % LANES]
        self._bytes += size
        self._pending.append((instance, lane.submit(self._put, instance)))

    def _settle(self) -> None:
        """Wait for what was handed in first."""
        instance, future = self._pending.popleft()
        self._bytes -= len(instance.content)
        try:
            self._studies[future.result()] = None
            self.stored += 1
        except (InputRefused, NotFound) as error:
            self._refusals.append(Refusal.of(instance.origin, error))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        first: OslerError | None = None
        with self._exit:
            while self._pending:
                try:
                    self._settle()
                except OslerError as late:
                    first = first or late
        if error is None and first is not None:
            raise first
