"""The card of a model of the record: features, figures, limits; strict and versioned."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from osler.analyse.card import Estimate, read_as
from osler.clinical import Code

RECORD_TASK = "record"


class Part(BaseModel):
    """A frozen part in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RecordTerms(Part):
    """Licence of the weights and terms of the data."""

    weights: str
    data: str
    research_only: bool = False
    attribution: tuple[str, ...]


class FeatureCode(Part):
    """A code under which a record states a feature; a '*' at its end stands for any ending."""

    system: str
    code: str
    display: str = ""

    def is_meant_by(self, stated: Code) -> bool:
        """Tell whether a stated code is this one."""
        if stated.system != self.system:
            return False
        if self.code.endswith("*"):
            return stated.code.startswith(self.code[:-1])
        return stated.code == self.code


class RecordUse(Part):
    """For whom the package is meant; ages in years, sexes as FHIR names them.

    ``only_with`` are problems of which one must be on the problem list, ``never_with`` problems
    of which none may be.
    """

    statement: str
    population: str
    setting: str
    user: str
    min_age_years: float
    max_age_years: float
    sexes: tuple[Literal["female", "male"], ...] = ("female", "male")
    not_for: tuple[str, ...]
    only_with: tuple[FeatureCode, ...] = ()
    never_with: tuple[FeatureCode, ...] = ()


class Answer(Part):
    """One answer of a feature that is no number: its number in the model, words and codes."""

    value: float
    words: str
    also: tuple[str, ...] = ()
    codes: tuple[FeatureCode, ...] = ()


class Feature(Part):
    """One feature: where the record states it, its unit (UCUM), and what is plausible.

    ``measurable`` names one of Osler's measurements; then every code of that measurement counts.
    A value outside ``low`` to ``high`` is not used. ``condition`` is a problem whose codes are
    ``codes``: 1 where it is on the problem list, 0 where a list is there without it.
    ``molar_mass`` (g/mol) turns amounts of substance into mass and back.
    ``monotone`` is 1 where a higher value may only speak for the condition, -1 against it, with
    the reason in ``monotone_reason``.
    """

    name: str
    display: str
    source: Literal["age", "sex", "observation", "condition"] = "observation"
    measurable: str | None = None
    codes: tuple[FeatureCode, ...] = ()
    unit: str = "1"
    molar_mass: float | None = None
    low: float
    high: float
    answers: tuple[Answer, ...] = ()
    monotone: Literal[-1, 0, 1] = 0
    monotone_reason: str = ""


class RecordCalibration(Part):
    """Calibrated log-odds = slope x logit + intercept, from out-of-fold patients."""

    slope: float
    intercept: float
    patients: int
    positives: int
    prevalence: float
    likelihood_ratio_low: float
    likelihood_ratio_high: float
    interval_coverage: float
    interval_method: str


class RecordPoint(Part):
    """A cut-off on the calibrated probability and what it gave on out-of-fold patients."""

    name: str
    chosen_for: str
    threshold: float
    sensitivity: Estimate
    specificity: Estimate


class RecordOutput(Part):
    """The condition that is estimated.

    ``pretest`` is True where the probability may stand before an image's likelihood ratio; the
    reason is stated either way.
    """

    name: str
    display: str
    system: str
    code: str
    is_diagnosis: bool
    pretest: bool
    pretest_reason: str
    calibration: RecordCalibration
    operating_points: tuple[RecordPoint, ...]

    def code_value(self) -> Code | None:
        """Return the condition's code, None where the outcome is no diagnosis."""
        return Code(self.system, self.code, self.display) if self.is_diagnosis else None


class RecordFigures(Part):
    """Figures of one set of patients; what is not defined is None."""

    patients: int
    positives: int
    auroc: Estimate | None
    auprc: Estimate | None
    sensitivity: Estimate | None
    specificity: Estimate | None
    ppv: Estimate | None
    npv: Estimate | None
    brier: Estimate | None
    calibration_error: Estimate | None
    calibration_slope: float | None
    calibration_intercept: float | None


class Peer(Part):
    """Another model on the same folds: its AUROC, and this package's minus it."""

    name: str
    auroc: Estimate
    difference: Estimate


class Benefit(Part):
    """Net benefit at one threshold of the probability, by model, for all and for none (0)."""

    threshold: float
    model: float
    all: float


class WithoutFeature(Part):
    """AUROC where some features are missing for every patient."""

    missing: tuple[str, ...]
    auroc: Estimate


class RecordEvaluation(Part):
    """What out-of-fold patients gave."""

    method: str
    whole: RecordFigures
    subgroups: dict[str, dict[str, RecordFigures]]
    peers: tuple[Peer, ...]
    decision_curve: tuple[Benefit, ...]
    without: tuple[WithoutFeature, ...]
    variants: dict[str, Estimate] = {}


class RecordData(Part):
    """The table that went in."""

    source: str
    licence: str
    sha256: str
    rows: int
    patients: int
    positives: int
    repeated_rows: int
    missing_share: dict[str, float]


class RecordTraining(Part):
    """How the package was made."""

    recipe: str
    recipe_sha256: str
    seed: int
    method: str
    chosen: dict[str, float]
    seconds: float
    runtime: dict[str, str]
    left_out: dict[str, str]


class RecordGates(Part):
    """When the model does not speak: too few features stated, or too far from what it learnt.

    Age and sex, and a problem that is only not listed, do not count among those stated.
    """

    fewest_features: int
    distance_limit: float
    note: str


class RecordCard(Part):
    """The whole card."""

    schema_version: Literal[1] = 1
    name: str
    version: str
    title: str
    task: Literal["record"] = "record"
    use: RecordUse
    features: tuple[Feature, ...]
    terms_of_model: tuple[tuple[str, ...], ...]
    intercept: float
    output: RecordOutput
    gates: RecordGates
    data: RecordData
    training: RecordTraining
    evaluation: RecordEvaluation
    limits: tuple[str, ...]
    change_plan: str
    terms: RecordTerms
    parity: float
    files: dict[str, str]


def read_record_card(file: Path) -> RecordCard:
    """Read and check a card.

    Raises
    ------
    NotReadable
        The file is no card of a model of the record; the sentence names the first bad key.
    """
    return read_as(RecordCard, file, expected="the card of a model of the record")
