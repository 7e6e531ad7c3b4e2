"""The watch on what comes in, kept up with the films, and what readers' words say of models.

Nothing here changes a model: an alert is for a person to look into, and a recalibration is only
proposed.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from osler.errors import NotFound
from osler.evaluate.calibration import (
    brier,
    expected_calibration_error,
    fit_platt,
    logit,
    perfect_calibration_error,
    slope_and_intercept,
)
from osler.evaluate.drift import Detector, Stream
from osler.records import Desk
from osler.records.monitoring import FilmMeasures, NewAlert, WatchState

log = logging.getLogger(__name__)
FILMS = "films"
FEWEST_REVIEWED = 50
DIGITS = 6


def catch_up(
    desk: Desk, *, limit: float, now: datetime, rng: np.random.Generator, most: int = 500
) -> int:
    """Let every watch take in the films that came since; return how many films that were.

    Parameters
    ----------
    limit
        At least so many films go by, on average, between false alarms of one watch.
    most
        How many films to take in at once.
    """
    kept = desk.monitoring.watches()
    seen = max((one.last_measure for one in kept.values()), default=0)
    films = desk.monitoring.measures_after(seen, limit=most)
    if not films:
        return 0
    arrived = _Arrived(films, limit, now, rng)
    for name in sorted({*kept, *(name for film in films for name in _by_watch(film))}):
        arrived.take_in(desk, name, kept.get(name))
    return len(films)


@dataclass(frozen=True)
class _Arrived:
    """Films that came, and what a watch takes from outside."""

    films: tuple[FilmMeasures, ...]
    limit: float
    now: datetime
    rng: np.random.Generator

    def take_in(self, desk: Desk, name: str, before: WatchState | None) -> None:
        """Let one watch take the films in, keep it, and raise its alert."""
        detector = _detector(before.state if before is not None else {}, self.limit)
        alert = None
        for film in self.films:
            values = _by_watch(film).get(name)
            known = set(detector.streams)
            if not values or (known and not set(values) <= known):
                continue
            if detector.take(values, rng=self.rng):
                alert = _alert(name, detector)
                detector.begin_anew()
        is_kept = desk.monitoring.keep_watch(
            name,
            _state(detector),
            before=before.last_measure if before is not None else 0,
            last_measure=self.films[-1].measure_id,
            now=self.now,
            alert=alert,
        )
        if not is_kept:
            log.info("watch %s was kept up by another process", name)


def _alert(name: str, detector: Detector) -> NewAlert:
    """Return the alert of a watch that has reached its limit."""
    suspects = tuple(one for one, _ in detector.suspects())
    count = max(stream.count for stream in detector.streams.values())
    return NewAlert(name, count, detector.evidence, suspects)


def _by_watch(film: FilmMeasures) -> dict[str, dict[str, float]]:
    """Return a film's numbers by the watch that they are for: the films', or a model's."""
    found: dict[str, dict[str, float]] = {}
    for name, value in film.values.items():
        if np.isfinite(value):
            kind, _, rest = name.partition(": ")
            watch = FILMS if kind == "quality" else rest.partition(": ")[0]
            found.setdefault(watch, {})[name] = float(value)
    return found


def _detector(state: Mapping[str, Any], limit: float) -> Detector:
    """Return a detector as it was kept."""
    streams = {
        name: Stream(list(one["before"]), np.array(one["capital"], dtype=float), one["count"])
        for name, one in state.items()
    }
    return Detector(limit, streams)


def _state(detector: Detector) -> dict[str, Any]:
    """Return a detector as JSON."""
    return {
        name: {
            "before": [round(value, DIGITS) for value in stream.before],
            "capital": [float(value) for value in stream.capital],
            "count": stream.count,
        }
        for name, stream in detector.streams.items()
    }


@dataclass(frozen=True)
class WatchReport:
    """Where one watch stands: an alarm comes when ``evidence`` reaches ``limit``."""

    name: str
    films: int
    evidence: float
    limit: float
    changed_at: datetime
    suspects: tuple[str, ...]


def reports(desk: Desk, *, limit: float) -> tuple[WatchReport, ...]:
    """Return where every watch stands."""
    found = []
    for one in desk.monitoring.watches().values():
        detector = _detector(one.state, limit)
        count = max((stream.count for stream in detector.streams.values()), default=0)
        suspects = tuple(name for name, _ in detector.suspects())
        found.append(
            WatchReport(one.name, count, detector.evidence, limit, one.changed_at, suspects)
        )
    return tuple(sorted(found, key=lambda report: report.name))


@dataclass(frozen=True)
class Proposal:
    """A recalibration that reviewed cases suggest: log odds become slope x log odds + intercept.

    It is applied by nobody: whoever answers for the model decides, and puts a new package in use.
    """

    model: str
    version: str
    name: str
    reviewed: int
    present: int
    slope: float
    intercept: float


@dataclass(frozen=True)
class Calibration:
    """How an output's probabilities agree with readers' words on its reviewed cases.

    ``error`` is the expected calibration error, ``error_by_chance`` the 95th percentile of what a
    perfect model would show on as many cases: below it nothing is proven. ``slope`` is 1 and
    ``intercept`` 0 where all is well.
    """

    model: str
    version: str
    name: str
    reviewed: int
    present: int
    mean_probability: float
    brier: float
    error: float
    error_by_chance: float
    slope: float
    intercept: float


def calibration(desk: Desk, *, model: str, version: str, name: str) -> Calibration:
    """Return how well one output's probabilities agree with its reviewed cases.

    Raises
    ------
    NotFound
        Too few cases were reviewed, or all with the same answer.
    """
    probability, labels = _reviewed(desk, model, version, name=name)
    # The same cases give the same answer.
    rng = np.random.default_rng(len(labels))
    _, by_chance = perfect_calibration_error(probability, rng=rng)
    slope, intercept = slope_and_intercept(probability, labels)
    return Calibration(
        model,
        version,
        name,
        reviewed=len(labels),
        present=int(labels.sum()),
        mean_probability=float(probability.mean()),
        brier=brier(probability, labels),
        error=expected_calibration_error(probability, labels),
        error_by_chance=by_chance,
        slope=slope,
        intercept=intercept,
    )


def proposal(desk: Desk, *, model: str, version: str, name: str) -> Proposal:
    """Return the recalibration of one output that its reviewed cases suggest.

    Raises
    ------
    NotFound
        Too few cases were reviewed, or all with the same answer.
    """
    probability, labels = _reviewed(desk, model, version, name=name)
    plan = fit_platt(logit(probability), labels)
    return Proposal(
        model, version, name, len(labels), int(labels.sum()), plan.slope, plan.intercept
    )


def _reviewed(
    desk: Desk, model: str, version: str, *, name: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return probability and reader's word of the reviewed cases of one output, if they suffice."""
    pairs = desk.monitoring.reviewed(model, version, name)
    present = sum(is_present for _, is_present in pairs)
    if len(pairs) < FEWEST_REVIEWED or present in (0, len(pairs)):
        raise NotFound(
            f"{model} {version}, {name}: {len(pairs)} cases were accepted or rejected, {present} "
            f"of them present; expected at least {FEWEST_REVIEWED} with both answers; review more"
        )
    return (
        np.array([value for value, _ in pairs]),
        np.array([is_present for _, is_present in pairs]),
    )
