"""All figures of one output on one set of films, each with its interval by patient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.clinical import Interval
from osler.evaluate.bootstrap import Weights, interval
from osler.evaluate.calibration import (
    brier,
    expected_calibration_error,
    perfect_calibration_error,
    slope_and_intercept,
)
from osler.evaluate.decisions import Counts, confusion
from osler.evaluate.discrimination import auprc, auroc

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Statistic = Callable[[npt.NDArray[np.float64] | None], float]
FEWEST_FOR_CALIBRATION = 30


@dataclass(frozen=True)
class Figures:
    """Figures of one output. What is not defined (one class only) is None."""

    films: int
    positives: int
    auroc: Interval | None
    auprc: Interval | None
    accuracy: Interval | None
    sensitivity: Interval | None
    specificity: Interval | None
    ppv: Interval | None
    npv: Interval | None
    brier: Interval | None
    calibration_error: Interval | None
    calibration_error_if_perfect: tuple[float, float] | None
    calibration_slope: float | None
    calibration_intercept: float | None
    counts: Counts


def figures(
    probability: Floats,
    labels: Bools,
    weights: Weights,
    *,
    threshold: float,
    rng: np.random.Generator,
) -> Figures:
    """Measure one output.

    Parameters
    ----------
    probability
        (n,), calibrated, 0 to 1.
    labels
        (n,), True where the condition is present.
    weights
        (repeats, n), from `osler.evaluate.bootstrap.patient_weights`.
    threshold
        The cut-off for sensitivity, specificity, accuracy, PPV and NPV.
    rng
        For what a perfectly calibrated model would show.
    """
    called = probability >= threshold

    def of(measure: Callable[[Counts], float]) -> Interval | None:
        return interval(lambda w: measure(confusion(called, labels, w)), weights)

    both = bool(labels.any() and not labels.all())
    enough = both and len(labels) >= FEWEST_FOR_CALIBRATION
    slope = slope_and_intercept(probability, labels) if enough else (None, None)
    return Figures(
        films=len(labels),
        positives=int(labels.sum()),
        auroc=interval(lambda w: auroc(probability, labels, w), weights) if both else None,
        auprc=interval(lambda w: auprc(probability, labels, w), weights) if both else None,
        accuracy=of(Counts.accuracy),
        sensitivity=of(Counts.sensitivity),
        specificity=of(Counts.specificity),
        ppv=of(Counts.ppv),
        npv=of(Counts.npv),
        brier=interval(lambda w: brier(probability, labels, w), weights),
        calibration_error=interval(
            lambda w: expected_calibration_error(probability, labels, w), weights
        )
        if enough
        else None,
        calibration_error_if_perfect=perfect_calibration_error(probability, rng=rng)
        if enough
        else None,
        calibration_slope=slope[0],
        calibration_intercept=slope[1],
        counts=confusion(called, labels),
    )
