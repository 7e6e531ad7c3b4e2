"""A model package's card: the strict, versioned statement of what it is and how good it is."""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from osler.clinical import Code, Interval, OperatingPoint
from osler.errors import NotFound, NotReadable
from osler.prepare.picture import PictureContract

Kind = TypeVar("Kind", bound=BaseModel)
SCHEMA_VERSION: Literal[1] = 1
UNFITTED = "gates not fitted"  # a gate card with this note: the package does not load
Task = Literal["classification", "anatomy", "picture", "detection", "volume"]


class Part(BaseModel):
    """A frozen part of the card in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Estimate(Part):
    """A measured value with its 95 % interval (bootstrap by patient)."""

    value: float
    low: float
    high: float

    def interval(self) -> Interval:
        """Return it as the clinical value."""
        return Interval(self.value, self.low, self.high)

    @classmethod
    def of(cls, interval: Interval | None) -> "Estimate | None":
        """Return the card's form of an interval; None stays None (not defined)."""
        if interval is None:
            return None
        return cls(value=interval.value, low=interval.low, high=interval.high)


class Population(Part):
    """For whom the package is meant; ages in years at the study's date."""

    description: str
    min_age_years: float
    max_age_years: float
    kind: Literal["adult", "child", "any"]


class IntendedUse(Part):
    """What a package is for, and what it is not for."""

    statement: str
    population: Population
    setting: str
    user: str
    not_for: tuple[str, ...]


class InputContract(Part):
    """What an image must be to be scored. An empty tuple of modalities accepts no header.

    ``subject`` is what the image shows, in the words of a refusal. ``views`` is empty where no
    view is asked for. ``fit``, ``scaling``, ``crop`` and ``window_hu`` are those of
    `osler.prepare.picture.PictureContract`; chest films take a road of their own. For a volume
    ``size`` is unused: ``window`` gives the (slices, rows, columns) that the network reads at
    once, ``spacing_mm`` the millimetres between their centres, and ``extent_mm`` the least and
    the most that a side of the volume may measure.
    """

    name: Literal["image", "volume"] = "image"
    subject: str = "frontal chest film"
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    views: tuple[str, ...]
    size: int
    channels: Literal[1, 3] = 1
    colour: Literal["grey", "rgb"] = "grey"
    intensity: str
    geometry: str
    min_pixels: int
    fit: Literal["squash", "pad"] = "squash"
    scaling: Literal["stretch", "range"] = "stretch"
    crop: Literal["none", "field"] = "none"
    window_hu: tuple[float, float] | None = None
    window: tuple[int, int, int] | None = None
    spacing_mm: tuple[float, float, float] | None = None
    extent_mm: tuple[float, float] | None = None

    def picture(self) -> PictureContract:
        """Return how a picture becomes the network's input."""
        return PictureContract(
            size=self.size,
            channels=self.channels,
            fit=self.fit,
            scaling=self.scaling,
            crop=self.crop,
            window_hu=self.window_hu,
        )


class OperatingPointCard(Part):
    """A cut-off on the calibrated probability and what it gave on out-of-fold patients."""

    name: str
    chosen_for: str
    threshold: float
    sensitivity: Estimate
    specificity: Estimate

    def value(self) -> OperatingPoint:
        """Return it as the clinical value."""
        return OperatingPoint(
            self.name, self.threshold, self.sensitivity.interval(), self.specificity.interval()
        )


class CalibrationCard(Part):
    """Calibrated log-odds = slope x logit + intercept; the set that it was fitted on."""

    slope: float
    intercept: float
    films: int
    positives: int
    prevalence: float
    likelihood_ratio_low: float
    likelihood_ratio_high: float
    interval_coverage: float
    interval_method: str


class ConformalCard(Part):
    """Class-conditional conformal cut-offs on the calibrated probability."""

    coverage: float
    present_from: float
    absent_up_to: float


class SeriesCard(Part):
    """What an output of slices says of the patient: fitted on whole series, one a patient."""

    calibration: CalibrationCard
    conformal: ConformalCard
    operating_points: tuple[OperatingPointCard, ...] = Field(min_length=3)

    def operating_point(self, name: str) -> OperatingPoint:
        """Return the operating point of a name."""
        return _point(self.operating_points, name, of="a series")


def _point(points: tuple[OperatingPointCard, ...], name: str, *, of: str) -> OperatingPoint:
    """Return the operating point of a name."""
    for point in points:
        if point.name == name:
            return point.value()
    raise NotFound(f"{of} has no operating point {name!r}")


class OutputCard(Part):
    """One output, and whether it is shown or only *not assessed*."""

    name: str
    display: str
    system: str
    code: str
    positive_labels: tuple[str, ...] = ()
    shipped: bool
    needs_pretest: bool = False
    not_assessed_reason: str | None = None
    calibration: CalibrationCard
    conformal: ConformalCard
    operating_points: tuple[OperatingPointCard, ...] = Field(min_length=3)
    series: SeriesCard | None = None

    def code_value(self) -> Code:
        """Return the output's code."""
        return Code(self.system, self.code, self.display)

    def operating_point(self, name: str) -> OperatingPoint:
        """Return the operating point of a name."""
        return _point(self.operating_points, name, of=f"output {self.name}")


class StructureCard(Part):
    """One structure that a package outlines, or one kind of thing that it counts.

    ``threshold`` is the probability from which a pixel or a box is taken for it; ``measure`` says
    what is measured of an outline: its area, or what vessels are measured by.
    """

    name: str
    display: str
    system: str
    code: str
    threshold: float = 0.5
    measure: Literal["area", "vessels"] = "area"
    shipped: bool = True
    not_assessed_reason: str | None = None

    def code_value(self) -> Code:
        """Return the structure's code."""
        return Code(self.system, self.code, self.display)


class DataCard(Part):
    """One data set that went in."""

    name: str
    use: str
    source: str
    licence: str
    films: int
    patients: int
    splits: tuple[str, ...]
    positives: dict[str, int]
    fingerprint: str


class OutputEvaluation(Part):
    """The figures of one output on one set of labels."""

    films: int
    positives: int
    auroc: Estimate | None
    auprc: Estimate | None
    accuracy: Estimate | None
    sensitivity: Estimate | None
    specificity: Estimate | None
    ppv: Estimate | None
    npv: Estimate | None
    brier: Estimate | None
    calibration_error: Estimate | None
    calibration_error_if_perfect: tuple[float, float] | None
    calibration_slope: float | None
    calibration_intercept: float | None
    confusion: dict[str, int]


class EvaluationCard(Part):
    """One evaluation: which rows, whose labels, and the figures by output."""

    name: str
    dataset: str
    split: str
    labels: str
    films: int
    patients: int
    refused: int
    note: str = ""
    outputs: dict[str, OutputEvaluation]
    outputs_accepted: dict[str, OutputEvaluation] = Field(default_factory=dict)
    subgroups: dict[str, dict[str, OutputEvaluation]] = Field(default_factory=dict)
    figures: dict[str, Estimate] = Field(default_factory=dict)


class Terms(Part):
    """Licence of the weights and terms of the data, apart from the code's MIT."""

    weights: str
    data: str
    research_only: bool
    attribution: tuple[str, ...]


class TrainingCard(Part):
    """How the package was made."""

    recipe: str
    recipe_sha256: str
    seed: int
    start: str
    machine: str
    trained_on: str
    datasets: tuple[DataCard, ...]
    method: str
    tried: tuple[str, ...] = ()


class GateCard(Part):
    """How often the gates refuse what they should and should not."""

    tuned_with: tuple[str, ...]
    refused: dict[str, Estimate]
    note: str


class Card(Part):
    """The whole card.

    ``task`` is 'classification' for chest films, 'anatomy' for their outlines, 'picture' for any
    other picture (outputs, outlined structures or both), 'detection' for things that are counted
    and 'volume' for structures of a volume. ``answers`` says how outputs belong together: each a
    finding of its own, classes of which one holds, or the steps of a grade. ``combine`` is the
    rule by which pictures of a study become one statement about the patient.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    version: str
    title: str
    task: Task
    intended_use: IntendedUse
    input: InputContract
    outputs: tuple[OutputCard, ...] = ()
    structures: tuple[StructureCard, ...] = ()
    answers: Literal["findings", "one of", "grade"] = "findings"
    combine: Literal["mean", "three highest"] = "mean"
    floor_auroc: float
    training: TrainingCard
    evaluation: tuple[EvaluationCard, ...]
    gates: GateCard
    evidence: dict[str, Estimate]
    limits: tuple[str, ...]
    change_plan: str
    terms: Terms
    weights_format: str
    parity: float
    runtime: dict[str, str]
    files: dict[str, str]

    def output(self, name: str) -> OutputCard:
        """Return the card of an output."""
        for output in self.outputs:
            if output.name == name:
                return output
        raise NotFound(f"model {self.name} has no output {name!r}")


def read_card(file: Path) -> Card:
    """Read and check a card.

    Raises
    ------
    NotReadable
        The file is no card of this schema version; the sentence names the first bad key.
    """
    return read_as(Card, file, expected=f"a card of schema version {SCHEMA_VERSION}")


def read_as(kind: type[Kind], file: Path, *, expected: str) -> Kind:
    """Read a card of any kind of package.

    Raises
    ------
    NotReadable
        It is none; the sentence names the first bad key and what was ``expected``.
    """
    try:
        return kind.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NotReadable(
            f"{file.parent.name}/{file.name}, key {where or 'document'}: {first['msg']}; "
            f"expected {expected}; build the package again"
        ) from error
