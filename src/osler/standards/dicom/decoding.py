"""DICOM objects to pictures."""

import logging
from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset

from osler.clinical import Instance, Picture
from osler.errors import Misuse, NotSupported
from osler.standards.dicom.faults import about
from osler.standards.dicom.frames import Stored, stored_frames
from osler.standards.dicom.grey import filled, measured, padding_of, shown
from osler.standards.dicom.lookup import colours_of
from osler.standards.dicom.parsing import parse
from osler.standards.dicom.shape import MAX_PIXELS_BYTES, PixelShape, require_room, shape_of
from osler.standards.dicom.spacing import spacing_of
from osler.standards.recovered import recovered_faults

logger = logging.getLogger(__name__)


def decode(
    instance: Instance,
    *,
    frames: Sequence[int] | None = None,
    max_pixels_bytes: int = MAX_PIXELS_BYTES,
) -> tuple[Picture, ...]:
    """Decode an object into one picture per frame.

    Parameters
    ----------
    instance
        From ``read_instance``.
    frames
        The frames wanted, the first being 0; all where None.
    max_pixels_bytes
        What the decoded frames may need, as float32 or as stored, whichever is more.

    Returns
    -------
    The pictures in the order asked for. Grey is turned so that bright is dense; colours are RGB
    with the window 0 to the largest value that a channel can take.

    Raises
    ------
    NotSupported
        There are no pixels, or no free codec decodes them.
    NotReadable
        The pixel data or the header is damaged, cut short or contradicts itself.
    TooLarge
        The header claims more than ``max_pixels_bytes``.
    Misuse
        A frame is asked for that is not there.
    """
    if not instance.has_pixels:
        raise NotSupported(
            f"{instance.origin}: the object holds no pixels (SOP class {instance.sop_class}); "
            "only images can be looked at"
        )
    with about(instance.origin), recovered_faults() as faults:
        dataset = parse(instance.content, origin=instance.origin).dataset
        shape = shape_of(dataset)
        indices = _indices(frames, shape)
        require_room(shape, frames=len(indices), max_pixels_bytes=max_pixels_bytes)
        pictures = tuple(
            _picture(instance, dataset, shape, stored=stored, frame=frame)
            for frame, stored in zip(indices, stored_frames(dataset, shape, indices), strict=True)
        )
    if faults:
        logger.info("decoding read past %d faults", len(faults))
    return pictures


def decode_first(instance: Instance, *, max_pixels_bytes: int = MAX_PIXELS_BYTES) -> Picture:
    """Decode the first frame only; see ``decode``."""
    return decode(instance, frames=(0,), max_pixels_bytes=max_pixels_bytes)[0]


def _indices(frames: Sequence[int] | None, shape: PixelShape) -> tuple[int, ...]:
    """Return the frames to decode."""
    if frames is None:
        return tuple(range(shape.frames))
    missing = [frame for frame in frames if not 0 <= frame < shape.frames]
    if missing or not frames:
        raise Misuse(
            f"frames {missing} asked for, the object has frames 0 to {shape.frames - 1}; "
            "ask for at least one of those"
        )
    return tuple(frames)


def _picture(
    instance: Instance, dataset: Dataset, shape: PixelShape, *, stored: Stored, frame: int
) -> Picture:
    """Return one frame as it is shown."""
    spacing_mm = spacing_of(dataset, frame)
    if stored.ndim == 3 or shape.photometric_interpretation == "PALETTE COLOR":
        if stored.ndim == 3:
            colours, largest = stored.astype(np.float32), float(2**shape.bits_stored - 1)
        else:
            colours, largest = colours_of(stored, dataset)
        return Picture(instance.uid, frame, colours, (0.0, largest), spacing_mm=spacing_mm)
    padding = padding_of(dataset, shape, stored)
    values = filled(measured(dataset, shape, stored, frame=frame))
    result = shown(dataset, shape, values, frame=frame, padding=padding)
    return Picture(
        instance_uid=instance.uid,
        frame=frame,
        pixels=result.values,
        window=result.window,
        measured=result.unit,
        padding=padding,
        spacing_mm=spacing_mm,
    )
