"""Calibration, operating points and conformal cut-offs from out-of-fold scores. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.analyse.card import (
    CalibrationCard,
    ConformalCard,
    Estimate,
    OperatingPointCard,
)
from osler.errors import InputRefused
from osler.evaluate.bootstrap import Weights, interval, patient_weights
from osler.evaluate.calibration import PlattMap, expit, fit_platt, fit_platt_many
from osler.evaluate.conformal import conformal_thresholds
from osler.evaluate.decisions import (
    confusion,
    likelihood_ratio_limits,
    threshold_for_sensitivity,
    threshold_for_specificity,
    youden_threshold,
)

RESAMPLES = 200
COVERAGE_TRIALS = 40
WANTED_RATE = 0.95
METHOD = (
    "Platt maps fitted to 200 resamples of the calibration patients; 2.5 to 97.5 percentile. "
    "Coverage: share of films whose true probability lay inside, over 40 sets of outcomes drawn "
    "from the calibrated probabilities and fitted anew"
)


@dataclass(frozen=True)
class OutOfFold:
    """Scores of films by networks that had not seen their patients."""

    logits: npt.NDArray[np.float32]
    labels: npt.NDArray[np.float32]
    patients: Sequence[str]


@dataclass(frozen=True)
class Calibrated:
    """What one output's card needs, and the resampled maps for its fingerprint."""

    calibration: CalibrationCard
    conformal: ConformalCard
    points: tuple[OperatingPointCard, ...]
    slopes: npt.NDArray[np.float64]
    intercepts: npt.NDArray[np.float64]
    prevalences: npt.NDArray[np.float64]


def calibrate(scores: OutOfFold, column: int, *, seed: int) -> Calibrated:
    """Fit one output.

    Raises
    ------
    InputRefused
        Fewer than ten films of either class: nothing can be calibrated on that.
    """
    known = ~np.isnan(scores.labels[:, column])
    logits = scores.logits[known, column].astype(np.float64)
    labels = scores.labels[known, column] > 0.5
    patients = [patient for patient, k in zip(scores.patients, known, strict=True) if k]
    if min(labels.sum(), (~labels).sum()) < 10:
        raise InputRefused(
            f"output {column}: {int(labels.sum())} positive and {int((~labels).sum())} negative "
            "films; calibration needs ten of each"
        )
    rng = np.random.default_rng(seed)
    weights = patient_weights(patients, rng=rng, repeats=RESAMPLES)
    slopes, intercepts = fit_platt_many(logits, labels, weights)
    prevalences = (weights * labels).sum(axis=1) / weights.sum(axis=1)
    fitted = fit_platt(logits, labels)
    probability = fitted(logits)
    low, high = likelihood_ratio_limits(logits, labels)
    present, absent = conformal_thresholds(probability, labels)
    return Calibrated(
        calibration=CalibrationCard(
            slope=fitted.slope,
            intercept=fitted.intercept,
            films=len(labels),
            positives=int(labels.sum()),
            prevalence=float(labels.mean()),
            likelihood_ratio_low=low,
            likelihood_ratio_high=high,
            interval_coverage=_coverage(fitted, logits, patients, rng=rng),
            interval_method=METHOD,
        ),
        conformal=ConformalCard(coverage=0.9, present_from=present, absent_up_to=absent),
        points=_points(probability, labels, weights),
        slopes=slopes,
        intercepts=intercepts,
        prevalences=prevalences,
    )


def _coverage(
    fitted: PlattMap,
    logits: npt.NDArray[np.float64],
    patients: Sequence[str],
    *,
    rng: np.random.Generator,
) -> float:
    """Measure how often the interval holds a known truth.

    The fitted probabilities are taken for the truth, outcomes drawn from them, and the whole
    procedure repeated on each draw.
    """
    truth = fitted(logits)
    inside = []
    for _ in range(COVERAGE_TRIALS):
        drawn = rng.random(len(truth)) < truth
        weights = patient_weights(patients, rng=rng, repeats=100)
        slopes, intercepts = fit_platt_many(logits, drawn, weights)
        at = logits[rng.permutation(len(logits))[:200]]
        bounds = np.percentile(
            expit(slopes[:, None] * at + intercepts[:, None]), [2.5, 97.5], axis=0
        )
        wanted = fitted(at)
        inside.append(((bounds[0] <= wanted) & (wanted <= bounds[1])).mean())
    return float(np.mean(inside))


def _points(
    probability: npt.NDArray[np.float64], labels: npt.NDArray[np.bool_], weights: Weights
) -> tuple[OperatingPointCard, ...]:
    """Choose the three cut-offs and measure each on the same out-of-fold patients."""
    chosen = (
        ("balanced", "largest sensitivity + specificity", youden_threshold(probability, labels)),
        (
            "sensitive",
            "sensitivity of at least 95 %",
            threshold_for_sensitivity(probability, labels, WANTED_RATE),
        ),
        (
            "specific",
            "specificity of at least 95 %",
            threshold_for_specificity(probability, labels, WANTED_RATE),
        ),
    )
    return tuple(
        _point(name, reason, threshold, probability, labels, weights=weights)
        for name, reason, threshold in chosen
    )


def _point(  # noqa: PLR0917
    name: str,
    reason: str,
    threshold: float,
    probability: npt.NDArray[np.float64],
    labels: npt.NDArray[np.bool_],
    *,
    weights: Weights,
) -> OperatingPointCard:
    """Measure one cut-off."""
    called = probability >= threshold
    rates = [
        Estimate.of(interval(measure, weights))
        for measure in (
            lambda w: confusion(called, labels, w).sensitivity(),
            lambda w: confusion(called, labels, w).specificity(),
        )
    ]
    if rates[0] is None or rates[1] is None:
        raise InputRefused(f"operating point {name} cannot be measured on these films")
    return OperatingPointCard(
        name=name,
        chosen_for=reason,
        threshold=threshold,
        sensitivity=rates[0],
        specificity=rates[1],
    )
