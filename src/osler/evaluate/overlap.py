"""How far two outlines of one thing cover each other."""

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]


def dice(one: Bools, other: Bools) -> float:
    """Return twice the common part over the sum of both, 0 to 1; NaN where both are empty.

    ``one`` and ``other`` are masks of one shape, of any number of dimensions.
    """
    both = int(one.sum()) + int(other.sum())
    return 2.0 * int((one & other).sum()) / both if both else float("nan")


def jaccard(one: Bools, other: Bools) -> float:
    """Return the common part over the whole, 0 to 1; NaN where both are empty."""
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else float("nan")
