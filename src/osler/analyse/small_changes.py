"""How far an answer holds when the picture is changed a little, as another exposure would."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from osler.analyse.package import Package
from osler.clinical import Interval, Prediction
from osler.evaluate.calibration import expit

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Change:
    """Turn in degrees, shifts and zoom as a share of the side, and an exponent of the greys."""

    degrees: float = 0.0
    rows: float = 0.0
    columns: float = 0.0
    zoom: float = 1.0
    gamma: float = 1.0


# None mirrors, since side matters on films; each is less than what any training changes at random.
CHANGES = (
    Change(degrees=3.0),
    Change(degrees=-3.0),
    Change(rows=0.02, columns=0.02),
    Change(rows=-0.02, columns=-0.02),
    Change(zoom=1.04),
    Change(zoom=0.96),
    Change(gamma=1.12),
    Change(gamma=0.89),
)


def changed(image: Floats) -> Floats:
    """Return a network's input (C,S,S), 0 to 1, under every change: (8,C,S,S); black comes in."""
    return np.stack([_changed(image, one) for one in CHANGES])


def _changed(image: Floats, change: Change) -> Floats:
    """Return one changed input."""
    lit = np.clip(image, 0.0, 1.0) ** np.float32(change.gamma)
    angle, side = np.deg2rad(change.degrees), image.shape[-1]
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix /= change.zoom
    middle = np.full(2, (side - 1) / 2.0)
    offset = middle - matrix @ middle + side * np.array([change.rows, change.columns])
    if np.array_equal(matrix, np.eye(2)) and not offset.any():
        return np.asarray(lit, dtype=np.float32)
    moved = [ndimage.affine_transform(one, matrix, offset, order=1) for one in lit]
    return np.asarray(moved, dtype=np.float32)


def under_changes(
    package: Package, made: Sequence[Prediction], image: Floats
) -> tuple[Prediction, ...]:
    """Give each prediction of one picture the range that it takes under the small changes.

    Parameters
    ----------
    made
        What the package said of the picture as it is, in the card's order.
    image
        The network's input (C,S,S), 0 to 1.
    """
    logits = package.graph.run(changed(image))["logits"].astype(np.float64)
    found = []
    for column, (one, output) in enumerate(zip(made, package.card.outputs, strict=True)):
        plan, value = output.calibration, one.probability.value
        seen = expit(plan.slope * logits[:, column] + plan.intercept)
        low, high = min(value, float(seen.min())), max(value, float(seen.max()))
        found.append(replace(one, under_changes=Interval(value, low, high)))
    return tuple(found)
