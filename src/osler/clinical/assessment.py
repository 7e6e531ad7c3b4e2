"""Findings and record weighed together."""

from dataclasses import dataclass
from datetime import date, datetime

from osler.clinical.codes import Interval


@dataclass(frozen=True)
class Weighing:
    """Pre-test probability x likelihood ratio = post-test probability, for one finding.

    ``pretest`` is in (0, 1); ``pretest_source`` says where it comes from. ``steps`` are the same
    arithmetic in words, in order. ``pretest_interval`` is there where a model or a published ratio
    gave one; the bounds of ``posttest`` then hold it too. ``conflict`` says where record and image
    disagree, ``would_change`` which input would move the answer most.
    """

    model: str
    name: str
    display: str
    pretest: float
    pretest_source: str
    likelihood_ratio: Interval
    limited: bool
    posttest: Interval
    steps: tuple[str, ...]
    pretest_interval: Interval | None = None
    conflict: str = ""
    would_change: str = ""


@dataclass(frozen=True)
class ScoreInput:
    """One item that went into a score: what was used, its points, and when it was measured.

    ``points`` is None for a value that goes into a formula.
    """

    name: str
    value: str
    points: int | float | None
    effective: datetime | None


@dataclass(frozen=True)
class Score:
    """A clinical score. ``value`` is None where it cannot be computed; ``reason`` says why.

    ``missing`` and ``stale`` name the items that were absent or too old. ``not_applicable`` is
    True where the score does not hold for this patient at all. ``unit`` is UCUM, '' for points.
    """

    name: str
    display: str
    value: int | float | None
    inputs: tuple[ScoreInput, ...]
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    not_applicable: bool
    reason: str
    band: str
    source: str
    verified: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Recommendation:
    """A suggestion from a rule under guidelines/, with its source and why it fired.

    ``read_in`` and ``read_on`` say in which text the recommendation was read, and when.
    ``held_back`` says what speaks against it for this patient: then it is no suggestion, and is
    shown with its reasons.
    """

    text: str
    why: str
    source: str
    reviewer: str | None = None
    name: str = ""
    kind: str = ""
    strength: str = ""
    evidence: str = ""
    read_in: str = ""
    read_on: date | None = None
    expires: date | None = None
    held_back: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrendPoint:
    """One value of a trend, in the trend's unit."""

    at: datetime
    value: float


@dataclass(frozen=True)
class Trend:
    """The values of one measurement over time, oldest first, and an adult's reference range."""

    name: str
    display: str
    unit: str
    points: tuple[TrendPoint, ...]
    low: float | None
    high: float | None
    source: str

    def is_outside(self) -> bool:
        """Tell whether the last value lies outside the range."""
        last = self.points[-1].value
        return (self.low is not None and last < self.low) or (
            self.high is not None and last > self.high
        )


@dataclass(frozen=True)
class Urgency:
    """How soon a study should be read: 'immediate', 'urgent' or 'routine', and why."""

    level: str
    reasons: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Assessment:
    """Everything weighed for one patient at one time."""

    weighings: tuple[Weighing, ...] = ()
    scores: tuple[Score, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    notes: tuple[str, ...] = ()
    urgency: Urgency | None = None
    trends: tuple[Trend, ...] = ()
