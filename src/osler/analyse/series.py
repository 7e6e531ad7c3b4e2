"""Slices of one series to one statement about the patient."""

import numpy as np
import numpy.typing as npt

from osler.analyse.package import Package
from osler.analyse.scoring import Scored, calibrated

Logits = npt.NDArray[np.floating]
LEAST_SERIES = 5
HIGHEST = 3
NEIGHBOURS = np.array([0.25, 0.5, 0.25])
SERIES_RULE = (
    "mean of the three highest slices' log-odds, each averaged with its neighbours (1 : 2 : 1)"
)


def smoothed(logits: Logits) -> Logits:
    """Average each slice with its neighbours, weights 1 : 2 : 1; the ends are repeated.

    ``logits`` is (slices,), in the order in which the slices lie in the patient.
    """
    padded = np.concatenate([logits[:1], logits, logits[-1:]])
    return np.convolve(padded, NEIGHBOURS, mode="valid")


def series_logit(logits: Logits) -> float:
    """Return the mean of the three highest of the smoothed slices: (slices,) to one number."""
    ordered = np.sort(smoothed(np.asarray(logits, dtype=np.float64)))
    return float(ordered[-HIGHEST:].mean())


def series_score(package: Package, column: int, logits: Logits) -> Scored:
    """Calibrate what the slices of a series say together, on patients.

    Raises
    ------
    ValueError
        The package's card has no calibration of series for this output.
    """
    plan = package.card.outputs[column].series
    if plan is None:
        raise ValueError(f"{package.card.name} has no calibration of series")
    return calibrated(
        series_logit(logits), plan.calibration, package.fingerprint, column=column, prefix="series"
    )
