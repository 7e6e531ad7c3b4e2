"""How many vessels a fundus shows: area, length and width, inside the field of view."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from osler.prepare.picture import FIELD_ABOVE

Bools = npt.NDArray[np.bool_]
Pixels = npt.NDArray[np.floating]


@dataclass(frozen=True)
class VesselMeasures:
    """Measures without a unit of length, as a photograph states none.

    Attributes
    ----------
    area_share
        Vessel pixels over pixels of the field, 0 to 1.
    length_per_diameter
        Length of the centre lines, in diameters of the field.
    width_per_diameter
        Vessel area over length, in diameters of the field: a mean width. 0 without vessels.
    field_diameter_px
        Of the circle with the field's area, in pixels.
    """

    area_share: float
    length_per_diameter: float
    width_per_diameter: float
    field_diameter_px: float


def field_mask(pixels: Pixels) -> Bools:
    """Return the field of view of a fundus photograph (rows, columns[, 3]), 0 to 255.

    Where any channel is brighter than the black around the field; the largest such place, holes
    filled. All of the picture where nothing is bright.
    """
    shown = pixels.max(axis=2) if pixels.ndim == 3 else pixels
    places, count = ndimage.label(shown > FIELD_ABOVE)
    if count == 0:
        return np.ones(shown.shape, dtype=bool)
    largest = int(np.argmax(np.bincount(places.ravel())[1:])) + 1
    return np.asarray(ndimage.binary_fill_holes(places == largest), dtype=bool)


def vessel_measures(vessels: Bools, field: Bools) -> VesselMeasures:
    """Measure a vessel mask inside a field of view; both are (rows, columns)."""
    inside = vessels & field
    pixels = max(int(field.sum()), 1)
    diameter = 2.0 * float(np.sqrt(pixels / np.pi))
    length = centre_line_length(centre_lines(inside))
    return VesselMeasures(
        area_share=float(inside.sum()) / pixels,
        length_per_diameter=length / diameter,
        width_per_diameter=float(inside.sum()) / length / diameter if length > 0 else 0.0,
        field_diameter_px=diameter,
    )


def centre_lines(mask: Bools) -> Bools:
    """Thin a mask to lines of one pixel that keep its connections.

    References
    ----------
    Zhang, Suen: A fast parallel algorithm for thinning digital patterns, CACM 27(3), 1984.
    """
    line = np.pad(mask, 1)
    while True:
        before = int(line.sum())
        for step in (0, 1):
            line = line & ~_removable(line, step)
        if int(line.sum()) == before:
            return np.asarray(line[1:-1, 1:-1], dtype=bool)


def _removable(line: Bools, step: int) -> Bools:
    """Return the border pixels that one half step of Zhang and Suen takes away."""
    # From the north, clockwise: north, north-east, east, ...
    around = [
        np.roll(line, (down, right), axis=(0, 1))
        for down, right in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
    ]
    neighbours = np.sum(around, axis=0)
    changes = np.sum(
        [~one & after for one, after in zip(around, [*around[1:], around[0]], strict=True)], axis=0
    )
    north, east, south, west = around[0], around[2], around[4], around[6]
    open_ends = (
        ~(north & east & south) & ~(east & south & west)
        if step == 0
        else ~(north & east & west) & ~(north & south & west)
    )
    kept: Bools = line & (neighbours >= 2) & (neighbours <= 6) & (changes == 1) & open_ends
    return kept


def centre_line_length(line: Bools) -> float:
    """Return the length of one-pixel lines: steps to a side count 1, aslant the root of 2.

    A step aslant is not counted where the two pixels are joined by steps to the side.
    """
    along = int((line[1:] & line[:-1]).sum()) + int((line[:, 1:] & line[:, :-1]).sum())
    down = line[1:, 1:] & line[:-1, :-1] & ~line[1:, :-1] & ~line[:-1, 1:]
    up = line[1:, :-1] & line[:-1, 1:] & ~line[1:, 1:] & ~line[:-1, :-1]
    return along + float(np.sqrt(2.0)) * (int(down.sum()) + int(up.sum()))
