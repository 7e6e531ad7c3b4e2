"""Studies, series, instances, and the pixels decoded from them."""

from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from osler.clinical.identity import InstanceUid, Patient, SeriesUid, StudyUid

Pixels = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Instance:
    """One object as it came in: its bytes, and what its header states. Not stated is None.

    ``media_type`` says how to read ``content``: application/dicom, image/png, image/jpeg,
    image/tiff or application/nifti. ``origin`` is the file name that the user knows it by, with
    the member's name behind it for an archive. ``warnings`` are faults that reading recovered
    from. ``has_pixels`` is False for documents, structures and waveforms. ``frames`` is how many
    pictures the object says it holds. ``studied_at`` is the study's date and time in UTC where
    the header states both; a header without a time zone is taken at its word as UTC.
    """

    uid: InstanceUid
    series_uid: SeriesUid
    study_uid: StudyUid
    origin: str
    media_type: str
    content: bytes = field(repr=False)
    has_pixels: bool
    patient: Patient = field(default_factory=Patient)
    modality: str | None = None
    sop_class: str | None = None
    body_part: str | None = None
    view_position: str | None = None
    study_date: date | None = None
    studied_at: datetime | None = None
    study_description: str | None = None
    series_description: str | None = None
    accession_number: str | None = None
    institution: str | None = None
    manufacturer: str | None = None
    instance_number: int | None = None
    burned_in_annotation: bool | None = None
    frames: int = 1
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """Instances of one series, in the order they were acquired or lie in space."""

    uid: SeriesUid
    instances: tuple[Instance, ...]


@dataclass(frozen=True)
class Study:
    """One examination of one patient."""

    uid: StudyUid
    patient: Patient
    series: tuple[Series, ...]
    study_date: date | None = None
    studied_at: datetime | None = None

    def instances(self) -> tuple[Instance, ...]:
        """Return all instances, series by series."""
        return tuple(instance for series in self.series for instance in series.instances)


@dataclass(frozen=True)
class Picture:
    """One two-dimensional image, ready to show: low is dark on a film viewer's screen.

    Attributes
    ----------
    pixels
        (rows, columns) or (rows, columns, 3), float32. ``measured`` says the unit of a
        one-channel picture: 'HU' for Hounsfield units, else None. Modality LUT and rescale are
        applied, and MONOCHROME1 is turned over, so that bright is dense on every film.
    window
        (low, high) in the units of ``pixels``: the range that the header's VOI LUT or window
        shows; for a picture without one, the smallest and largest pixel that is not padding.
    padding
        (rows, columns), True where the header says that there is no image; None where it
        names none.
    spacing_mm
        (row spacing, column spacing) where the header gives one.
    """

    instance_uid: InstanceUid
    frame: int
    pixels: Pixels = field(repr=False)
    window: tuple[float, float]
    measured: str | None = None
    padding: Mask | None = field(default=None, repr=False)
    spacing_mm: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] != 3) or 0 in shape:
            raise ValueError(f"pixels must be (rows, columns) or (rows, columns, 3), got {shape}")

    def is_colour(self) -> bool:
        """Tell whether the picture has three channels."""
        return self.pixels.ndim == 3


@dataclass(frozen=True)
class Volume:
    """A stack of parallel slices with its place in the patient.

    Attributes
    ----------
    voxels
        (slices, rows, columns), float32, HU where ``measured`` is 'HU'.
    affine
        (4, 4): voxel index (slice, row, column, 1) to millimetres in LPS patient axes.
    """

    series_uid: SeriesUid
    voxels: Pixels = field(repr=False)
    affine: npt.NDArray[np.float64]
    measured: str | None = None
