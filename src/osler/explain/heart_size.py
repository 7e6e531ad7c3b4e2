"""The cardiothoracic ratio: widest heart over widest chest, with its uncertainty."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
MOST_TILT_DEGREES = 8.0
MOST_IMBALANCE = 0.45


@dataclass(frozen=True)
class HeartSize:
    """Ratio of two widths on a film, 0 to 1, or the reason why it was not measured."""

    ratio: float | None
    reason: str = ""


def cardiothoracic_ratio(parts: Floats) -> float | None:
    """Return the width of the heart over the width of both lungs together.

    Parameters
    ----------
    parts
        (3, rows, columns), probability of right lung, left lung and heart. The film may have
        been squashed: a ratio of two widths survives that.

    Returns
    -------
    The ratio, or None where heart or lungs were not found. Widths are between columns where the
    probability, largest over rows, crosses one half (to a fraction of a pixel).
    What counts as enlarged, and by whom, is in ``guidelines/``.
    """
    heart = _width(parts[2])
    chest = _width(parts[:2].max(axis=0))
    if heart is None or chest is None or chest <= 0:
        return None
    return heart / chest


def _width(probability: Floats) -> float | None:
    """Return the distance between the outermost half-probability crossings, in columns."""
    profile = np.sort(probability, axis=0)[-3]  # the third largest: a single pixel is noise
    inside = np.flatnonzero(profile >= 0.5)
    if len(inside) == 0:
        return None
    first, last = int(inside[0]), int(inside[-1])
    left = first - _fraction(profile, first, first - 1)
    right = last + _fraction(profile, last, last + 1)
    return float(right - left)


def _fraction(profile: Floats, inner: int, outer: int) -> float:
    """Return how far beyond ``inner`` the profile falls to one half, 0 to 1 pixels."""
    if not 0 <= outer < len(profile):
        return 0.5
    high, low = float(profile[inner]), float(profile[outer])
    return (high - 0.5) / max(high - low, 1e-6)


def measure_heart(parts: Floats, *, view: str | None, view_source: str) -> HeartSize:
    """Measure the ratio where the film allows it, else say why not.

    Parameters
    ----------
    parts
        (3, rows, columns) probabilities.
    view
        'PA', 'AP' or None where neither header nor pixels tell.
    view_source
        Where the view is from, in words.
    """
    if view != "PA":
        found = f"the film is {view} ({view_source})" if view else "the view is not known"
        return HeartSize(
            None, f"{found}; heart size is measured on PA films, which do not enlarge it"
        )
    turned = _turned(parts[0] >= 0.5, parts[1] >= 0.5)
    if turned is not None:
        return HeartSize(None, turned)
    ratio = cardiothoracic_ratio(parts)
    if ratio is None:
        return HeartSize(None, "the heart could not be outlined")
    return HeartSize(ratio)


def _turned(right: npt.NDArray[np.bool_], left: npt.NDArray[np.bool_]) -> str | None:
    """Return why the lungs forbid a measurement: not outlined, film tilted, patient turned."""
    if not right.any() or not left.any():
        return "both lungs could not be outlined"
    (r0, c0), (r1, c1) = (_centre(mask) for mask in (right, left))
    tilt = float(np.degrees(np.arctan2(r1 - r0, c1 - c0)))
    if abs(tilt) > MOST_TILT_DEGREES:
        return f"the film is turned by about {abs(tilt):.0f} degrees"
    areas = sorted([float(right.sum()), float(left.sum())])
    if areas[0] / areas[1] < MOST_IMBALANCE:
        return "one lung is less than half the other: the patient is turned, or a lung is not seen"
    return None


def _centre(mask: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return the mean row and column of a mask."""
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())
