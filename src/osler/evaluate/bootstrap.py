"""95 % intervals by resampling patients, not films."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from osler.clinical import Interval

REPEATS = 1000
Weights = npt.NDArray[np.float64]


def patient_weights(
    patients: Sequence[str], *, rng: np.random.Generator, repeats: int = REPEATS
) -> Weights:
    """Return how often each row counts in each resample: (repeats, rows).

    Patients are drawn with replacement; all rows of a patient come and go together.
    """
    _, member = np.unique(np.asarray(patients), return_inverse=True)
    count = int(member.max()) + 1
    drawn = rng.integers(0, count, size=(repeats, count))
    times = np.zeros((repeats, count))
    for repeat in range(repeats):
        times[repeat] = np.bincount(drawn[repeat], minlength=count)
    return times[:, member]


def interval(
    statistic: Callable[[npt.NDArray[np.float64] | None], float], weights: Weights
) -> Interval | None:
    """Return a statistic with its 95 % percentile interval; None where it is not defined.

    Parameters
    ----------
    statistic
        Called with None for the plain value, then with each row of ``weights``.
    weights
        From `patient_weights`. Resamples in which the statistic is NaN are left out.
    """
    value = statistic(None)
    if not np.isfinite(value):
        return None
    resampled = np.array([statistic(row) for row in weights])
    resampled = resampled[np.isfinite(resampled)]
    if len(resampled) < 20:
        return None
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(float(value), float(min(low, value)), float(max(high, value)))
