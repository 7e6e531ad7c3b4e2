"""Free-response ROC: how much is found at how many false marks a picture."""

import numpy as np
import numpy.typing as npt

from osler.evaluate.detecting import Matched

Numbers = npt.NDArray[np.float64]
RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def froc_curve(matched: Matched, weights: Numbers | None = None) -> tuple[Numbers, Numbers]:
    """Return (false marks a picture, share found) from strict to lenient, both from 0.

    Parameters
    ----------
    matched
        From `osler.evaluate.detecting.match`, over all pictures.
    weights
        (pictures,): how often each picture counts; once where None.

    References
    ----------
    Bandos et al., Biometrics 2009;65:247-256.
    """
    times = np.ones(len(matched.wanted)) if weights is None else weights
    total = max(float((matched.wanted * times).sum()), 1e-12)
    order = np.argsort(-matched.scores, kind="stable")
    scores = matched.scores[order]
    each = times[matched.picture[order]]
    if len(scores) == 0:
        return np.zeros(1), np.zeros(1)
    last = np.flatnonzero(np.r_[scores[1:] != scores[:-1], True])
    false = np.cumsum(each * ~matched.hits[order])[last] / max(float(times.sum()), 1e-12)
    found = np.cumsum(each * matched.hits[order])[last] / total
    return np.r_[0.0, false], np.r_[0.0, found]


def froc_score(matched: Matched, weights: Numbers | None = None) -> float:
    """Return the mean share found at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false marks a picture.

    NaN where there is nothing to find.

    References
    ----------
    Setio et al., Medical Image Analysis 2017;42:1-13 (LUNA16).
    """
    times = np.ones(len(matched.wanted)) if weights is None else weights
    if float((matched.wanted * times).sum()) == 0:
        return float("nan")
    false, found = froc_curve(matched, weights)
    return float(np.mean([found[false <= rate].max() for rate in RATES]))
