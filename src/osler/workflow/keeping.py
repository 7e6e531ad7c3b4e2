"""The durable `keep` of one walk: a step that was done is not done again where that is dearer.

What a step gives lies sealed in the object store; DBOS writes down only that it is done. Of the
steps, ``analyse`` alone is dearer to do again than to keep (docs/decisions/0015).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from osler.errors import OslerError, TryLater
from osler.records import Desk, Job
from osler.workflow.durable import Durable

log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT = frozenset({"analyse"})


@dataclass
class Keeping:
    """Hands each step its value: from before, or done now. ``values`` holds what came.

    ``of`` names what the job looks at, study and revision: a value kept of another is not taken.
    """

    desk: Desk
    job: Job
    of: str
    durable: Durable
    is_ours: Callable[[], bool]
    on_step: Callable[[str], None]
    values: dict[str, Any] = field(default_factory=dict)

    def __call__(self, step: str, kind: type[T], work: Callable[[], T]) -> T:
        """Return the value of a step.

        Raises
        ------
        TryLater
            The job seems to be cancelled or taken over: nothing more is done before that is sure.
        """
        if not self.is_ours():
            raise TryLater(f"job {self.job.job_id} seems to be cancelled or taken over; it is left")
        self.on_step(step)
        value = self._kept(step, kind, work) if step in KEPT else work()
        self.values[step] = value
        return value

    def _kept(self, step: str, kind: type[T], work: Callable[[], T]) -> T:
        """Do a step under DBOS and keep its value; where it was done before, load it."""
        now: list[T] = []

        def doing() -> None:
            value = self._before(step, kind) if self.job.attempts > 1 else None
            now.append(self._done(step, work) if value is None else value)

        self.durable.checkpoint(step, doing)
        value = now[0] if now else self._before(step, kind)
        return work() if value is None else value

    def _done(self, step: str, work: Callable[[], T]) -> T:
        """Do a step and keep what it gave; one that cannot be kept is redone if need be."""
        value = work()
        try:
            self.desk.results.keep_step(self.job, self._name(step), value)
        except OslerError as error:
            log.warning("job %s: step %s is not kept (%s)", self.job.job_id, step, error.kind)
        return value

    def _before(self, step: str, kind: type[T]) -> T | None:
        """Return what a step gave before; None where that is lost or damaged."""
        try:
            return cast("T | None", self.desk.results.step(self.job, self._name(step), kind))
        except OslerError as error:
            log.warning("job %s: step %s is lost (%s)", self.job.job_id, step, error.kind)
            return None

    def drop(self) -> None:
        """Delete what was kept, after the job has ended."""
        self.desk.results.drop_steps(self.job, [self._name(step) for step in KEPT])

    def _name(self, step: str) -> str:
        """Return the name of a step's value."""
        return f"{step}/{self.of}"
