"""Outlines of a data set as squares beside the films."""

import io
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from osler.clinical import Picture
from osler.errors import InputRefused
from osler.learn.datasets.table import DataSet, Row
from osler.prepare.film import SQUARE

Masks = npt.NDArray[np.uint8]
RIGHT, LEFT, HEART = 1, 2, 4


def part_masks(dataset: DataSet) -> Masks:
    """Return right lung, left lung, heart and their union: (rows, 4, 224, 224), 0 or 1.

    The mask files hold bit flags: 1 right lung, 2 left lung, 4 heart; structures may overlap.
    """
    out = np.zeros((len(dataset.rows), 4, SQUARE, SQUARE), dtype=np.uint8)
    for i, row in enumerate(dataset.rows):
        flags = np.asarray(Image.open(_beside(dataset, row, row.columns["mask"])))
        for part, flag in enumerate((RIGHT, LEFT, HEART)):
            out[i, part] = _to_square((flags & flag) > 0)
        out[i, 3] = out[i, :3].max(axis=0)
    return out


def union_masks(dataset: DataSet, archive: Path) -> Masks:
    """Return masks in which only the union of lungs and heart is drawn: (rows, 4, 224, 224).

    The archive's masks hold 255 for lung, heart region included, and 127 for a device.
    """
    out = np.zeros((len(dataset.rows), 4, SQUARE, SQUARE), dtype=np.uint8)
    with zipfile.ZipFile(archive) as members:
        for i, row in enumerate(dataset.rows):
            content = members.read(row.columns["lung_mask"])
            grey = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
            out[i, 3] = _to_square(grey > 100)
    return out


def _beside(dataset: DataSet, row: Row, name: str) -> Path:
    """Return the path of a mask, which must lie inside the data set."""
    path = (dataset.folder / name).resolve()
    if not path.is_relative_to(dataset.folder.resolve()) or not path.is_file():
        raise InputRefused(f"{row.path.name}: mask {name!r} is not a file inside the data set")
    return path


def _to_square(mask: npt.NDArray[np.bool_]) -> Masks:
    """Resize a mask to the square, keeping the half-covered pixels."""
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    if image.size != (SQUARE, SQUARE):
        image = image.resize((SQUARE, SQUARE), Image.Resampling.BILINEAR)
    return (np.asarray(image) >= 128).astype(np.uint8)


def read_mask(folder: Path, name: str, *, picture: Picture) -> npt.NDArray[np.bool_]:
    """Read a mask of a picture's shape; anything above half of white is set."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise InputRefused(f"mask {name!r} is not a file inside the data set")
    try:
        grey = np.asarray(Image.open(path).convert("L"))
    except (UnidentifiedImageError, OSError) as error:
        raise InputRefused(f"mask {name}: cannot be read; save it anew as PNG") from error
    if grey.shape != picture.pixels.shape[:2]:
        raise InputRefused(
            f"mask {name} has {grey.shape[0]} x {grey.shape[1]} pixels and its picture "
            f"{picture.pixels.shape[0]} x {picture.pixels.shape[1]}; expected the same"
        )
    kept: npt.NDArray[np.bool_] = grey > 127
    return kept
