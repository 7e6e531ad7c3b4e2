"""What models say of an image, where, and what could not be judged."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from osler.clinical.codes import Code, Interval, Quantity
from osler.clinical.identity import InstanceUid, SeriesUid

Map = npt.NDArray[np.float32]
LabelMap = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ModelIdentity:
    """Which package spoke: name, version and the SHA-256 of its graph."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class OperatingPoint:
    """A cut-off on the calibrated probability, with what it was measured to give."""

    name: str
    threshold: float
    sensitivity: Interval
    specificity: Interval


@dataclass(frozen=True)
class Region:
    """One connected place that a model's evidence points to.

    ``contour`` holds (row, column) points in pixels of the picture. ``words`` is the place in
    words ('right lower zone'). ``share`` is the part of the whole evidence that lies here, 0 to 1.
    """

    words: str
    side: str | None
    zone: str | None
    contour: tuple[tuple[float, float], ...]
    peak: tuple[float, float]
    share: float


@dataclass(frozen=True)
class SimilarCases:
    """Of the most similar training cases, how many carried which label."""

    considered: int
    with_label: int


@dataclass(frozen=True)
class Explanation:
    """Where and why: the evidence at the picture's resolution, and what lies in it.

    ``evidence`` is (h, w), float32, 0 to 1, over the whole picture of
    ``instance_uid``. ``share_inside_lungs`` is None where the lungs were not outlined.
    """

    instance_uid: InstanceUid
    evidence: Map = field(repr=False)
    regions: tuple[Region, ...]
    share_inside_lungs: float | None
    similar: SimilarCases | None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """A model's number for one output on one picture.

    ``logit`` is the network's raw score, ``probability`` the calibrated one with its interval,
    ``likelihood_ratio`` calibrated odds over the odds in the calibration set, already limited to
    what that set supports (``limited`` says whether the limit was met). ``prevalence`` is the
    share of positives in the calibration set. ``evidence`` is the class-activation map of this
    output, (h, w), over the whole picture. ``similar`` counts labels of similar training cases.
    ``under_changes`` is the range of the probability when the picture is changed a little, None
    where that was not asked for.
    """

    model: ModelIdentity
    name: str
    instance_uid: InstanceUid
    logit: float
    probability: Interval
    likelihood_ratio: Interval
    limited: bool
    prevalence: float
    evidence: Map = field(repr=False)
    similar: SimilarCases | None = None
    under_changes: Interval | None = None


@dataclass(frozen=True)
class Measurement:
    """A length, ratio or volume measured on one picture, with its 95 % interval."""

    model: ModelIdentity
    code: Code
    display: str
    instance_uid: InstanceUid
    quantity: Quantity
    low: float
    high: float
    comment: str = ""
    source: str = ""


@dataclass(frozen=True)
class Outline:
    """A structure that a package outlined on one picture, or the things of one kind on it.

    ``contours`` are closed lines of (row, column) points in pixels of the picture; a thing that
    was only boxed has the four corners of its box. ``structure`` is the name on the package's
    card, ``count`` how many there are, those beyond the drawn ones included.
    """

    model: ModelIdentity
    structure: str
    code: Code
    display: str
    instance_uid: InstanceUid
    contours: tuple[tuple[tuple[float, float], ...], ...]
    count: int


@dataclass(frozen=True)
class FilmAnalysis:
    """What the packages made of one film, or of any other picture.

    ``shape`` is the picture's (rows, columns). ``parts`` is (3, 224, 224), the probability of
    right lung, left lung and heart on the squashed film, or None where the film was not
    outlined. ``view`` is 'PA', 'AP' or None, and ``view_source`` says where that is from.
    ``measures`` are numbers by name that show, over many films, whether what comes in changes:
    the film's quality, and its distance from what each package that judged it learnt from.
    ``outlines`` and ``measurements`` are what packages of other pictures than chest films drew
    and measured on it.
    """

    instance_uid: InstanceUid
    origin: str
    shape: tuple[int, int]
    parts: Map | None = field(repr=False)
    view: str | None
    view_source: str
    predictions: tuple[Prediction, ...]
    measures: tuple[tuple[str, float], ...] = ()
    series_uid: SeriesUid | None = None
    outlines: tuple[Outline, ...] = ()
    measurements: tuple[Measurement, ...] = ()


@dataclass(frozen=True)
class VolumeAnalysis:
    """What a package outlined in one series of slices.

    ``labels`` is (slices, rows, columns), uint8, on the series' own voxels: 0 is background, then
    the structures of ``names`` in their order. ``shown`` is the slice that holds most of them;
    ``outlines`` lie on it. ``instance_uid`` is that of the series' first object, ``origin`` the
    file name that the user knows it by.
    """

    model: ModelIdentity
    series_uid: SeriesUid
    instance_uid: InstanceUid
    origin: str
    names: tuple[str, ...]
    labels: LabelMap = field(repr=False)
    shown: int
    outlines: tuple[Outline, ...]
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True)
class NotAssessed:
    """Something that was not judged, by which gate, and the reason in a sentence.

    ``name`` is the output concerned, or None when the whole model did not look. ``origin`` is the
    file name of the image, where one image is meant.
    """

    model: str
    gate: str
    reason: str
    name: str | None = None
    instance_uid: InstanceUid | None = None
    origin: str | None = None


@dataclass(frozen=True)
class FilmScore:
    """What one film of a study gave for a finding, before films were combined."""

    instance_uid: InstanceUid
    origin: str
    probability: Interval


@dataclass(frozen=True)
class Finding:
    """A statement about the patient: one output of one model over all films of the study.

    ``needs_pretest`` is True where the probability means nothing for this patient until it is
    weighed with a pre-test probability that somebody states: the model learnt from a set in which
    patients and healthy people were put together by design. ``not_ruled_out`` is 'present',
    'absent', 'present or absent' or 'neither': what remains at ``coverage``, the share of the ill
    and of the well whose set holds the truth; '' where the package states none.
    ``under_changes`` is the range of the probability when the pictures are changed a little, None
    where that was not asked for.
    """

    model: ModelIdentity
    name: str
    code: Code
    display: str
    probability: Interval
    likelihood_ratio: Interval
    limited: bool
    prevalence: float
    operating_point: OperatingPoint
    positive: bool
    certainty: str
    explanation: Explanation | None = None
    films: tuple[FilmScore, ...] = ()
    combined_by: str = ""
    needs_pretest: bool = False
    not_ruled_out: str = ""
    coverage: float | None = None
    under_changes: Interval | None = None
