"""Cut-offs: what a threshold gives, how one is chosen, and how much a ratio can be trusted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from osler.evaluate.conformal import whole

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """The four cells of a confusion matrix (weighted counts)."""

    tp: float
    fp: float
    fn: float
    tn: float

    def sensitivity(self) -> float:
        """Return the share of positives that are called; NaN without positives."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else float("nan")

    def specificity(self) -> float:
        """Return the share of negatives that are not called; NaN without negatives."""
        return self.tn / (self.tn + self.fp) if self.tn + self.fp else float("nan")

    def accuracy(self) -> float:
        """Return the share that is right."""
        total = self.tp + self.fp + self.fn + self.tn
        return (self.tp + self.tn) / total if total else float("nan")

    def ppv(self) -> float:
        """Return the share of calls that are right, at the prevalence of these rows."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else float("nan")

    def npv(self) -> float:
        """Return the share of the rest that is rightly negative, at this prevalence."""
        return self.tn / (self.tn + self.fn) if self.tn + self.fn else float("nan")


def confusion(called: Bools, labels: Bools, weights: Floats | None = None) -> Counts:
    """Count calls against labels."""
    counts = np.ones(len(labels)) if weights is None else weights
    return Counts(
        tp=float(counts[called & labels].sum()),
        fp=float(counts[called & ~labels].sum()),
        fn=float(counts[~called & labels].sum()),
        tn=float(counts[~called & ~labels].sum()),
    )


def youden_threshold(probability: Floats, labels: Bools) -> float:
    """Return the threshold with the largest sensitivity + specificity - 1 (Youden 1950)."""
    candidates = np.unique(probability)
    best = max(candidates, key=lambda t: _youden(probability >= t, labels))
    return float(best)


def _youden(called: Bools, labels: Bools) -> float:
    """Return sensitivity + specificity - 1."""
    counts = confusion(called, labels)
    return counts.sensitivity() + counts.specificity() - 1.0


def threshold_for_sensitivity(probability: Floats, labels: Bools, wanted: float) -> float:
    """Return the highest threshold that still calls at least ``wanted`` of the positives."""
    positives = np.sort(probability[labels])
    missed = whole((1.0 - wanted) * len(positives))
    return float(positives[min(missed, len(positives) - 1)])


def threshold_for_specificity(probability: Floats, labels: Bools, wanted: float) -> float:
    """Return the lowest threshold that calls at most ``1 - wanted`` of the negatives."""
    negatives = np.sort(probability[~labels])[::-1]
    allowed = whole((1.0 - wanted) * len(negatives))
    return float(np.nextafter(negatives[min(allowed, len(negatives) - 1)], np.inf))


def likelihood_ratio_limits(scores: Floats, labels: Bools) -> tuple[float, float]:
    """Return the smallest and largest likelihood ratio that a calibration set can support.

    The largest is the best ratio of a sensitivity's lower to a false-positive rate's upper
    bound over all thresholds, the smallest the mirrored one (Clopper-Pearson, 95 %, one-sided):
    a score beyond every negative of 265 does not prove a ratio of a thousand.
    """
    thresholds = np.unique(scores)
    tp = np.array([(scores[labels] >= t).sum() for t in thresholds], dtype=float)
    fp = np.array([(scores[~labels] >= t).sum() for t in thresholds], dtype=float)
    p, n = float(labels.sum()), float((~labels).sum())
    high = np.max(_lower(tp, p) / _upper(fp, n))
    low = np.min(_upper(p - tp, p) / np.maximum(_lower(n - fp, n), 1e-9))
    return min(1.0, float(low)), max(1.0, float(high))


def _upper(hits: npt.NDArray[np.float64], n: float) -> npt.NDArray[np.float64]:
    """Return the one-sided 95 % Clopper-Pearson upper bound of hits / n."""
    bound = beta.ppf(0.95, hits + 1, np.maximum(n - hits, 1e-12))
    return np.asarray(np.where(hits >= n, 1.0, bound))


def _lower(hits: npt.NDArray[np.float64], n: float) -> npt.NDArray[np.float64]:
    """Return the one-sided 95 % Clopper-Pearson lower bound of hits / n."""
    bound = beta.ppf(0.05, np.maximum(hits, 1e-12), n - hits + 1)
    return np.asarray(np.where(hits <= 0, 0.0, bound))


def dice(one: Bools, other: Bools) -> float:
    """Return the Dice overlap of two masks; two empty masks agree (1)."""
    total = int(one.sum()) + int(other.sum())
    return 1.0 if total == 0 else 2.0 * int((one & other).sum()) / total
