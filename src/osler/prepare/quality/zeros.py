"""Zeros that stand for 'not measured'."""

import numpy as np
import numpy.typing as npt

AT_LEAST_DISTINCT = 12
# Between zero and the smallest other value lies at least this share of the middle value, and as
# many steps of the column's own grid.
GAP_SHARE = 0.08
GAP_STEPS = 4


def zeros_that_mean_missing(known: npt.NDArray[np.float64], *, never_zero: bool) -> int:
    """Return how many zeros of a column stand for a missing value.

    Parameters
    ----------
    known
        The numbers that are there.
    never_zero
        Whether the column is a measurement that no living patient has at zero.

    Returns
    -------
    0 where zero may be a value: there are values below it, or others lie next to it (a count).
    """
    zeros = int((known == 0).sum())
    others = np.unique(known[known > 0])
    if not zeros or (known < 0).any() or len(others) < AT_LEAST_DISTINCT:
        return 0
    if never_zero:
        return zeros
    steps = np.diff(others)
    grid = float(np.quantile(steps, 0.1))
    middle = float(np.median(known[known > 0]))
    has_gap = others[0] >= GAP_SHARE * middle and others[0] >= GAP_STEPS * grid
    return zeros if has_gap else 0
