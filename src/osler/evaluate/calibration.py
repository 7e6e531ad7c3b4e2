"""Does 30 % mean three in ten? Fitting and checking of calibration, in NumPy."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
EDGE = 1e-6


@dataclass(frozen=True)
class PlattMap:
    """Calibrated log-odds = slope x logit + intercept."""

    slope: float
    intercept: float

    def __call__(self, logits: npt.NDArray[np.floating]) -> Floats:
        """Return calibrated probabilities of raw logits."""
        return expit(self.slope * np.asarray(logits, dtype=np.float64) + self.intercept)


def expit(x: npt.NDArray[np.floating]) -> Floats:
    """Return 1 / (1 + exp(-x)) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, dtype=np.float64))))


def logit(probability: npt.NDArray[np.floating]) -> Floats:
    """Return the log-odds; 0 and 1 are moved in by one in a million."""
    p = np.clip(np.asarray(probability, dtype=np.float64), EDGE, 1.0 - EDGE)
    return np.asarray(np.log(p / (1.0 - p)))


def fit_platt(logits: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_]) -> PlattMap:
    """Fit slope and intercept by maximum likelihood with Platt's smoothed targets.

    References
    ----------
    Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    weights = np.ones((1, len(logits)))
    slope, intercept = fit_platt_many(logits, labels, weights)
    return PlattMap(float(slope[0]), float(intercept[0]))


def fit_platt_many(
    logits: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_], weights: Floats
) -> tuple[Floats, Floats]:
    """Fit one map a resample at once, by Newton's method with a light ridge on the slope.

    Parameters
    ----------
    logits, labels
        (n,).
    weights
        (repeats, n), how often each row counts.

    Returns
    -------
    slopes, intercepts
        (repeats,) each; slopes are at least 0.01, so that a higher score is never less likely.
    """
    x = np.asarray(logits, dtype=np.float64)
    scale = max(float(x.std()), 1e-6)
    centre = float(x.mean())
    z = (x - centre) / scale
    positives = (weights * labels).sum(axis=1, keepdims=True)
    negatives = (weights * ~labels).sum(axis=1, keepdims=True)
    target = np.where(labels, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    a = np.ones(len(weights))
    b = logit((positives[:, 0] + 1) / (positives[:, 0] + negatives[:, 0] + 2))
    for _ in range(30):
        p = expit(a[:, None] * z + b[:, None])
        error, curve = weights * (p - target), weights * p * (1 - p)
        ga, gb = (error * z).sum(axis=1) + 1e-3 * a, error.sum(axis=1)
        haa, hab = (curve * z * z).sum(axis=1) + 1e-3, (curve * z).sum(axis=1)
        hbb = curve.sum(axis=1) + 1e-9
        det = np.maximum(haa * hbb - hab * hab, 1e-12)
        da, db = (hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det
        a, b = a - np.clip(da, -2, 2), b - np.clip(db, -2, 2)
        if max(np.abs(da).max(), np.abs(db).max()) < 1e-8:
            break
    slope = np.maximum(a / scale, 0.01)
    return slope, b - slope * centre


def brier(
    probability: Floats, labels: npt.NDArray[np.bool_], weights: Floats | None = None
) -> float:
    """Return the mean squared difference between probability and outcome (0 is perfect)."""
    squared = (probability - labels) ** 2
    return float(np.average(squared, weights=weights))


def expected_calibration_error(
    probability: Floats,
    labels: npt.NDArray[np.bool_],
    weights: Floats | None = None,
    *,
    bins: int = 10,
) -> float:
    """Return the mean distance between probability and observed share over equal-count bins.

    References
    ----------
    Nixon et al., "Measuring calibration in deep learning", 2019 (equal-mass bins).
    """
    counts = np.ones(len(probability)) if weights is None else weights
    order = np.argsort(probability, kind="stable")
    total, error = counts.sum(), 0.0
    for rows in np.array_split(order, bins):
        weight = counts[rows].sum()
        if weight > 0:
            gap = ((probability[rows] - labels[rows]) * counts[rows]).sum()
            error += abs(gap) / total
    return float(error)


def perfect_calibration_error(
    probability: Floats, *, rng: np.random.Generator, bins: int = 10, repeats: int = 500
) -> tuple[float, float]:
    """Return mean and 95th percentile of the error that perfect probabilities would show.

    Outcomes are drawn from the probabilities themselves: with few films even a perfect model
    misses by chance, and this says by how much.
    """
    drawn = [
        expected_calibration_error(
            probability, rng.random(len(probability)) < probability, bins=bins
        )
        for _ in range(repeats)
    ]
    return float(np.mean(drawn)), float(np.percentile(drawn, 95))


def slope_and_intercept(probability: Floats, labels: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return calibration slope (1 is ideal) and calibration-in-the-large (0 is ideal).

    References
    ----------
    Van Calster et al., BMC Medicine 2019;17:230.
    """
    x = logit(probability)
    slope, _ = _logistic(x, labels)
    offset = 0.0
    for _ in range(50):
        p = expit(x + offset)
        step = (labels - p).sum() / max((p * (1 - p)).sum(), 1e-9)
        offset += float(np.clip(step, -2, 2))
        if abs(step) < 1e-9:
            break
    return slope, offset


def _logistic(x: Floats, labels: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and intercept of a plain logistic regression on one variable."""
    a, b = 1.0, 0.0
    for _ in range(100):
        p = expit(a * x + b)
        error, curve = p - labels, p * (1 - p) + 1e-12
        haa, hab, hbb = (curve * x * x).sum(), (curve * x).sum(), curve.sum()
        det = max(haa * hbb - hab * hab, 1e-12)
        ga, gb = (error * x).sum(), error.sum()
        da, db = (hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det
        a, b = a - float(np.clip(da, -2, 2)), b - float(np.clip(db, -2, 2))
        if max(abs(da), abs(db)) < 1e-9:
            break
    return float(a), float(b)
