"""From a class-activation map to outlined places with a side and a zone in words."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from contourpy import contour_generator
from PIL import Image
from scipy import ndimage

from osler.clinical import Explanation, InstanceUid, Region, SimilarCases

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
SHOWN_SIDE = 256
OUTLINED_ABOVE = 0.5
SMALLEST_SHARE = 0.05
FEW_INSIDE = 0.3
MIRRORED_BEYOND = 0.02
MOST_REGIONS = 3
THIRD = 1 / 3

Words = tuple[str | None, str | None, str]
Namer = Callable[[float, float], Words]


@dataclass(frozen=True)
class Outlines:
    """Right lung, left lung and heart of one film, on the square grid: (224, 224) each."""

    right: Bools
    left: Bools
    heart: Bools

    @classmethod
    def of(cls, parts: Floats) -> "Outlines":
        """Cut the outlines from probabilities (3, 224, 224)."""
        return cls(parts[0] >= 0.5, parts[1] >= 0.5, parts[2] >= 0.5)

    def lungs(self) -> Bools:
        """Return both lungs."""
        return self.right | self.left


def explain(
    evidence: Floats,
    outlines: Outlines,
    *,
    instance_uid: InstanceUid,
    shape: tuple[int, int],
    similar: SimilarCases | None,
) -> Explanation:
    """Say where the evidence for one output lies.

    Parameters
    ----------
    evidence
        (h, w), the class-activation map in the network's grid. What speaks *for* the output (above
        zero) counts; where nothing does there is no region, and a caution says so.
    outlines
        The lungs and the heart, on the square grid.
    instance_uid, shape
        The picture that regions refer to, and its (rows, columns).
    similar
        Counts of similar training cases.

    Returns
    -------
    The map (256, 256) scaled to 1 at its peak, and at most three regions whose contours are in
    pixels of the picture.
    """
    grown = _grow(np.maximum(evidence, 0.0), SHOWN_SIDE)
    peak = float(grown.max())
    if peak <= 0:
        nothing = np.zeros((SHOWN_SIDE, SHOWN_SIDE), dtype=np.float32)
        caution = "no one place speaks for it"
        return Explanation(instance_uid, nothing, (), None, similar, (caution,))
    shown = grown / peak
    lungs = _to_grid(outlines.lungs())
    inside = float(shown[lungs].sum() / shown.sum()) if lungs.any() else None
    regions = _regions(shown, shape, lambda r, c: place_in_words(r, c, outlines))
    return Explanation(instance_uid, shown, regions, inside, similar, _cautions(inside, outlines))


def explain_picture(
    evidence: Floats,
    *,
    instance_uid: InstanceUid,
    shape: tuple[int, int],
    similar: SimilarCases | None,
) -> Explanation:
    """Say where on any picture the evidence for one output lies.

    As `explain`; a place is named by where it lies on the picture, which says nothing of the
    patient's sides, and no lungs are looked for.
    """
    grown = _grow(np.maximum(evidence, 0.0), SHOWN_SIDE)
    peak = float(grown.max())
    if peak <= 0:
        nothing = np.zeros((SHOWN_SIDE, SHOWN_SIDE), dtype=np.float32)
        return Explanation(
            instance_uid, nothing, (), None, similar, ("no one place speaks for it",)
        )
    shown = grown / peak
    return Explanation(instance_uid, shown, _regions(shown, shape, place_on_picture), None, similar)


def place_on_picture(row: float, column: float) -> Words:
    """Return (None, None, words) of a point given as shares of height and width."""
    up = "upper" if row < THIRD else "middle" if row < 2 * THIRD else "lower"
    across = "left" if column < THIRD else "middle" if column < 2 * THIRD else "right"
    if up == across == "middle":
        return None, None, "middle of the picture"
    return None, None, f"{up} {across} of the picture"


def _cautions(inside: float | None, outlines: Outlines) -> tuple[str, ...]:
    """Warn of evidence outside the lungs, of lungs not found, and of sides that may be wrong."""
    said = []
    if inside is None:
        said.append("the lungs could not be outlined, so places are not named by lung")
    elif inside < FEW_INSIDE:
        said.append(f"only {inside:.0%} of the evidence lies inside the lungs: read with care")
    if _heart_on_the_right(outlines):
        said.append(
            "the heart lies on the patient's right: mirrored film or dextrocardia? Check sides"
        )
    return tuple(said)


def _heart_on_the_right(outlines: Outlines) -> bool:
    """Tell whether the heart's middle lies clearly towards the picture's left of the lungs'.

    Of 199 outlined films one lay beyond this margin.
    """
    if not (outlines.right.any() and outlines.left.any() and outlines.heart.any()):
        return False
    middle = 0.5 * (_mean_column(outlines.right) + _mean_column(outlines.left))
    margin = MIRRORED_BEYOND * outlines.heart.shape[1]
    return bool(_mean_column(outlines.heart) < middle - margin)


def _grow(small: Floats, side: int) -> Floats:
    """Enlarge a map to a square with bicubic interpolation, cut at zero."""
    image = Image.fromarray(np.ascontiguousarray(small, dtype=np.float32), mode="F")
    large = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float32)
    return np.maximum(large, 0.0)


def _to_grid(mask: Bools) -> Bools:
    """Resize an outline to the map's grid."""
    image = Image.fromarray(mask.astype(np.uint8))
    return np.asarray(image.resize((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.NEAREST)) > 0


def _regions(shown: Floats, shape: tuple[int, int], named: Namer) -> tuple[Region, ...]:
    """Return the connected places above half the peak, the strongest first."""
    labels, count = ndimage.label(shown >= OUTLINED_ABOVE)
    total = float(shown.sum())
    found = []
    for number in range(1, count + 1):
        mask = labels == number
        share = float(shown[mask].sum() / total)
        if share >= SMALLEST_SHARE or count == 1:
            found.append((share, mask))
    found.sort(key=lambda pair: -pair[0])
    return tuple(
        _region(mask, share, shown=shown, named=named, shape=shape)
        for share, mask in found[:MOST_REGIONS]
    )


def _region(
    mask: Bools, share: float, *, shown: Floats, named: Namer, shape: tuple[int, int]
) -> Region:
    """Name one place and draw its outline in pixels of the picture."""
    row, column = np.unravel_index(int(np.argmax(np.where(mask, shown, -1.0))), shown.shape)
    scale = (shape[0] / SHOWN_SIDE, shape[1] / SHOWN_SIDE)
    side, zone, words = named((int(row) + 0.5) / SHOWN_SIDE, (int(column) + 0.5) / SHOWN_SIDE)
    return Region(
        words=words,
        side=side,
        zone=zone,
        contour=_contour(mask, shown, scale),
        peak=((int(row) + 0.5) * scale[0], (int(column) + 0.5) * scale[1]),
        share=share,
    )


def _contour(
    mask: Bools, shown: Floats, scale: tuple[float, float]
) -> tuple[tuple[float, float], ...]:
    """Trace the outer edge of a place, in (row, column) pixels inside the picture."""
    level = np.where(mask, shown, np.minimum(shown, 0.99 * OUTLINED_ABOVE))
    framed = np.pad(level, 1)
    lines = contour_generator(z=framed).lines(OUTLINED_ABOVE)
    edge = max((np.asarray(line) for line in lines), key=len)[::2]
    edge = np.clip(edge, 0.5, SHOWN_SIDE + 0.5)
    return tuple((float((y - 0.5) * scale[0]), float((x - 0.5) * scale[1])) for x, y in edge)


def place_in_words(row: float, column: float, outlines: Outlines) -> Words:
    """Return side, zone and words of a point given as shares of height and width.

    Zones are thirds of the height of the lung on that side, as radiologists name them on a
    frontal film (upper, middle, lower).
    """
    if not outlines.right.any() or not outlines.left.any():
        return None, None, "place not named: the lungs were not outlined"
    size = outlines.right.shape[0]
    r, c = min(int(row * size), size - 1), min(int(column * size), size - 1)
    middle = 0.5 * (_mean_column(outlines.right) + _mean_column(outlines.left))
    side = "right" if c < middle else "left"
    lung = outlines.right if side == "right" else outlines.left
    rows = np.nonzero(lung.any(axis=1))[0]
    top, height = int(rows[0]), max(int(rows[-1]) - int(rows[0]), 1)
    depth = (r - top) / height
    zone = "upper" if depth < 1 / 3 else "middle" if depth < 2 / 3 else "lower"
    if outlines.lungs()[r, c]:
        return side, zone, f"{side} {zone} zone"
    if outlines.heart[r, c]:
        return side, zone, f"over the heart, {side} side"
    if not 0 <= depth <= 1:
        return side, None, f"{'above' if depth < 0 else 'below'} the {side} lung"
    between = abs(c - middle) < 0.12 * size
    where = "mediastinum" if between else f"beside the lung, {side} {zone} level"
    return side, zone, where


def _mean_column(mask: Bools) -> float:
    """Return the mean column of a mask."""
    return float(np.nonzero(mask)[1].mean())
