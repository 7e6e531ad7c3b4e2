"""Where a frame lies in the patient, as its header states it."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from osler.errors import WrongGeometry
from osler.standards.dicom.groups import frame_group, numbers

Vector = npt.NDArray[np.float64]

_UNIT_TOLERANCE = 1e-3


class _Element(NamedTuple):
    """An element of the geometry, and the functional group that may hold it."""

    group: str
    keyword: str
    length: int


_POSITION = _Element("PlanePositionSequence", "ImagePositionPatient", 3)
_ORIENTATION = _Element("PlaneOrientationSequence", "ImageOrientationPatient", 6)
_SPACING = _Element("PixelMeasuresSequence", "PixelSpacing", 2)


@dataclass(frozen=True)
class Placement:
    """Position and directions of one frame in LPS millimetres.

    ``origin`` is the centre of the first pixel. ``along_row`` is the direction in which the
    column index grows, ``along_column`` that in which the row index grows, both of unit length.
    ``spacing_mm`` is (row spacing, column spacing).
    """

    origin: Vector = field(repr=False)
    along_row: Vector = field(repr=False)
    along_column: Vector = field(repr=False)
    spacing_mm: tuple[float, float]
    frame_of_reference: str | None

    def normal(self) -> Vector:
        """Return the unit vector across the frame."""
        return np.cross(self.along_row, self.along_column)

    def depth_mm(self) -> float:
        """Return the position along the frame's own normal."""
        return float(self.origin @ self.normal())


def placement_of(dataset: Dataset, frame: int) -> Placement:
    """Read position, orientation and spacing of one frame.

    Raises
    ------
    WrongGeometry
        One of them is missing or malformed.

    References
    ----------
    DICOM PS3.3 C.7.6.2.1.1, C.7.6.16.2.3, C.7.6.16.2.4.
    """
    position = _read(dataset, frame, _POSITION)
    orientation = _read(dataset, frame, _ORIENTATION)
    spacing = _read(dataset, frame, _SPACING)
    along_row, along_column = orientation[:3], orientation[3:]
    lengths = (np.linalg.norm(along_row), np.linalg.norm(along_column))
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1)) > _UNIT_TOLERANCE or (
        abs(float(along_row @ along_column)) > _UNIT_TOLERANCE
    ):
        raise WrongGeometry(
            "Image Orientation (Patient) is not two unit vectors at a right angle; the slice "
            "cannot be placed, export the series again"
        )
    if spacing.min() <= 0:
        raise WrongGeometry("Pixel Spacing is not above zero; export the series again")
    return Placement(
        origin=position,
        along_row=along_row / lengths[0],
        along_column=along_column / lengths[1],
        spacing_mm=(float(spacing[0]), float(spacing[1])),
        frame_of_reference=str(dataset.get("FrameOfReferenceUID") or "") or None,
    )


def _read(dataset: Dataset, frame: int, wanted: _Element) -> Vector:
    """Return the numbers of an element that stands per frame, shared, or at the top."""
    found = numbers(frame_group(dataset, frame, wanted.group), wanted.keyword)
    if not found:
        found = numbers(dataset, wanted.keyword)
    if len(found) != wanted.length:
        state = "missing" if not found else f"{len(found)} numbers"
        raise WrongGeometry(
            f"{wanted.keyword} is {state}, need {wanted.length} numbers; the slice cannot be "
            "placed and no position is invented, export the series again"
        )
    return np.array(found, dtype=np.float64)
