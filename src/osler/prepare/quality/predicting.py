"""How well one column alone tells the outcome, out of fold: too well is a leak."""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from osler.prepare.quality.columns import Column

FOLDS = 5
BINS = 12
PRIOR = 5.0


def auroc(scores: npt.NDArray[np.float64], outcome: npt.NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve, ties counting half."""
    positives = int(outcome.sum())
    negatives = len(outcome) - positives
    if not positives or not negatives:
        return 0.5
    ranks = rankdata(scores)
    return float((ranks[outcome].sum() - positives * (positives + 1) / 2) / positives / negatives)


def alone(
    column: Column,
    outcome: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.int64],
    *,
    rng: np.random.Generator,
) -> float:
    """Return the cross-validated AUROC of one column, people kept whole.

    In each fold the outcome's share in a bin of the others (twelve quantiles, or each word) is
    the score; a missing cell is a bin of its own, so what is missing tells too.
    """
    return _out_of_fold(_bins(column), outcome, groups, rng=rng)


def by_missing(
    column: Column,
    outcome: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.int64],
    *,
    rng: np.random.Generator,
) -> float:
    """Return the cross-validated AUROC of whether a cell is there."""
    return _out_of_fold(column.missing.astype(np.int64), outcome, groups, rng=rng)


def _out_of_fold(
    bins: npt.NDArray[np.int64],
    outcome: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.int64],
    *,
    rng: np.random.Generator,
) -> float:
    """Return the mean over the folds of the AUROC by the outcome's share in each bin."""
    _, people = np.unique(groups, return_inverse=True)
    fold_of = rng.permutation(int(people.max()) + 1) % FOLDS
    folds = fold_of[people]
    found = []
    for fold in range(FOLDS):
        test = folds == fold
        if not outcome[test].any() or outcome[test].all():
            continue
        size = int(bins.max()) + 1
        base = outcome[~test].mean()
        counts = np.bincount(bins[~test], minlength=size)
        positive = np.bincount(bins[~test], weights=outcome[~test], minlength=size)
        shares = (positive + PRIOR * base) / (counts + PRIOR)
        found.append(auroc(shares[bins[test]], outcome[test]))
    return float(np.mean(found)) if found else 0.5


def _bins(column: Column) -> npt.NDArray[np.int64]:
    """Return the bin of each row; 0 is what is missing."""
    if column.numbers is None or column.distinct <= BINS:
        return np.where(column.missing, 0, column.codes + 1)
    edges = np.unique(np.quantile(column.known, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.digitize(np.nan_to_num(column.numbers), edges) + 1
    return np.where(np.isfinite(column.numbers), bins, 0).astype(np.int64)
