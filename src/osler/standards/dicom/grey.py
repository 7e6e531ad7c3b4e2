"""Stored grey values to what a film viewer shows: modality, window or table, then polarity."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from osler.errors import NotReadable
from osler.standards.dicom.frames import Stored
from osler.standards.dicom.groups import first_item, frame_group, number
from osler.standards.dicom.lookup import has_table, table_of
from osler.standards.dicom.shape import PixelShape
from osler.standards.dicom.windows import window_of

HOUNSFIELD = "HU"

Values = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Range = tuple[float, float]


@dataclass(frozen=True)
class Measured:
    """One frame after the Modality LUT.

    ``range`` is what the values could span, ``unit`` the Rescale Type where it is stated.
    """

    values: Values = field(repr=False)
    range: Range
    unit: str | None


@dataclass(frozen=True)
class Shown:
    """One frame as shown: values, the values shown as darkest and brightest, and the unit."""

    values: Values = field(repr=False)
    window: Range
    unit: str | None


def measured(dataset: Dataset, shape: PixelShape, stored: Stored, *, frame: int) -> Measured:
    """Apply the Modality LUT, or the frame's rescale.

    Raises
    ------
    NotReadable
        The rescale or the table cannot be used.

    References
    ----------
    DICOM PS3.3 C.11.1, C.7.6.16.2.9.
    """
    item = first_item(dataset, "ModalityLUTSequence")
    if has_table(item):
        table = table_of(item, dataset)
        unit = str(item.get("ModalityLUTType") or "").strip() or None
        return Measured(table.apply(stored).astype(np.float32), table.range(), unit)
    low, high = _stored_range(shape, stored)
    group = frame_group(dataset, frame, "PixelValueTransformationSequence")
    slope, intercept = number(group, "RescaleSlope"), number(group, "RescaleIntercept")
    if slope is None or intercept is None:
        return Measured(stored.astype(np.float32), (low, high), None)
    if slope == 0:
        raise NotReadable(
            "Rescale Slope is 0, which makes every pixel equal; the header is damaged, export "
            "the image again"
        )
    values = (stored.astype(np.float64) * slope + intercept).astype(np.float32)
    ends = sorted((low * slope + intercept, high * slope + intercept))
    return Measured(values, (ends[0], ends[1]), _rescale_type(dataset, group))


def shown(
    dataset: Dataset, shape: PixelShape, found: Measured, *, frame: int, padding: Mask | None
) -> Shown:
    """Apply the VOI LUT and turn MONOCHROME1 over.

    A window only names a range of the values. A VOI LUT sequence or a sigmoid bends them, so it
    is applied, and the window is then the range of its output; a table goes before a window
    where both are stated. Hounsfield units are never bent or turned over: they are a measure of
    density already.

    References
    ----------
    DICOM PS3.3 C.11.2.
    """
    in_hounsfield = found.unit == HOUNSFIELD
    bent = found if in_hounsfield else _bent(dataset, found, frame)
    window = None if bent is not found else _window(dataset, frame)
    if window is None:
        window = bent.range if bent is not found else data_range(bent.values, padding)
    if shape.photometric_interpretation == "MONOCHROME1" and not in_hounsfield:
        # Turned about the middle of what the values could span, so that equal exposures of
        # one detector stay equal, and the window turns with them.
        both_ends = sum(bent.range)
        turned = np.float32(both_ends) - bent.values
        return Shown(turned, (both_ends - window[1], both_ends - window[0]), None)
    return Shown(bent.values, window, HOUNSFIELD if in_hounsfield else None)


def padding_of(dataset: Dataset, shape: PixelShape, stored: Stored) -> Mask | None:
    """Return where the header says that there is no image; None where it names nothing.

    Values that are not finite (float pixel data) count as no image.

    References
    ----------
    DICOM PS3.3 C.7.5.1.1.2 (Pixel Padding Value and Range Limit).
    """
    finite = np.isfinite(stored) if stored.dtype.kind == "f" else None
    mask = None if finite is None or finite.all() else ~finite
    prefix = shape.keyword.removesuffix("PixelData")
    names = (f"{prefix}PixelPaddingValue", f"{prefix}PixelPaddingRangeLimit")
    ends = [_as_stored(number(dataset, name), shape) for name in names]
    if ends[0] is None:
        return mask
    low, high = sorted((ends[0], ends[0] if ends[1] is None else ends[1]))
    named: Mask = (stored >= low) & (stored <= high)
    return named if mask is None else named | mask


def data_range(values: Values, padding: Mask | None) -> Range:
    """Return the smallest and largest value that is not padding; of all, where all is padding."""
    inside = values if padding is None or padding.all() else values[~padding]
    return (float(inside.min()), float(inside.max()))


def filled(found: Measured) -> Measured:
    """Put the smallest finite value where a value is not finite (it is marked as padding).

    Raises
    ------
    NotReadable
        No value is finite.
    """
    finite = np.isfinite(found.values)
    if finite.all():
        return found
    if not finite.any():
        raise NotReadable("no pixel is a finite number; the file is damaged, export it again")
    low = found.values[finite].min()
    return replace(found, values=np.where(finite, found.values, low).astype(np.float32))


def _bent(dataset: Dataset, found: Measured, frame: int) -> Measured:
    """Apply a VOI LUT sequence or a sigmoid; the same object where there is neither."""
    group = frame_group(dataset, frame, "FrameVOILUTSequence")
    item = first_item(group, "VOILUTSequence")
    if has_table(item):
        table = table_of(item, dataset)
        return Measured(table.apply(found.values).astype(np.float32), table.range(), None)
    window = window_of(dataset, frame)
    if window is None or window.function != "SIGMOID":
        return found
    steps = -4.0 * (found.values.astype(np.float64) - window.center) / window.width
    curve = 1.0 / (1.0 + np.exp(np.clip(steps, -700, 700)))
    return Measured(curve.astype(np.float32), (0.0, 1.0), None)


def _window(dataset: Dataset, frame: int) -> Range | None:
    """Return the range of the stated window."""
    window = window_of(dataset, frame)
    return None if window is None else window.range()


def _stored_range(shape: PixelShape, stored: Stored) -> Range:
    """Return what stored values can span: by Bits Stored, for floats by the data."""
    if stored.dtype.kind != "f":
        low, high = shape.stored_range()
        return (float(low), float(high))
    finite = stored[np.isfinite(stored)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _rescale_type(dataset: Dataset, group: Dataset) -> str | None:
    """Return the unit after rescale: as stated, or HU for CT that is no localizer.

    References
    ----------
    DICOM PS3.3 C.8.2.1.1.2: rescaled CT values are Hounsfield units unless it says otherwise.
    """
    stated = str(group.get("RescaleType") or "").strip()
    if stated:
        return stated
    is_localizer = "LOCALIZER" in str(dataset.get("ImageType") or "").upper()
    is_ct = str(dataset.get("Modality") or "").strip() == "CT"
    return HOUNSFIELD if is_ct and not is_localizer else None


def _as_stored(padding: float | None, shape: PixelShape) -> float | None:
    """Read a padding value with the sign of the pixels, whatever VR it was written with."""
    if padding is None or shape.keyword != "PixelData":
        return padding
    span = 2**16
    if shape.signed and padding > 32767 and shape.bits_allocated <= 16:
        return padding - span
    if not shape.signed and padding < 0:
        return padding + span
    return padding
