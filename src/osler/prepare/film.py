"""One film, whatever it came from, as the square that every chest network was trained on.

The training films exist only as squares of about 224 pixels (aspect ratio not kept), and in
some sets the original size gives the label away. So every film, at training and when a patient
is served, takes the same road: window, squash to 224 x 224, stretch between two percentiles.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from osler.clinical import Picture

SQUARE = 224
STRETCH_PERCENTILES = (0.5, 99.5)
SAME_GREY = 8.0  # channels of a grey picture that was saved in colour differ by no more
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)

Grey = npt.NDArray[np.float32]


def grey_of(picture: Picture) -> Grey:
    """Return a picture as its window shows it, in grey.

    Parameters
    ----------
    picture
        Any picture; colours are weighed by ITU-R BT.601 luma, as JPEG and Pillow do.

    Returns
    -------
    (rows, columns), 0 (black) to 255 (white); padding is black.
    """
    low, high = picture.window
    span = max(high - low, 1e-6)
    pixels = picture.pixels @ LUMA if picture.is_colour() else picture.pixels
    grey: Grey = np.clip((pixels - low) * (255.0 / span), 0.0, 255.0).astype(np.float32)
    if picture.padding is not None:
        grey[picture.padding] = 0.0
    return grey


def squash(grey: Grey, *, size: int = SQUARE) -> Grey:
    """Resize a grey image to a square, whatever its shape.

    Bilinear with the filter widened on reduction (Pillow), as the training films were made.
    """
    rows, columns = grey.shape
    if (rows, columns) == (size, size):
        return np.array(grey, dtype=np.float32)
    image = Image.fromarray(np.ascontiguousarray(grey, dtype=np.float32), mode="F")
    resized = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.float32)


def reduced(picture: Picture, *, longest: int) -> npt.NDArray[np.uint8]:
    """Return a picture in 8 bits, at most ``longest`` pixels a side, its shape kept.

    (rows, columns), or (rows, columns, 3) for one whose channels differ.
    """
    shown = Image.fromarray(np.rint(_as_seen(picture)).astype(np.uint8))
    shown.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return np.asarray(shown, dtype=np.uint8)


def _as_seen(picture: Picture) -> Grey:
    """Return a picture as its window shows it, in colour where it has any."""
    pixels = picture.pixels
    if not picture.is_colour() or float(np.ptp(pixels, axis=2).max()) <= SAME_GREY:
        return grey_of(picture)
    low, high = picture.window
    scaled = (pixels - low) * (255.0 / max(high - low, 1e-6))
    shown: Grey = np.clip(scaled, 0.0, 255.0).astype(np.float32)
    if picture.padding is not None:
        shown[picture.padding] = 0.0
    return shown


def stretch(square: Grey) -> Grey:
    """Map the 0.5th percentile to 0 and the 99.5th to 1, and clip.

    A blank image (both percentiles equal) becomes all zero: the quality gate names it.
    """
    low, high = np.percentile(square, STRETCH_PERCENTILES)
    if high - low < 1.0:
        return np.zeros_like(square)
    stretched: Grey = np.clip((square - low) / (high - low), 0.0, 1.0).astype(np.float32)
    return stretched


def canonical(picture: Picture, *, size: int = SQUARE) -> Grey:
    """Return the square that networks read: (size, size), float32, 0 to 1.

    The film is always reduced to 224 x 224 first, because the training films passed through that
    size, and then to ``size`` where a network wants fewer pixels.
    """
    square = stretch(squash(grey_of(picture)))
    return square if size == SQUARE else squash(square, size=size)
