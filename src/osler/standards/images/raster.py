"""PNG, JPEG and TIFF to pictures, through Pillow."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from osler.clinical import Instance, Picture
from osler.errors import Misuse, NotReadable, NotSupported, OslerError, TooLarge
from osler.standards.images.kinds import JPEG, PNG, TIFF
from osler.standards.recovered import recovered_faults

Array = npt.NDArray[Any]

_FORMATS = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF"}
_DAMAGE = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
_GREY = ("1", "L", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_COLOUR = ("RGB", "YCbCr")
_WITH_ALPHA = ("LA", "RGBA")
_FLOAT32_BYTES = 4
_WIDTH_TAG = 258
_POLARITY_TAG = 262
_SUBFILE_TAG = 254
_WHITE_IS_ZERO = 0
_REDUCED_COPY = 1
_MOST_PAGES = 4096


@dataclass(frozen=True)
class _Page:
    """One page: its values, and where it has none."""

    values: Array = field(repr=False)
    padding: npt.NDArray[np.bool_] | None = field(repr=False)


def check(content: bytes, media_type: str) -> tuple[str, ...]:
    """Open a file without decoding it; return what will be lost in reading.

    Raises
    ------
    NotReadable
        The header is damaged.
    """
    with _opened(content, media_type) as image:
        if _is_deep_colour(image, content):
            return ("colours of 16 bits per channel are read at 8 bits",)
        return ()


def pictures(
    instance: Instance, *, frames: Sequence[int] | None, max_pixels_bytes: int
) -> tuple[Picture, ...]:
    """Decode the pages of one file.

    Raises
    ------
    NotReadable, NotSupported, TooLarge, Misuse
        As ``osler.standards.images.decode``.
    """
    with _opened(instance.content, instance.media_type) as image:
        pages = _full_pages(image)
        wanted = range(len(pages)) if frames is None else frames
        if not wanted or any(not 0 <= frame < len(pages) for frame in wanted):
            raise Misuse(f"frames {list(wanted)} asked for, the file has 0 to {len(pages) - 1}")
        room, found = max_pixels_bytes, []
        for frame in wanted:
            image.seek(pages[frame])
            room -= _bytes_needed(image, room)
            found.append(_picture(instance, frame, _page(image)))
    return tuple(found)


@contextmanager
def _opened(content: bytes, media_type: str) -> Iterator[Image.Image]:
    """Open a file with the one decoder of its kind; Pillow's errors become ours."""
    with recovered_faults():
        try:
            with Image.open(BytesIO(content), formats=[_FORMATS[media_type]]) as image:
                yield image
        except OslerError:
            raise
        except Image.DecompressionBombError as error:
            raise TooLarge(f"{error}; the image is refused before decoding") from error
        except _DAMAGE as error:
            raise NotReadable(
                f"the {_FORMATS[media_type]} file cannot be decoded ({error}); it is damaged or "
                "cut short, send it again"
            ) from error


def _full_pages(image: Image.Image) -> list[int]:
    """Return the indices of the pages that are no reduced copies of another."""
    count = int(getattr(image, "n_frames", 1))
    if image.format != "TIFF":
        return [0]  # an animated PNG has one picture; its further frames are not slices
    if count > _MOST_PAGES:
        raise TooLarge(f"the TIFF has {count} pages, the limit is {_MOST_PAGES}; split it")
    full = []
    for index in range(count):
        image.seek(index)
        if not int(_tag(image, _SUBFILE_TAG) or 0) & _REDUCED_COPY:
            full.append(index)
    return full or [0]


def _bytes_needed(image: Image.Image, room: int) -> int:
    """Return what a page needs as float32; refuse it where that is more than there is room for."""
    needed = image.width * image.height * len(image.getbands()) * _FLOAT32_BYTES
    if needed > room:
        raise TooLarge(
            f"{image.width} x {image.height} pixels need {needed} bytes, {room} are allowed; "
            "check the file, or raise the limit"
        )
    return needed


def _page(image: Image.Image) -> _Page:
    """Decode the page that the file is positioned at, upright."""
    white_is_zero = _tag(image, _POLARITY_TAG) == _WHITE_IS_ZERO and image.mode.startswith("I;16")
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "P" or "transparency" in upright.info:
        has_alpha = "transparency" in upright.info
        upright = upright.convert("RGBA" if has_alpha else "RGB")
    if upright.mode in _WITH_ALPHA:
        values, padding = _without_alpha(np.asarray(upright))
    elif upright.mode in _COLOUR:
        values, padding = np.asarray(upright.convert("RGB")), None
    elif upright.mode in _GREY:
        values, padding = np.asarray(upright.convert("L") if upright.mode == "1" else upright), None
    else:
        raise NotSupported(
            f"the image is in mode {upright.mode}, Osler reads grey and RGB; convert it to one "
            "of those first"
        )
    if white_is_zero:
        # Pillow turns 1- to 8-bit WhiteIsZero TIFF over, 16-bit it leaves as it is.
        values = np.iinfo(np.uint16).max - values.astype(np.int32)
    return _Page(values, padding)


def _without_alpha(values: Array) -> tuple[Array, npt.NDArray[np.bool_] | None]:
    """Split off an alpha channel that is all opaque, or opaque and clear only."""
    alpha = values[..., -1]
    colours = values[..., 0] if values.shape[-1] == 2 else values[..., :-1]
    if (alpha == 255).all():
        return colours, None
    clear = alpha == 0
    if not (clear | (alpha == 255)).all() or clear.all():
        raise NotSupported(
            "the image has half-transparent pixels, whose grey depends on the background; save "
            "it without transparency"
        )
    return colours, clear


def _picture(instance: Instance, frame: int, page: _Page) -> Picture:
    """Return one page as a picture: one channel where all three are equal."""
    values = page.values
    if values.ndim == 3 and _is_grey(values):
        values = values[..., 0]
    pixels = values.astype(np.float32)
    if pixels.ndim == 3:
        return Picture(instance.uid, frame, pixels, (0.0, 255.0), padding=page.padding)
    if not np.isfinite(pixels).all():
        raise NotReadable("some pixels are no finite numbers; export the image again")
    inside = pixels if page.padding is None else pixels[~page.padding]
    window = (float(inside.min()), float(inside.max()))
    return Picture(instance.uid, frame, pixels, window, padding=page.padding)


def _is_grey(values: Array) -> bool:
    """Tell whether all channels are equal."""
    first = values[..., 0]
    return bool((first == values[..., 1]).all() and (first == values[..., 2]).all())


def _is_deep_colour(image: Image.Image, content: bytes) -> bool:
    """Tell whether a colour file has more bits per channel than Pillow keeps."""
    if image.format == "PNG":
        return content[24] > 8 and content[25] not in (0, 3)
    widths = _tag(image, _WIDTH_TAG)
    return isinstance(widths, tuple) and len(widths) > 1 and max(widths) > 8


def _tag(image: Image.Image, number: int) -> Any:  # noqa: ANN401 - whatever the TIFF tag holds
    """Return a TIFF tag's value, None where it is absent or the file is no TIFF."""
    tags = getattr(image, "tag_v2", None)
    return None if tags is None else tags.get(number)
