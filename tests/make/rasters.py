"""Builders of picture files in memory, for tests."""

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image


def a_picture_file(pixels: npt.NDArray[Any], kind: str = "PNG", **options: object) -> bytes:
    """Return the bytes of a PNG, JPEG or TIFF with these pixels."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def some_grey(dtype: type = np.uint8) -> npt.NDArray[Any]:
    """Return 4 x 6 values that are all different and use the whole range."""
    ramp: npt.NDArray[Any] = np.linspace(0, np.iinfo(dtype).max, 24).astype(dtype)
    return ramp.reshape(4, 6)
