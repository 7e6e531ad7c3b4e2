"""A series of parallel slices to one volume with its place in the patient."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from osler.clinical import Instance, Volume
from osler.errors import Misuse, NotSupported, TooLarge, WrongGeometry, WrongUnit
from osler.standards.dicom.faults import about
from osler.standards.dicom.frames import stored_frames
from osler.standards.dicom.grey import HOUNSFIELD, filled, measured
from osler.standards.dicom.parsing import parse
from osler.standards.dicom.placement import Placement, Vector, placement_of
from osler.standards.dicom.shape import MAX_PIXELS_BYTES, PixelShape, require_room, shape_of
from osler.standards.recovered import recovered_faults

# Positions are decimal strings; a hundredth of a millimetre is far below any slice spacing, and
# one hundredth of the spacing below anything that changes a measurement in the report.
_POSITION_TOLERANCE_MM = 0.01
_POSITION_TOLERANCE_SHARE = 0.01
_DIRECTION_TOLERANCE = 1e-3
_SPACING_TOLERANCE_MM = 1e-3


@dataclass(frozen=True)
class _Slice:
    """One decoded frame, where it lies, and the unit of its values."""

    values: npt.NDArray[np.float32] = field(repr=False)
    placement: Placement
    unit: str | None


def to_volume(instances: Sequence[Instance], *, max_pixels_bytes: int = MAX_PIXELS_BYTES) -> Volume:
    """Stack the slices of one series.

    Parameters
    ----------
    instances
        All of one series, in any order: single slices, or enhanced multi-frame objects.
    max_pixels_bytes
        What the whole volume may need.

    Returns
    -------
    Slices in order of their position along the normal of Image Orientation (Patient), spaced as
    their positions say (Slice Thickness is not looked at). Values are those of the modality,
    without window and not turned over.

    Raises
    ------
    WrongGeometry
        Positions are missing, equal, irregular, not parallel or not in one frame of reference;
        or there are fewer than two slices.
    WrongUnit
        Slices state different rescale types.
    NotSupported
        The slices are in colour, or are no images.
    Misuse
        The instances are of several series, or there are none.
    NotReadable, TooLarge
        As ``decode``.
    """
    series = {instance.series_uid for instance in instances}
    if len(series) != 1:
        raise Misuse(f"instances of {len(series)} series given, a volume is made from one")
    slices: list[_Slice] = []
    room = max_pixels_bytes
    for instance in instances:
        read, needed = _slices_of(instance, room=room)
        slices += read
        room -= needed
    ordered = sorted(slices, key=lambda each: each.placement.depth_mm())
    step = _step(ordered)
    _require_one_unit(ordered)
    first = ordered[0].placement
    affine = np.eye(4)
    affine[:3, 0] = step
    affine[:3, 1] = first.along_column * first.spacing_mm[0]
    affine[:3, 2] = first.along_row * first.spacing_mm[1]
    affine[:3, 3] = first.origin
    unit = ordered[0].unit
    return Volume(
        series_uid=instances[0].series_uid,
        voxels=np.stack([each.values for each in ordered]),
        affine=affine,
        measured=HOUNSFIELD if unit == HOUNSFIELD else None,
    )


def _slices_of(instance: Instance, *, room: int) -> tuple[list[_Slice], int]:
    """Decode one instance; also return the bytes that its frames need."""
    with about(instance.origin), recovered_faults():
        if not instance.has_pixels:
            raise NotSupported("the object holds no pixels; give only images of the series")
        dataset = parse(instance.content, origin=instance.origin).dataset
        shape = shape_of(dataset)
        _require_grey(shape)
        placements = [placement_of(dataset, frame) for frame in range(shape.frames)]
        try:
            require_room(shape, frames=shape.frames, max_pixels_bytes=room)
        except TooLarge as error:
            raise TooLarge(f"the volume is larger than allowed at this slice: {error}") from error
        slices = []
        stored = stored_frames(dataset, shape, range(shape.frames))
        for frame, (array, placement) in enumerate(zip(stored, placements, strict=True)):
            found = filled(measured(dataset, shape, array, frame=frame))
            slices.append(_Slice(found.values, placement, found.unit))
    return slices, 4 * shape.frame_values() * shape.frames


def _require_grey(shape: PixelShape) -> None:
    """Refuse colour."""
    if not shape.photometric_interpretation.startswith("MONOCHROME"):
        raise NotSupported(
            f"Photometric Interpretation is {shape.photometric_interpretation}, a volume is made "
            "from grey slices only"
        )


def _step(ordered: list[_Slice]) -> Vector:
    """Return the vector from each slice to the next, having checked that there is just one."""
    if len(ordered) < 2:
        raise WrongGeometry(
            "one slice: the distance to the next is not known; need at least two slices"
        )
    _require_parallel(ordered)
    origins = np.stack([each.placement.origin for each in ordered])
    depths = np.array([each.placement.depth_mm() for each in ordered])
    gaps = np.diff(depths)
    if gaps.min() < _POSITION_TOLERANCE_MM:
        raise WrongGeometry(
            f"{int((gaps < _POSITION_TOLERANCE_MM).sum())} slices lie where another slice lies; "
            "the series holds repeats, phases or echoes, split it first"
        )
    step: Vector = (origins[-1] - origins[0]) / (len(ordered) - 1)
    expected = origins[0] + np.arange(len(ordered))[:, np.newaxis] * step
    worst = float(np.abs(origins - expected).max())
    if worst > max(_POSITION_TOLERANCE_MM, _POSITION_TOLERANCE_SHARE * float(np.mean(gaps))):
        raise WrongGeometry(
            f"slices are {gaps.min():.3f} to {gaps.max():.3f} mm apart and up to {worst:.3f} mm "
            "off a regular grid; a slice is missing or the series is irregular, send it complete "
            "or resample it first"
        )
    return step


def _require_parallel(ordered: list[_Slice]) -> None:
    """Refuse slices that differ in direction, size, spacing or frame of reference."""
    first = ordered[0]
    for each in ordered[1:]:
        one, other = first.placement, each.placement
        turned = max(
            float(np.abs(one.along_row - other.along_row).max()),
            float(np.abs(one.along_column - other.along_column).max()),
        )
        if turned > _DIRECTION_TOLERANCE:
            raise WrongGeometry("slices are not parallel; take the localizer out of the series")
        if each.values.shape != first.values.shape:
            raise WrongGeometry(
                f"slices of {first.values.shape} and of {each.values.shape} pixels in one series; "
                "need one size"
            )
        if not np.allclose(one.spacing_mm, other.spacing_mm, atol=_SPACING_TOLERANCE_MM):
            raise WrongGeometry("slices differ in Pixel Spacing; need one spacing")
        if one.frame_of_reference != other.frame_of_reference:
            raise WrongGeometry("slices lie in several frames of reference; need one")


def _require_one_unit(ordered: list[_Slice]) -> None:
    """Refuse slices of several rescale types."""
    units = sorted({each.unit or "none" for each in ordered})
    if len(units) > 1:
        raise WrongUnit(
            f"Rescale Type is {', '.join(units)} within one series, need one; split the series"
        )
