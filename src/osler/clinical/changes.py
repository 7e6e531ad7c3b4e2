"""What was measured before, and how it differs now."""

from dataclasses import dataclass
from datetime import datetime

from osler.clinical.codes import Code, Quantity
from osler.clinical.findings import Measurement
from osler.clinical.identity import StudyUid

NO_PRIOR = "no prior"


@dataclass(frozen=True)
class MeasuredStudy:
    """What packages measured in one study; ``studied_at`` is in UTC, None where not stated."""

    study_uid: StudyUid
    studied_at: datetime | None
    body_part: str | None
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True)
class Change:
    """One value, and the same value in the newest comparable prior.

    Attributes
    ----------
    difference
        Now minus before, in the unit of ``now``; None without a prior.
    percent
        The difference as a share of the prior value; None without a prior or where that is zero.
    beyond_error
        Whether the 95 % intervals of both values lie apart; None without a prior.
    """

    code: Code
    display: str
    now: Quantity
    before: Quantity | None = None
    before_at: datetime | None = None
    difference: float | None = None
    percent: float | None = None
    beyond_error: bool | None = None

    def words(self) -> str:
        """Say it in a line: both values, or that there is no prior."""
        now = f"{self.now.value:.4g} {self.now.unit}"
        if self.before is None or self.before_at is None or self.difference is None:
            return f"{self.display}: {now}; {NO_PRIOR}"
        share = "" if self.percent is None else f", {self.percent:+.1f} %"
        sure = "" if self.beyond_error else ", within the error of measurement"
        return (
            f"{self.display}: {now}, on {self.before_at:%Y-%m-%d} "
            f"{self.before.value:.4g} {self.before.unit} ({self.difference:+.4g}{share}{sure})"
        )
