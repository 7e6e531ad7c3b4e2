"""Prediction sets with a stated coverage: class-conditional split conformal prediction.

References
----------
Vovk V, Conditional validity of inductive conformal predictors, Machine Learning 2013;92:349-376.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


class PredictionSet(StrEnum):
    """Which answers cannot be ruled out at the stated coverage."""

    PRESENT = "present"
    ABSENT = "absent"
    BOTH = "present or absent"
    NEITHER = "neither"


@dataclass(frozen=True)
class Conformal:
    """From which probability on 'present' stays in the set, and up to which 'absent' does.

    Each class is covered with at least ``coverage``, as long as new patients are like those of
    the calibration set. ``positives`` and ``negatives`` are how many it held.
    """

    coverage: float
    present_from: float
    absent_to: float
    positives: int
    negatives: int

    def set_of(self, probability: float) -> PredictionSet:
        """Return the answers that cannot be ruled out for a patient."""
        may_be = probability >= self.present_from
        may_not = probability <= self.absent_to
        if may_be and may_not:
            return PredictionSet.BOTH
        if may_be or may_not:
            return PredictionSet.PRESENT if may_be else PredictionSet.ABSENT
        return PredictionSet.NEITHER


def conformal(labels: Bools, probabilities: Floats, *, coverage: float) -> Conformal:
    """Fit the limits on probabilities that were not fitted on these patients (out of fold).

    Parameters
    ----------
    labels
        True where the condition is present; one a patient.
    probabilities
        As many, from 0 to 1.
    coverage
        Above 0 and below 1: the share of each class whose set holds the truth.

    Raises
    ------
    ValueError
        The arrays do not fit, or the coverage is none. A class with too few patients for the
        coverage is never ruled out.
    """
    if labels.shape != probabilities.shape or labels.ndim != 1:
        raise ValueError(f"need two lists of one length, got {labels.shape}, {probabilities.shape}")
    if not 0 < coverage < 1:
        raise ValueError(f"coverage is {coverage}, expected a number above 0 and below 1")
    positives, negatives = probabilities[labels], probabilities[~labels]
    return Conformal(
        coverage,
        present_from=1.0 - _limit(1.0 - positives, coverage),
        absent_to=_limit(negatives, coverage),
        positives=len(positives),
        negatives=len(negatives),
    )


def _limit(strangeness: Floats, coverage: float) -> float:
    """Return the strangeness that at most 1 - coverage of a class exceeds; 1 with too few."""
    rank = math.ceil((len(strangeness) + 1) * coverage)
    if rank > len(strangeness):
        return 1.0
    return float(np.sort(strangeness)[rank - 1])
