"""One image as a viewer shows it: its values or its grey, and over it what is pointed to."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from osler.report.evidence import mixed, stretched

Pixels = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float32]
Contour = tuple[tuple[float, float], ...]
_DASH, _GAP = 9.0, 5.0
_STEPS = 65535


@dataclass(frozen=True)
class Marks:
    """What is pointed to on one image, in (row, column) of its own pixels.

    ``evidence`` is (h, w), 0 to 1, over the whole image. ``dashed`` are outlines by a model,
    ``solid`` those by a person.
    """

    evidence: Values | None = field(default=None, repr=False)
    dashed: tuple[Contour, ...] = ()
    solid: tuple[Contour, ...] = ()


@dataclass(frozen=True)
class ValuesImage:
    """A PNG that holds the values themselves: value = slope x stored + intercept."""

    content: bytes = field(repr=False)
    slope: float
    intercept: float


def values_image(pixels: Values) -> ValuesImage:
    """Write the values of a picture, (rows, columns), as 16-bit PNG.

    Whole numbers that fit are written as they are; others in 65,535 equal steps.
    """
    pixels = np.nan_to_num(pixels)
    low, high = float(pixels.min()), float(pixels.max())
    is_whole = bool(np.all(np.rint(pixels) == pixels))
    slope = 1.0 if high == low or (is_whole and high - low <= _STEPS) else (high - low) / _STEPS
    stored = np.rint((pixels.astype(np.float64) - low) / slope).astype(np.uint16)
    return ValuesImage(_png(Image.fromarray(stored)), slope, low)


def image(pixels: Pixels, marks: Marks | None = None, *, longest: int | None = None) -> bytes:
    """Write a picture as PNG, at most ``longest`` pixels a side, with marks over it.

    Parameters
    ----------
    pixels
        (rows, columns) or (rows, columns, 3), as they are to be seen.
    """
    marks = marks or Marks()
    shown = pixels
    if marks.evidence is not None:
        shown = mixed(pixels, stretched(marks.evidence, pixels.shape))
    drawn = Image.fromarray(shown)
    scale = 1.0
    if longest is not None and max(drawn.size) > longest:
        scale = longest / max(drawn.size)
        drawn.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    if marks.dashed or marks.solid:
        drawn = drawn.convert("RGB")
        pen = ImageDraw.Draw(drawn)
        for contour in marks.dashed:
            _outline(pen, _scaled(contour, scale), is_dashed=True)
        for contour in marks.solid:
            _outline(pen, _scaled(contour, scale), is_dashed=False)
    return _png(drawn)


def _scaled(contour: Contour, scale: float) -> list[tuple[float, float]]:
    """Return an outline as (x, y) of a smaller picture, closed."""
    points = [(column * scale, row * scale) for row, column in contour]
    return [*points, points[0]] if len(points) > 2 else []


def _outline(
    pen: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]], *, is_dashed: bool
) -> None:
    """Draw an outline light on a dark line, to be seen on bone and on air."""
    if not points:
        return
    pen.line(list(points), fill="black", width=4, joint="curve")
    for piece in _dashes(points) if is_dashed else [list(points)]:
        pen.line(piece, fill="white", width=2)


def _dashes(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Cut an outline into dashes, which go on around its corners."""
    corners = np.asarray(points, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    pieces = []
    for start in np.arange(0.0, along[-1], _DASH + _GAP):
        end = min(start + _DASH, along[-1])
        inside = (along > start) & (along < end)
        places = np.concatenate([[start], along[inside], [end]])
        xs, ys = (np.interp(places, along, corners[:, axis]) for axis in (0, 1))
        pieces.append([(float(x), float(y)) for x, y in zip(xs, ys, strict=True)])
    return pieces


def _png(drawn: Image.Image) -> bytes:
    """Write a picture as PNG, quickly rather than small."""
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
