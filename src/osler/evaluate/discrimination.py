"""How well scores tell two groups apart: ROC and precision-recall, in NumPy."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


def _check(scores: Floats, labels: Bools) -> None:
    """Refuse unequal lengths, scores that are not finite, and a single class."""
    if len(scores) != len(labels):
        raise ValueError(f"{len(scores)} scores but {len(labels)} labels")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")


def auroc(scores: Floats, labels: Bools, weights: Floats | None = None) -> float:
    """Return the area under the ROC curve; NaN where only one class is present.

    Parameters
    ----------
    scores
        (n,), higher means more likely positive; ties count half.
    labels
        (n,), True for positive.
    weights
        (n,), how often each row counts (bootstrap); None counts each once.

    References
    ----------
    Hanley and McNeil, Radiology 1982;143:29-36.
    """
    _check(scores, labels)
    counts = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    positive = np.where(labels[order], counts[order], 0.0)
    negative = np.where(labels[order], 0.0, counts[order])
    start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    positive, negative = np.add.reduceat(positive, start), np.add.reduceat(negative, start)
    total = positive.sum() * negative.sum()
    if total == 0:
        return float("nan")
    below = np.cumsum(negative) - negative
    return float((positive * (below + 0.5 * negative)).sum() / total)


def auprc(scores: Floats, labels: Bools, weights: Floats | None = None) -> float:
    """Return average precision (the step-wise area under precision-recall); NaN without positives.

    Same arguments as `auroc`; equal scores form one step.
    """
    _check(scores, labels)
    counts = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    hit = np.where(labels[order], counts[order], 0.0)
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    true, called = np.cumsum(hit)[last], np.cumsum(counts[order])[last]
    if true[-1] == 0:
        return float("nan")
    precision = np.divide(true, called, out=np.zeros_like(true), where=called > 0)
    return float((np.diff(true, prepend=0.0) * precision).sum() / true[-1])


def roc_curve(scores: Floats, labels: Bools) -> tuple[Floats, Floats, Floats]:
    """Return (false positive rate, true positive rate, threshold) from strict to lenient.

    A row is called positive at a threshold when its score is at least the threshold; the first
    point calls nothing positive (threshold infinity).
    """
    _check(scores, labels)
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    true = np.cumsum(labels[order])[last]
    false = np.cumsum(~labels[order])[last]
    tpr = np.r_[0.0, true / max(true[-1], 1)]
    fpr = np.r_[0.0, false / max(false[-1], 1)]
    return fpr, tpr, np.r_[np.inf, ordered[last]]


def precision_recall_curve(scores: Floats, labels: Bools) -> tuple[Floats, Floats, Floats]:
    """Return (recall, precision, threshold) from strict to lenient; equal scores are one point.

    The first point calls nothing positive: recall 0, precision 1 by agreement.
    """
    _check(scores, labels)
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    true = np.cumsum(labels[order])[last]
    precision = true / (last + 1.0)
    recall = true / max(true[-1], 1)
    return np.r_[0.0, recall], np.r_[1.0, precision], np.r_[np.inf, ordered[last]]
