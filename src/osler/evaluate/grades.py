"""From the steps of a grade ("grade 2 or more") to the grade: one rule, measured and served."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LIKELY = 0.5  # a step is passed from here: balanced cut-offs follow rare steps too far


def steps_passed(probability: Floats, cut_offs: Floats | float = LIKELY) -> npt.NDArray[np.int64]:
    """Return how many steps are passed, from below: (...,).

    Parameters
    ----------
    probability
        (..., steps), the lowest step first.
    cut_offs
        From which probability a step is passed: one number, or one a step.

    Notes
    -----
    A step counts only where those under it do: who reads them from below stops at the first that
    is not passed.
    """
    passed = np.minimum.accumulate(np.asarray(probability) >= cut_offs, axis=-1)
    return np.asarray(passed.sum(axis=-1), dtype=np.int64)
