"""What follows when a job fails: the kind of the error alone decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from osler.errors import OslerError, OurFault, TryLater
from osler.records import Job

# A fault of disk, store or database is not the study's: it is waited out for about eight hours.
MOST_TRANSIENT = 100
_KINDS_TRIED_AGAIN = (TryLater.kind, OurFault.kind)


@dataclass(frozen=True)
class Patience:
    """How often and how long a job is tried.

    ``attempts`` is how often a job may fail by a fault of ours, or stop its worker, before it is
    put into quarantine.
    """

    attempts: int = 3
    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(minutes=5)

    def wait(self, failures: int, rng: np.random.Generator) -> timedelta:
        """Return how long to wait after that many failures: doubled each time, spread by half."""
        doubled = self.first_wait * 2.0 ** min(max(failures - 1, 0), 30)
        return min(doubled, self.longest_wait) * float(rng.uniform(0.5, 1.5))


@dataclass(frozen=True)
class Verdict:
    """What is written of a failure. ``retry_at`` is None for quarantine.

    ``is_excused`` says that the failure does not count against the study.
    """

    kind: str
    reason: str
    retry_at: datetime | None
    is_excused: bool = False


def judge(
    error: Exception, job: Job, *, patience: Patience, now: datetime, rng: np.random.Generator
) -> Verdict:
    """Decide what follows from an error.

    Transient faults are waited out. Faults of ours, and whatever is no error of Osler at all, are
    tried as often as patience says. What is wrong with the input stays wrong: quarantine at once.
    """
    known = error if isinstance(error, OslerError) else unforeseen(error)
    is_excused = isinstance(known, TryLater)
    used, most = (job.attempts, MOST_TRANSIENT) if is_excused else (job.strikes, patience.attempts)
    if known.kind not in _KINDS_TRIED_AGAIN or used >= most:
        return Verdict(known.kind, str(known), None)
    return Verdict(known.kind, str(known), now + patience.wait(used, rng), is_excused)


def unforeseen(error: Exception) -> OurFault:
    """Return the error of ours for one that nobody foresaw.

    Only its class and its first line of code are told: its words may quote the patient's data.
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else ""
    return OurFault(
        f"the analysis stopped with {type(error).__name__}{where}; expected a draft; this is a "
        "defect of Osler: report it with this sentence"
    )


def deadly(job: Job) -> Verdict:
    """Return the verdict on a job that has stopped its worker as often as patience allows."""
    return Verdict(
        OurFault.kind,
        f"the worker stopped {job.strikes - 1} times while at this job (killed, or out of "
        "memory); it is not tried again by itself; look at the worker's log, then play it again "
        "with osler jobs retry",
        None,
    )
