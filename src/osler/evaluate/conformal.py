"""Prediction sets with a stated coverage: class-conditional split conformal prediction.

References
----------
Vovk, "Conditional validity of inductive conformal predictors", ACML 2012.
"""

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


def prediction_set(
    probability: float, *, present_from: float, absent_up_to: float
) -> PredictionSet:
    """Return the answers that cannot be ruled out for a patient, by the cut-offs of a card.

    It holds for patients like those of the calibration set. 'Neither' says that the patient is
    unlike the ill and unlike the well there.
    """
    may_be, may_not = probability >= present_from, probability <= absent_up_to
    if may_be and may_not:
        return PredictionSet.BOTH
    if may_be or may_not:
        return PredictionSet.PRESENT if may_be else PredictionSet.ABSENT
    return PredictionSet.NEITHER


def conformal_thresholds(
    probability: Floats, labels: Bools, *, coverage: float = 0.9
) -> tuple[float, float]:
    """Return class-conditional conformal cut-offs (present from, absent up to).

    'Present' stays possible while the probability is at least the first, 'absent' while it is
    at most the second; each holds the truth in at least ``coverage`` of its class.

    References
    ----------
    Vovk, "Conditional validity of inductive conformal predictors", ACML 2012.
    """
    positives, negatives = np.sort(probability[labels]), np.sort(probability[~labels])
    low = whole((1.0 - coverage) * (len(positives) + 1)) - 1
    high = len(negatives) - whole((1.0 - coverage) * (len(negatives) + 1))
    present = float(positives[low]) if low >= 0 else 0.0
    absent = float(negatives[high]) if high < len(negatives) else 1.0
    return present, absent


def whole(films: float) -> int:
    """Round down to whole films; 1 - 0.9 of ten films is one, although a hair is missing."""
    return int(np.floor(films + 1e-9))
