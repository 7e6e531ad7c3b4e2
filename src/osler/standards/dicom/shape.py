"""What the header claims about the pixels, checked before memory is spent on it."""

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.uid import UID

from osler.errors import NotReadable, NotSupported, TooLarge
from osler.standards.dicom.groups import number

MAX_PIXELS_BYTES = 2 * 1024**3
FLOAT32_BYTES = 4

_INTEGER_BITS = (1, 8, 16, 32)
_FLOAT_BITS = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}
_SUPPORTED_COLOURS = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
}


@dataclass(frozen=True)
class PixelShape:
    """Size and kind of the pixel data as the header states them."""

    keyword: str
    frames: int
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    photometric_interpretation: str

    def frame_values(self) -> int:
        """Return how many values one decoded frame has."""
        return self.rows * self.columns * self.samples

    def uncompressed_bytes(self) -> int:
        """Return how many bytes all frames need where they are not compressed."""
        values = self.frame_values() * self.frames
        if self.photometric_interpretation == "YBR_FULL_422":
            values = values // 3 * 2
        return (values * self.bits_allocated + 7) // 8

    def stored_range(self) -> tuple[int, int]:
        """Return the smallest and largest integer that Bits Stored allows."""
        if self.signed:
            return (-(2 ** (self.bits_stored - 1)), 2 ** (self.bits_stored - 1) - 1)
        return (0, 2**self.bits_stored - 1)


def shape_of(dataset: Dataset) -> PixelShape:
    """Read the Image Pixel module.

    Raises
    ------
    NotReadable
        An element that decoding needs is missing, is no number, or is zero.
    NotSupported
        A colour space, a number of samples or of bits that Osler does not decode.
    """
    keyword = next((key for key in ("PixelData", *_FLOAT_BITS) if key in dataset), "PixelData")
    bits_allocated = _positive(dataset, "BitsAllocated", default=_FLOAT_BITS.get(keyword))
    samples = _positive(dataset, "SamplesPerPixel", default=1)
    shape = PixelShape(
        keyword=keyword,
        frames=_positive(dataset, "NumberOfFrames", default=1),
        rows=_positive(dataset, "Rows"),
        columns=_positive(dataset, "Columns"),
        samples=samples,
        bits_allocated=bits_allocated,
        bits_stored=_positive(dataset, "BitsStored", default=bits_allocated),
        signed=int(number(dataset, "PixelRepresentation") or 0) == 1,
        photometric_interpretation=_photometric_interpretation(dataset, samples),
    )
    _require_bits(shape)
    return shape


def require_room(shape: PixelShape, *, frames: int, max_pixels_bytes: int) -> None:
    """Refuse pixels that would need more memory than allowed, as float32 or as stored.

    Raises
    ------
    TooLarge
        The frames asked for are larger than the limit.
    """
    each = max(FLOAT32_BYTES, shape.bits_allocated // 8)
    needed = shape.frame_values() * frames * each
    if needed > max_pixels_bytes:
        raise TooLarge(
            f"the header claims {shape.columns} x {shape.rows} pixels, {shape.samples} samples "
            f"and {frames} frames: {needed} bytes decoded, the limit is {max_pixels_bytes}; "
            "check the header, or raise the limit"
        )


def require_native_bytes(shape: PixelShape, held: int) -> None:
    """Refuse uncompressed pixel data that is shorter than the header claims.

    Raises
    ------
    NotReadable
        Bytes are missing.
    """
    needed = shape.uncompressed_bytes()
    if held < needed:
        raise NotReadable(
            f"the pixel data holds {held} bytes, the header describes {needed}; the file is cut "
            "short or its header is wrong, send it again from its source"
        )


def syntax_name(transfer_syntax: UID) -> str:
    """Return a transfer syntax's name with its UID."""
    uid = str.__str__(transfer_syntax)
    return (
        f"transfer syntax {uid}"
        if transfer_syntax.name == uid
        else f"{transfer_syntax.name} ({uid})"
    )


def _photometric_interpretation(dataset: Dataset, samples: int) -> str:
    """Return the colour space where Osler decodes it and it fits the number of samples."""
    found = str(dataset.get("PhotometricInterpretation") or "").strip()
    if not found:
        raise NotReadable(
            "Photometric Interpretation is missing: whether low is dark or bright is not known; "
            "export the image again"
        )
    if found not in _SUPPORTED_COLOURS:
        raise NotSupported(
            f"Photometric Interpretation is {found!r}, Osler decodes "
            f"{', '.join(_SUPPORTED_COLOURS)}; convert the image first"
        )
    if samples != _SUPPORTED_COLOURS[found]:
        raise NotReadable(
            f"Photometric Interpretation {found} with {samples} samples per pixel, expected "
            f"{_SUPPORTED_COLOURS[found]}; the header contradicts itself, export the image again"
        )
    return found


def _require_bits(shape: PixelShape) -> None:
    """Refuse numbers of bits that do not decode."""
    allowed = (_FLOAT_BITS[shape.keyword],) if shape.keyword in _FLOAT_BITS else _INTEGER_BITS
    if shape.bits_allocated not in allowed:
        raise NotSupported(
            f"Bits Allocated is {shape.bits_allocated}, Osler decodes "
            f"{', '.join(str(bits) for bits in allowed)}; convert the image first"
        )
    if shape.bits_stored > shape.bits_allocated:
        raise NotReadable(
            f"Bits Stored is {shape.bits_stored}, more than the {shape.bits_allocated} allocated; "
            "the header contradicts itself, export the image again"
        )


def _positive(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    """Return a whole number above zero; the default where the element is absent or empty."""
    found = number(dataset, keyword)
    if found is None and default is not None:
        return default
    if found is None:
        raise NotReadable(
            f"{keyword} is missing: the pixels cannot be laid out; export the image again"
        )
    if found < 1 or found != int(found):
        raise NotReadable(
            f"{keyword} is {found:g}, expected a whole number above zero; export the image again"
        )
    return int(found)
