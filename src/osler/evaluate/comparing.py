"""Is one model better than another on the same patients? Paired tests of two sets of scores."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.clinical import Interval
from osler.evaluate.bootstrap import Weights, interval

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Statistic = Callable[[Floats, Floats | None], float]


@dataclass(frozen=True)
class DeLong:
    """Two areas under the ROC curve of the same rows.

    ``difference`` is the first less the second; ``p`` is two-sided. Rows count as independent:
    where patients have several, the bootstrap by patient is the one to believe.
    """

    first: float
    second: float
    difference: float
    standard_error: float
    p: float


def delong(first: Floats, second: Floats, labels: Bools) -> DeLong:
    """Compare the areas of two scores of the same rows.

    Parameters
    ----------
    first, second
        (n,), higher means more likely positive; ties count half.
    labels
        (n,), True for positive; at least two of each kind.

    References
    ----------
    DeLong et al., Biometrics 1988;44:837-845; Sun and Xu, IEEE Signal Processing Letters
    2014;21:1389-1393 (by ranks).
    """
    positives, negatives = int(labels.sum()), int((~labels).sum())
    if min(positives, negatives) < 2:
        raise ValueError(f"{positives} positives and {negatives} negatives; need two of each")
    parts = [_placements(scores, labels) for scores in (first, second)]
    areas = [float(of_positives.mean()) for of_positives, _ in parts]
    variance = 0.0
    for which, count in ((0, positives), (1, negatives)):
        variance += float(np.var(parts[0][which] - parts[1][which], ddof=1)) / count
    difference = areas[0] - areas[1]
    error = math.sqrt(variance)
    if error > 0:
        p = math.erfc(abs(difference) / error / math.sqrt(2.0))
    else:
        p = 1.0 if difference == 0 else 0.0
    return DeLong(areas[0], areas[1], difference, error, p)


def _placements(scores: Floats, labels: Bools) -> tuple[Floats, Floats]:
    """Return for each positive the share of negatives below it, and the reverse for negatives."""
    positive, negative = np.sort(scores[labels]), np.sort(scores[~labels])
    below = _below(negative, scores[labels]) / len(negative)
    above = 1.0 - _below(positive, scores[~labels]) / len(positive)
    return below, above


def _below(ordered: Floats, values: Floats) -> Floats:
    """Count how many ordered numbers lie below each value; equal ones count half."""
    low = np.searchsorted(ordered, values, side="left")
    high = np.searchsorted(ordered, values, side="right")
    return np.asarray(0.5 * (low + high))


@dataclass(frozen=True)
class Paired:
    """The difference of one figure between two models, first less second, and its interval.

    ``p`` is twice the smaller share of resamples on the other side of no difference, never below
    one in the number of resamples.
    """

    difference: Interval
    p: float


def paired_difference(
    statistic: Statistic, first: Floats, second: Floats, *, weights: Weights
) -> Paired | None:
    """Resample patients and take the difference of a figure each time; None where undefined.

    Parameters
    ----------
    statistic
        Called with scores (n,) and how often each row counts (None: once).
    weights
        (repeats, n), from `osler.evaluate.bootstrap.patient_weights`: both models always see the
        same resample.
    """
    drawn: list[float] = []

    def difference(w: Floats | None) -> float:
        found = statistic(first, w) - statistic(second, w)
        if w is not None and np.isfinite(found):
            drawn.append(found)
        return found

    found = interval(difference, weights)
    if found is None:
        return None
    resampled = np.asarray(drawn)
    smaller = min((resampled <= 0).mean(), (resampled >= 0).mean())
    return Paired(found, float(min(1.0, max(2.0 * smaller, 1.0 / len(resampled)))))
