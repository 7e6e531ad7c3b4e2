"""Any two-dimensional picture as the square that a network reads, and back from there.

Training and serving take the same road: the contract of a package says which, so a picture that
is served is what the network learnt from.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from osler.clinical import Picture
from osler.prepare.film import STRETCH_PERCENTILES, grey_of

Floats = npt.NDArray[np.float32]
FIELD_ABOVE = 24.0  # of 255: darker than this is the black around a round field of view
GRID = 64  # places a side of a map over the whole picture
LEAST_FIELD = 0.2  # a field smaller than this share of a side is no field: nothing is cut off


@dataclass(frozen=True)
class PictureContract:
    """How a picture becomes a network's input.

    Attributes
    ----------
    size
        Side of the square, in pixels.
    channels
        1 (grey) or 3 (red, green, blue; a grey picture gives three equal ones).
    fit
        'squash' does not keep the aspect ratio; 'pad' scales the longest side and leaves black
        around the picture, which lies in the middle.
    scaling
        'stretch' maps the 0.5th and 99.5th percentile of the picture to 0 and 1; 'range' takes
        the window that the picture is shown with.
    crop
        'field' cuts off the black around a round field of view; 'none' keeps everything.
    window_hu
        (low, high) for a picture in Hounsfield units, in place of the window of its header.
    """

    size: int
    channels: Literal[1, 3] = 1
    fit: Literal["squash", "pad"] = "pad"
    scaling: Literal["stretch", "range"] = "range"
    crop: Literal["none", "field"] = "none"
    window_hu: tuple[float, float] | None = None


@dataclass(frozen=True)
class Placement:
    """Where a network's square lies on the picture that it was made from.

    A point of the square, in its pixels, lies at ``origin + scale * point`` of the picture, in
    (row, column) pixels, edges counted from 0.
    """

    origin: tuple[float, float]
    scale: tuple[float, float]

    def to_picture(self, row: float, column: float) -> tuple[float, float]:
        """Return a point of the square as a point of the picture."""
        return self.origin[0] + self.scale[0] * row, self.origin[1] + self.scale[1] * column


@dataclass(frozen=True)
class Canvas:
    """A network's input (C, size, size), 0 to 1, and where it lies on the picture.

    ``inside`` are the rows and columns of the square that hold picture, ``picture_shape`` the
    (rows, columns) of the picture.
    """

    image: Floats
    placement: Placement
    inside: tuple[slice, slice]
    picture_shape: tuple[int, int]


def _shape(picture: Picture) -> tuple[int, int]:
    """Return rows and columns of a picture."""
    return int(picture.pixels.shape[0]), int(picture.pixels.shape[1])


def network_input(picture: Picture, contract: PictureContract) -> Floats:
    """Return the input that a contract asks for: (C, size, size), float32, 0 to 1."""
    return canvas_of(picture, contract).image


def canvas_of(picture: Picture, contract: PictureContract) -> Canvas:
    """Return the input that a contract asks for, and where it lies on the picture.

    A blank picture becomes all zero under 'stretch': the quality gate names it.
    """
    shown = _channels(picture, contract)
    box = field_of_view(shown) if contract.crop == "field" else _whole(shown)
    shown = shown[:, box[0], box[1]]
    shown = _stretched(shown) if contract.scaling == "stretch" else shown / np.float32(255.0)
    resized, inside = _fitted(shown, contract)
    rows, columns = shown.shape[1:]
    scale = (
        rows / (inside[0].stop - inside[0].start),
        columns / (inside[1].stop - inside[1].start),
    )
    origin = (
        box[0].start - scale[0] * inside[0].start,
        box[1].start - scale[1] * inside[1].start,
    )
    return Canvas(resized, Placement(origin, scale), inside, _shape(picture))


def fitted_mask(
    mask: npt.NDArray[np.bool_], picture: Picture, contract: PictureContract
) -> npt.NDArray[np.bool_]:
    """Return a mask (rows, columns) of a picture on the square of its network, nearest pixel."""
    box = (
        field_of_view(_channels(picture, contract))
        if contract.crop == "field"
        else (slice(0, mask.shape[0]), slice(0, mask.shape[1]))
    )
    part = mask[box].astype(np.float32)[None]
    square, _ = _fitted(part, contract)
    kept: npt.NDArray[np.bool_] = square[0] >= 0.5
    return kept


def mask_on_picture(mask: npt.NDArray[np.floating], canvas: Canvas) -> Floats:
    """Return a map of the square (size, size) on the picture's pixels (rows, columns).

    What was cut off before the network saw it is zero.
    """
    part = np.ascontiguousarray(mask[canvas.inside], dtype=np.float32)
    top, left = canvas.placement.to_picture(canvas.inside[0].start, canvas.inside[1].start)
    bottom, right = canvas.placement.to_picture(canvas.inside[0].stop, canvas.inside[1].stop)
    rows, columns = round(bottom) - round(top), round(right) - round(left)
    grown = Image.fromarray(part, mode="F").resize((columns, rows), Image.Resampling.BILINEAR)
    out = np.zeros(canvas.picture_shape, dtype=np.float32)
    out[round(top) : round(bottom), round(left) : round(right)] = np.asarray(grown)
    return out


def evidence_grid(evidence: Floats, canvas: Canvas) -> Floats:
    """Return a map (h, w) of the network's square as (64, 64) over the whole picture."""
    size = canvas.image.shape[1]
    image = Image.fromarray(np.ascontiguousarray(evidence, dtype=np.float32), mode="F")
    square = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR), dtype=np.float32)
    part = mask_on_picture(square, canvas)
    small = Image.fromarray(part, mode="F").resize((GRID, GRID), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32)


def field_of_view(shown: Floats) -> tuple[slice, slice]:
    """Return rows and columns of the bright field in (C, rows, columns), 0 to 255.

    Where next to nothing is bright there is no field to cut out, and the whole is returned.
    """
    bright = shown.max(axis=0) > FIELD_ABOVE
    rows = np.flatnonzero(bright.mean(axis=1) > 0.02)
    columns = np.flatnonzero(bright.mean(axis=0) > 0.02)
    whole = _whole(shown)
    if len(rows) == 0 or len(columns) == 0:
        return whole
    found = (
        slice(int(rows[0]), int(rows[-1]) + 1),
        slice(int(columns[0]), int(columns[-1]) + 1),
    )
    small = any(
        part.stop - part.start < LEAST_FIELD * side
        for part, side in zip(found, shown.shape[1:], strict=True)
    )
    return whole if small else found


def _whole(shown: Floats) -> tuple[slice, slice]:
    """Return rows and columns of everything."""
    return slice(0, shown.shape[1]), slice(0, shown.shape[2])


def _channels(picture: Picture, contract: PictureContract) -> Floats:
    """Return (C, rows, columns), 0 to 255, as the window shows it."""
    low, high = picture.window
    if contract.window_hu is not None and picture.measured == "HU":
        low, high = contract.window_hu
    if contract.channels == 1 or not picture.is_colour():
        shown = Picture(
            picture.instance_uid, picture.frame, picture.pixels, (low, high), None, picture.padding
        )
        grey = grey_of(shown)[None]
        return np.repeat(grey, contract.channels, axis=0)
    span = max(high - low, 1e-6)
    colour = np.clip((picture.pixels - low) * (255.0 / span), 0.0, 255.0).astype(np.float32)
    if picture.padding is not None:
        colour[picture.padding] = 0.0
    return np.ascontiguousarray(colour.transpose(2, 0, 1))


def _stretched(shown: Floats) -> Floats:
    """Map two percentiles over all channels together to 0 and 1: colours keep their ratio."""
    low, high = np.percentile(shown, STRETCH_PERCENTILES)
    if high - low < 1.0:
        return np.zeros_like(shown)
    stretched: Floats = np.clip((shown - low) / (high - low), 0.0, 1.0).astype(np.float32)
    return stretched


def _fitted(shown: Floats, contract: PictureContract) -> tuple[Floats, tuple[slice, slice]]:
    """Resize (C, rows, columns) into the square; return also where the picture lies in it."""
    size = contract.size
    rows, columns = shown.shape[1:]
    height, width = size, size
    if contract.fit == "pad":
        share = size / max(rows, columns)
        height, width = (max(1, round(side * share)) for side in (rows, columns))
    top, left = (size - height) // 2, (size - width) // 2
    inside = (slice(top, top + height), slice(left, left + width))
    out = np.zeros((len(shown), size, size), dtype=np.float32)
    for channel, plane in enumerate(shown):
        image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32), mode="F")
        if (rows, columns) != (height, width):
            image = image.resize((width, height), Image.Resampling.BILINEAR)
        out[channel][inside] = np.asarray(image)
    return out, inside
