"""How far two people, or a person and a model, agree on classes and grades."""

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.integer]
Floats = npt.NDArray[np.floating]


def accuracy(said: Whole, true: Whole, weights: Floats | None = None) -> float:
    """Return the share of rows that agree: (n,) against (n,); ``weights`` counts rows."""
    return float(np.average(said == true, weights=weights))


def quadratic_kappa(said: Whole, true: Whole, weights: Floats | None = None) -> float:
    """Return Cohen's kappa with quadratic weights; NaN where one side never varies at all.

    Parameters
    ----------
    said, true
        (n,), grades 0, 1, 2, ...
    weights
        (n,), how often each row counts (bootstrap); None counts each once.

    References
    ----------
    Cohen, Psychological Bulletin 1968;70:213-220.
    """
    counts = np.ones(len(said)) if weights is None else np.asarray(weights, dtype=float)
    grades = int(max(said.max(), true.max())) + 1
    observed = np.zeros((grades, grades))
    np.add.at(observed, (said, true), counts)
    distance = (np.arange(grades)[:, None] - np.arange(grades)[None, :]) ** 2
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()
    by_chance = float((distance * expected).sum())
    if by_chance == 0:
        return float("nan")
    return 1.0 - float((distance * observed).sum()) / by_chance


def confusion_matrix(
    said: Whole, true: Whole, *, classes: int, weights: Floats | None = None
) -> npt.NDArray[np.float64]:
    """Count what was said of what is true: (classes, classes), rows are the truth."""
    counts = np.ones(len(said)) if weights is None else np.asarray(weights, dtype=float)
    table = np.zeros((classes, classes))
    np.add.at(table, (true, said), counts)
    return table
