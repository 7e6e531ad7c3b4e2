"""What goes over the wire, as types. Written by tools/client_file.py from docs/reference/openapi.json; do not edit by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Accept(TypedDict):
    """The finding is as it is stated."""

    act: Literal["accept"]
    finding_id: str
    # For the next reader, and to learn from.
    why: NotRequired[str]


Act = Literal["accept", "edit", "reject", "add"]


Action = Literal["store", "refuse", "complete", "list studies", "read study", "read patient", "read record", "read result", "write result", "merge patients", "forget patient", "read jobs", "change job", "work", "read models", "set model", "read users", "change users", "read audit", "read events", "read monitoring", "read data quality", "review", "sign", "sign in", "change own account", "maintain"]


class Add(TypedDict):
    """There is a finding that nobody had stated."""

    act: Literal["add"]
    statement: StatementBody
    # For the next reader, and to learn from.
    why: NotRequired[str]


class AddendumOrder(TypedDict):
    """A text to add. The password may be left out where it was given in the last five minutes."""

    text: str
    password: NotRequired[str | None]


class AddendumShown(TypedDict):
    """What was added after the signature."""

    addendum_id: str
    text: str
    by: str
    at: str


class AgreementShown(TypedDict):
    """How often readers agreed with one output, in one subgroup."""

    model: str
    version: str
    name: str
    sex: str
    reviewed: int
    accepted: int
    changed: int
    rejected: int


class AlertShown(TypedDict):
    """An alert of a watch."""

    alert_id: str
    watch: str
    raised_at: str
    films: int
    evidence: float
    suspects: list[str]
    closed_at: str | None
    closed_by: str | None
    remark: str | None


class Answer(TypedDict):
    """One answer of a feature that is no number: its number in the model, words and codes."""

    value: float
    words: str
    also: NotRequired[list[str]]
    codes: NotRequired[list[FeatureCode]]


class AssessmentShown(TypedDict):
    """Findings and record weighed together, with the suggestions of written rules."""

    draft_id: str
    study_id: str | None
    patient_id: str
    urgency: dict[str, Any] | None
    weighings: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    # Suggestions, each with why, what holds it back (`why_not`), source and whether a clinician
    # reviewed the rule.
    recommendations: list[dict[str, Any]]
    trends: list[dict[str, Any]]
    notes: list[str]


class Benefit(TypedDict):
    """Net benefit at one threshold of the probability, by model, for all and for none (0)."""

    threshold: float
    model: float
    all: float


class CalibratedShown(TypedDict):
    """How one output of one model was calibrated."""

    model: str
    model_version: str
    model_sha256: str
    name: str
    # From the model's card; null where the package is not here any more.
    calibration: CalibrationCard | None


class CalibrationCard(TypedDict):
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


class CalibrationShown(TypedDict):
    """How an output's probabilities agree with readers' words on its reviewed cases."""

    model: str
    version: str
    name: str
    reviewed: int
    present: int
    mean_probability: float
    brier: float
    # Expected calibration error over cases in ten equal parts.
    error: float
    # 95th percentile of what a perfect model would show on as many cases.
    error_by_chance: float
    # 1 where all is well.
    slope: float
    # 0 where all is well.
    intercept: float


class Card(TypedDict):
    """The whole card.

    ``task`` is 'classification' for chest films, 'anatomy' for their outlines, 'picture' for any
    other picture (outputs, outlined structures or both), 'detection' for things that are counted
    and 'volume' for structures of a volume. ``answers`` says how outputs belong together: each a
    finding of its own, classes of which one holds, or the steps of a grade. ``combine`` is the rule
    by which pictures of a study become one statement about the patient.
    """

    schema_version: NotRequired[Literal[1]]
    name: str
    version: str
    title: str
    task: Literal["classification", "anatomy", "picture", "detection", "volume"]
    intended_use: IntendedUse
    input: InputContract
    outputs: NotRequired[list[OutputCard]]
    structures: NotRequired[list[StructureCard]]
    answers: NotRequired[Literal["findings", "one of", "grade"]]
    combine: NotRequired[Literal["mean", "three highest"]]
    floor_auroc: float
    training: TrainingCard
    evaluation: list[EvaluationCard]
    gates: GateCard
    evidence: dict[str, Estimate]
    limits: list[str]
    change_plan: str
    terms: Terms
    weights_format: str
    parity: float
    runtime: dict[str, str]
    files: dict[str, str]


class CheckShown(TypedDict):
    """A check of the whole trail."""

    check_id: str
    state: Literal["running", "whole", "damaged", "failed"]
    began_at: str
    ended_at: str | None
    chains: int | None
    entries: int | None
    # A sentence for each thing that is wrong.
    faults: list[str]


class ClaimShown(TypedDict):
    """What a model had said, when a person judged it."""

    model: str
    model_version: str
    model_sha256: str
    name: str
    display: str
    probability: IntervalShown
    # At or above the model's operating point.
    positive: bool


class Closure(TypedDict):
    """What was found when somebody looked into an alert."""

    remark: str


class CodeShown(TypedDict):
    """One concept in one code system, given by the system's URI."""

    system: str
    code: str
    display: NotRequired[str]


class CodedShown(TypedDict):
    """One concept in one code system, given by the system's URI."""

    system: str
    code: str
    display: str


class ConditionShown(TypedDict):
    """A problem or diagnosis."""

    code: CodedShown
    onset: str | None
    abatement: str | None
    active: bool


class ConformalCard(TypedDict):
    """Class-conditional conformal cut-offs on the calibrated probability."""

    coverage: float
    present_from: float
    absent_up_to: float


class DataCard(TypedDict):
    """One data set that went in."""

    name: str
    use: str
    source: str
    licence: str
    films: int
    patients: int
    splits: list[str]
    positives: dict[str, int]
    fingerprint: str


class DraftShown(TypedDict):
    """A result of a study, or of a patient's record alone. Its content is its preview as JSON."""

    draft_id: str
    study_id: str | None
    patient_id: str
    job_id: str
    # Of the study, when it was looked at.
    revision: int
    made_at: str
    stored_at: str
    supersedes: str | None
    # Null for the current one.
    superseded_at: str | None


class Edit(TypedDict):
    """The finding is as the person states it."""

    act: Literal["edit"]
    finding_id: str
    statement: StatementBody
    # For the next reader, and to learn from.
    why: NotRequired[str]


class EntryShown(TypedDict):
    """Who did what, to which row, and how it ended: ids only."""

    # The process that wrote it.
    chain: str
    seq: int
    at: str
    user: str
    # HL7 v3 PurposeOfUse.
    purpose: str
    action: str
    # done or not allowed.
    outcome: str
    # kind/id.
    subject: str | None
    patient_id: str | None
    detail: dict[str, Any]


class Estimate(TypedDict):
    """A measured value with its 95 % interval (bootstrap by patient)."""

    value: float
    low: float
    high: float


class EvaluationCard(TypedDict):
    """One evaluation: which rows, whose labels, and the figures by output."""

    name: str
    dataset: str
    split: str
    labels: str
    films: int
    patients: int
    refused: int
    note: NotRequired[str]
    outputs: dict[str, OutputEvaluation]
    outputs_accepted: NotRequired[dict[str, OutputEvaluation]]
    subgroups: NotRequired[dict[str, dict[str, OutputEvaluation]]]
    figures: NotRequired[dict[str, Estimate]]


EventKind = Literal["study.received", "job.waiting", "job.running", "job.done", "job.quarantined", "job.cancelled", "result.current", "review.made", "report.signed", "report.amended", "model.state", "alert.raised"]


class EventShown(TypedDict):
    """One thing that happened: ids only."""

    event_id: int
    at: str
    kind: EventKind
    study_id: str | None
    patient_id: str | None
    job_id: str | None
    draft_id: str | None
    detail: dict[str, Any]


class Feature(TypedDict):
    """One feature: where the record states it, its unit (UCUM), and what is plausible.

    ``measurable`` names one of Osler's measurements; then every code of that measurement counts. A
    value outside ``low`` to ``high`` is not used. ``condition`` is a problem whose codes are
    ``codes``: 1 where it is on the problem list, 0 where a list is there without it. ``molar_mass``
    (g/mol) turns amounts of substance into mass and back. ``monotone`` is 1 where a higher value
    may only speak for the condition, -1 against it, with the reason in ``monotone_reason``.
    """

    name: str
    display: str
    source: NotRequired[Literal["age", "sex", "observation", "condition"]]
    measurable: NotRequired[str | None]
    codes: NotRequired[list[FeatureCode]]
    unit: NotRequired[str]
    molar_mass: NotRequired[float | None]
    low: float
    high: float
    answers: NotRequired[list[Answer]]
    monotone: NotRequired[Literal[-1, 0, 1]]
    monotone_reason: NotRequired[str]


class FeatureCode(TypedDict):
    """A code under which a record states a feature; a '*' at its end stands for any ending."""

    system: str
    code: str
    display: NotRequired[str]


class FindingShown(TypedDict):
    """A statement about a patient, by a model or by a person."""

    finding_id: str
    draft_id: str
    patient_id: str
    display: str
    code: CodeShown | None
    certainty: str
    # As it stands: a person's word, else the model's; null where it was rejected.
    present: bool | None
    # What a model said; null if a person added it.
    claim: ClaimShown | None
    # The act in force; null if nobody reviewed it.
    review: ReviewShown | None


class GateCard(TypedDict):
    """How often the gates refuse what they should and should not."""

    tuned_with: list[str]
    refused: dict[str, Estimate]
    note: str


class Health(TypedDict):
    """The process lives."""

    status: NotRequired[str]


class IdentifierShown(TypedDict):
    """A number of a patient; ``issuer`` is null where no document names one."""

    value: str
    issuer: str | None


class ImplausibleShown(TypedDict):
    """A value of a record that cannot be right, and is not used."""

    patient_id: str
    document_id: str
    display: str
    quantity: MeasuredShown | None
    raw: str
    repairs: list[str]
    # Why.
    implausible: str


class InputContract(TypedDict):
    """What an image must be to be scored. An empty tuple of modalities accepts no header.

    ``subject`` is what the image shows, in the words of a refusal. ``views`` is empty where no view
    is asked for. ``fit``, ``scaling``, ``crop`` and ``window_hu`` are those of
    `osler.prepare.picture.PictureContract`; chest films take a road of their own. For a volume
    ``size`` is unused: ``window`` gives the (slices, rows, columns) that the network reads at once,
    ``spacing_mm`` the millimetres between their centres, and ``extent_mm`` the least and the most
    that a side of the volume may measure.
    """

    name: NotRequired[Literal["image", "volume"]]
    subject: NotRequired[str]
    modalities: list[str]
    body_parts: list[str]
    views: list[str]
    size: int
    channels: NotRequired[Literal[1, 3]]
    colour: NotRequired[Literal["grey", "rgb"]]
    intensity: str
    geometry: str
    min_pixels: int
    fit: NotRequired[Literal["squash", "pad"]]
    scaling: NotRequired[Literal["stretch", "range"]]
    crop: NotRequired[Literal["none", "field"]]
    window_hu: NotRequired[list[float] | None]
    window: NotRequired[list[int] | None]
    spacing_mm: NotRequired[list[float] | None]
    extent_mm: NotRequired[list[float] | None]


class InstanceShown(TypedDict):
    """An instance: what its header says of the image, and nothing of the patient."""

    instance_id: str
    series_id: str
    study_id: str
    # DICOM SOP Instance UID.
    instance_uid: str
    # Grows where another content came under the same UID.
    version: int
    is_current: bool
    supersedes: str | None
    # Of the file as it came.
    sha256: str
    # Of the file, in bytes.
    size: int
    source: str
    received_at: str
    # The file name that the sender knows it by.
    origin: str
    media_type: str
    modality: str | None
    sop_class: str | None
    body_part: str | None
    view_position: str | None
    instance_number: int | None
    manufacturer: str | None
    burned_in_annotation: bool | None
    has_pixels: bool
    frames: int
    # Faults that reading recovered from.
    warnings: list[str]


class IntendedUse(TypedDict):
    """What a package is for, and what it is not for."""

    statement: str
    population: Population
    setting: str
    user: str
    not_for: list[str]


class IntervalShown(TypedDict):
    """A number with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float
    # UCUM; '1' for a share.
    unit: str


class JobShown(TypedDict):
    """One piece of work: a study to analyse, or a record that brought something new."""

    job_id: str
    # study or record.
    kind: str
    study_id: str | None
    patient_id: str
    # Of the study, when the work began.
    revision: int
    priority: str
    # waiting, claimed, running, done, quarantined or cancelled.
    state: str
    attempts: int
    # A FHIR R4 issue type.
    reason_kind: str | None
    # Why it waits again or was given up.
    reason: str | None
    due_at: str
    not_before: str
    worker_id: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class MeasuredShown(TypedDict):
    """A number with its unit."""

    value: float
    # UCUM.
    unit: str


class MergeOrder(TypedDict):
    """Which patient is the same person and lives on."""

    into: str


class Merged(TypedDict):
    """Two rows that are one person from now on."""

    patient_id: str
    into: str
    merged_at: str


class ModelShown(TypedDict):
    """A package in lists. Its whole card is at /models/{name}/{version}/card."""

    name: str
    version: str
    # shadow, active, retired; refused where it does not load; research only where nobody
    # allowed it by name.
    state: str
    # What this site said; null: nothing.
    set_state: ModelState | None
    # Why it does not load.
    reason: str
    title: str
    task: str
    intended_use: str
    research_only: bool | None
    # Of the graph.
    sha256: str
    outputs: list[OutputShown]


ModelState = Literal["shadow", "active", "retired"]


class ObservationShown(TypedDict):
    """One value of the record. Of quantity, coded and text, the one that it is is not null."""

    observation_id: str
    patient_id: str
    # The document that it was read from.
    document_id: str
    source: str
    received_at: str
    code: CodedShown
    effective: str | None
    # In the unit that Osler uses for the code.
    quantity: QuantityShown | None
    coded: CodedShown | None
    text: str | None
    # As the document wrote it.
    raw: str
    # What was changed between raw and the value, and why.
    repairs: list[str]
    # Why it cannot be right; it is then not used.
    implausible: str | None


class OperatingPointCard(TypedDict):
    """A cut-off on the calibrated probability and what it gave on out-of-fold patients."""

    name: str
    chosen_for: str
    threshold: float
    sensitivity: Estimate
    specificity: Estimate


class Outline(TypedDict):
    """What a person drew on one instance."""

    instance_uid: str
    # (row, column) in pixels of it.
    contour: list[list[float]]


class OutputCard(TypedDict):
    """One output, and whether it is shown or only *not assessed*."""

    name: str
    display: str
    system: str
    code: str
    positive_labels: NotRequired[list[str]]
    shipped: bool
    needs_pretest: NotRequired[bool]
    not_assessed_reason: NotRequired[str | None]
    calibration: CalibrationCard
    conformal: ConformalCard
    operating_points: list[OperatingPointCard]
    series: NotRequired[SeriesCard | None]


class OutputEvaluation(TypedDict):
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
    calibration_error_if_perfect: list[float] | None
    calibration_slope: float | None
    calibration_intercept: float | None
    confusion: dict[str, int]


class OutputShown(TypedDict):
    """One output of a package."""

    name: str
    display: str
    # False: not assessed, because the card shows it too weak.
    shipped: bool
    needs_pretest: bool


class PageDraftShown(TypedDict):
    """PageDraftShown, as JSON."""

    items: list[DraftShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageEntryShown(TypedDict):
    """PageEntryShown, as JSON."""

    items: list[EntryShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageFindingShown(TypedDict):
    """PageFindingShown, as JSON."""

    items: list[FindingShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageInstanceShown(TypedDict):
    """PageInstanceShown, as JSON."""

    items: list[InstanceShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageJobShown(TypedDict):
    """PageJobShown, as JSON."""

    items: list[JobShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageModelShown(TypedDict):
    """PageModelShown, as JSON."""

    items: list[ModelShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageObservationShown(TypedDict):
    """PageObservationShown, as JSON."""

    items: list[ObservationShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PagePatientShown(TypedDict):
    """PagePatientShown, as JSON."""

    items: list[PatientShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PagePersonsResult(TypedDict):
    """PagePersonsResult, as JSON."""

    items: list[PersonsResult]
    # Cursor of the next page; null on the last.
    next: str | None


class PageReportShown(TypedDict):
    """PageReportShown, as JSON."""

    items: list[ReportShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageReviewShown(TypedDict):
    """PageReviewShown, as JSON."""

    items: list[ReviewShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageSeriesShown(TypedDict):
    """PageSeriesShown, as JSON."""

    items: list[SeriesShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageStudyShown(TypedDict):
    """PageStudyShown, as JSON."""

    items: list[StudyShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PageUserShown(TypedDict):
    """PageUserShown, as JSON."""

    items: list[UserShown]
    # Cursor of the next page; null on the last.
    next: str | None


class PasswordChange(TypedDict):
    """The password as it is, and as it shall be."""

    old: str
    new: str


class PasswordOrder(TypedDict):
    """A password for the first time: it has to be changed at once."""

    password: str


class PatientShown(TypedDict):
    """A person. Their studies are at /studies?patient_id=…, under any of ``ids``."""

    patient_id: str
    # Of all rows that are this person by now.
    ids: list[str]
    identifiers: list[IdentifierShown]
    name: str | None
    # female, male, other or unknown.
    sex: str
    birth_date: str | None
    # Where a document states an age alone.
    stated_age: QuantityShown | None


class Peer(TypedDict):
    """Another model on the same folds: its AUROC, and this package's minus it."""

    name: str
    auroc: Estimate
    difference: Estimate


class PersonsResult(TypedDict):
    """A current result of a person: of a study, or of the record alone."""

    draft_id: str
    study_id: str | None
    job_id: str
    made_at: str
    stored_at: str


class Population(TypedDict):
    """For whom the package is meant; ages in years at the study's date."""

    description: str
    min_age_years: float
    max_age_years: float
    kind: Literal["adult", "child", "any"]


class Problem(TypedDict):
    """What is wrong: found, expected, what to do. ``kind`` is a FHIR R4 issue type."""

    type: NotRequired[str]
    title: str
    status: int
    detail: str
    kind: str
    # The request's id, as in the log.
    instance: str


class Proof(TypedDict):
    """The password, once more."""

    password: str


class ProposalShown(TypedDict):
    """A recalibration that reviewed cases suggest. Nobody has applied it."""

    model: str
    version: str
    name: str
    reviewed: int
    present: int
    slope: float
    intercept: float
    # Always false: a person decides.
    applied: NotRequired[bool]


class QualityShown(TypedDict):
    """What is kept, counted by state, and the newest of what was not right."""

    since: str
    patients: int
    # By state.
    studies: dict[str, int]
    # By state.
    documents: dict[str, int]
    # Since `since`, by kind (FHIR R4 issue type).
    refused: dict[str, int]
    # The newest 20.
    refusals: list[RefusalShown]
    # The newest 20.
    quarantined: list[QuarantinedShown]
    # How many of the newest results: at most 200.
    results_looked_at: int
    # Of those, scores with an item too old, by item.
    stale: dict[str, int]
    # Of those, scores that lack an item, by item.
    missing: dict[str, int]
    # At most 10,000: there may be more.
    implausible_count: int
    # The newest 20.
    implausible: list[ImplausibleShown]


class QuantityShown(TypedDict):
    """A number with its unit."""

    value: float
    # UCUM.
    unit: str


class QuarantinedShown(TypedDict):
    """A job that is not tried again."""

    job_id: str
    study_id: str | None
    patient_id: str
    attempts: int
    reason_kind: str | None
    reason: str | None
    finished_at: str | None


class Readiness(TypedDict):
    """What it needs is there."""

    ready: bool
    database: str
    objects: str
    workers: int


class RecordCalibration(TypedDict):
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


class RecordCard(TypedDict):
    """The whole card."""

    schema_version: NotRequired[Literal[1]]
    name: str
    version: str
    title: str
    task: NotRequired[Literal["record"]]
    use: RecordUse
    features: list[Feature]
    terms_of_model: list[list[str]]
    intercept: float
    output: RecordOutput
    gates: RecordGates
    data: RecordData
    training: RecordTraining
    evaluation: RecordEvaluation
    limits: list[str]
    change_plan: str
    terms: RecordTerms
    parity: float
    files: dict[str, str]


class RecordData(TypedDict):
    """The table that went in."""

    source: str
    licence: str
    sha256: str
    rows: int
    patients: int
    positives: int
    repeated_rows: int
    missing_share: dict[str, float]


class RecordEvaluation(TypedDict):
    """What out-of-fold patients gave."""

    method: str
    whole: RecordFigures
    subgroups: dict[str, dict[str, RecordFigures]]
    peers: list[Peer]
    decision_curve: list[Benefit]
    without: list[WithoutFeature]
    variants: NotRequired[dict[str, Estimate]]


class RecordFigures(TypedDict):
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


class RecordGates(TypedDict):
    """When the model does not speak: too few features stated, or too far from what it learnt.

    Age and sex, and a problem that is only not listed, do not count among those stated.
    """

    fewest_features: int
    distance_limit: float
    note: str


class RecordOutput(TypedDict):
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
    operating_points: list[RecordPoint]


class RecordPoint(TypedDict):
    """A cut-off on the calibrated probability and what it gave on out-of-fold patients."""

    name: str
    chosen_for: str
    threshold: float
    sensitivity: Estimate
    specificity: Estimate


class RecordShown(TypedDict):
    """What is known of a patient. Its values are at /patients/{id}/observations, page by page."""

    patient_id: str
    # The documents that it was read from.
    origin: str
    # How many values there are.
    observations: int
    conditions: list[ConditionShown]
    medications: list[CodedShown]
    allergies: list[CodedShown]
    warnings: list[str]


class RecordTerms(TypedDict):
    """Licence of the weights and terms of the data."""

    weights: str
    data: str
    research_only: NotRequired[bool]
    attribution: list[str]


class RecordTraining(TypedDict):
    """How the package was made."""

    recipe: str
    recipe_sha256: str
    seed: int
    method: str
    chosen: dict[str, float]
    seconds: float
    runtime: dict[str, str]
    left_out: dict[str, str]


class RecordUse(TypedDict):
    """For whom the package is meant; ages in years, sexes as FHIR names them.

    ``only_with`` are problems of which one must be on the problem list, ``never_with`` problems of
    which none may be.
    """

    statement: str
    population: str
    setting: str
    user: str
    min_age_years: float
    max_age_years: float
    sexes: NotRequired[list[Literal["female", "male"]]]
    not_for: list[str]
    only_with: NotRequired[list[FeatureCode]]
    never_with: NotRequired[list[FeatureCode]]


class RefusalShown(TypedDict):
    """What was turned away, and the sentence that says why."""

    refusal_id: str
    origin: str
    sentence: str
    # A FHIR R4 issue type.
    kind: str
    source: str
    received_at: str


class Reject(TypedDict):
    """The finding is left out, for a reason; nothing is said of the opposite."""

    act: Literal["reject"]
    finding_id: str
    why: str


class ReportShown(TypedDict):
    """A signed report. Its content is in its files."""

    report_id: str
    draft_id: str
    study_id: str | None
    patient_id: str
    signed_by: str
    signed_at: str
    # The report of the same study signed before.
    replaces: str | None
    # The report of the same study signed after.
    replaced_by: str | None
    # The current result of the study, where it is newer than what was signed.
    newer_draft: str | None
    # 1 as signed, one more for each addendum.
    edition: int
    addenda: list[AddendumShown]


class ResultShown(TypedDict):
    """The current result of a study, with what people made of it, in the words of report.json."""

    draft_id: str
    study_id: str | None
    patient_id: str
    job_id: str
    # Of the study, when it was looked at.
    revision: int
    made_at: str
    stored_at: str
    supersedes: str | None
    report: Report
    calibrations: list[CalibratedShown]


class ReviewShown(TypedDict):
    """One act of a named person on one finding."""

    review_id: str
    draft_id: str
    finding_id: str
    act: Act
    by: str
    at: str
    why: str
    # As the person has it; null where it was rejected.
    present: bool | None
    # With the model; null where no model had said it.
    agrees: bool | None
    claim: ClaimShown | None
    statement: StatementBody | None
    supersedes: str | None


Role = Literal["clinician", "reader", "integrator", "data scientist", "auditor", "administrator", "service"]


class RolesOrder(TypedDict):
    """The roles that a user is to have, and no others."""

    roles: list[Literal["clinician", "reader", "integrator", "data scientist", "auditor", "administrator"]]


class RuleShown(TypedDict):
    """One rule that may advise."""

    name: str
    kind: str
    recommendation: str
    source: str
    version: str
    page: str
    # Read in its source; others are never shown as advice.
    verified: bool
    read_in: str
    # The clinician who approved it; null: nobody yet.
    reviewer: str | None
    expires: str


class RulesShown(TypedDict):
    """All rules, with how many were read in their source and how many a clinician reviewed."""

    total: int
    verified: int
    reviewed: int
    items: list[RuleShown]


class ScoreShown(TypedDict):
    """One score that can be computed."""

    name: str
    display: str
    about: str
    verified: bool
    source: str


class SeriesCard(TypedDict):
    """What an output of slices says of the patient: fitted on whole series, one a patient."""

    calibration: CalibrationCard
    conformal: ConformalCard
    operating_points: list[OperatingPointCard]


class SeriesShown(TypedDict):
    """A series of a study."""

    series_id: str
    study_id: str
    # DICOM Series Instance UID.
    series_uid: str
    modality: str | None
    description: str | None
    instances: int


class Session(TypedDict):
    """Who is signed in. Send ``csrf`` as X-CSRF-Token with every write."""

    user: str
    roles: list[Role]
    csrf: str
    # When the password was last given.
    proved_at: str
    # The password has to be changed before anything else.
    must_change: bool


class SignIn(TypedDict):
    """Name and password."""

    name: str
    password: str


class SignatureOrder(TypedDict):
    """A signature. The password may be left out where it was given in the last five minutes."""

    password: NotRequired[str | None]


class Signed(TypedDict):
    """The report that a draft has become."""

    report_id: str
    draft_id: str
    signed_by: str
    signed_at: str
    replaces: str | None


class StateOrder(TypedDict):
    """How a package is to be used at this site."""

    state: ModelState


class StatementBody(TypedDict):
    """A finding in a person's words. What the person leaves open stays empty."""

    display: str
    # False: the person says that it is not there.
    present: NotRequired[bool]
    code: NotRequired[CodeShown | None]
    place: NotRequired[str]
    certainty: NotRequired[str]
    remark: NotRequired[str]
    outline: NotRequired[Outline | None]


class StructureCard(TypedDict):
    """One structure that a package outlines, or one kind of thing that it counts.

    ``threshold`` is the probability from which a pixel or a box is taken for it; ``measure`` says
    what is measured of an outline: its area, or what vessels are measured by.
    """

    name: str
    display: str
    system: str
    code: str
    threshold: NotRequired[float]
    measure: NotRequired[Literal["area", "vessels"]]
    shipped: NotRequired[bool]
    not_assessed_reason: NotRequired[str | None]


class StudyShown(TypedDict):
    """A study: no name, no number of its patient; those are read with the patient."""

    study_id: str
    # DICOM Study Instance UID.
    study_uid: str
    patient_id: str
    # receiving, complete, queued, analysed, failed or cancelled.
    state: str
    # none, draft, signed, or newer: there is a result newer than what was signed.
    result: str
    priority: str
    # Grows with every instance that comes in.
    revision: int
    instances: int
    modalities: list[str]
    description: str | None
    accession_number: str | None
    study_date: str | None
    source: str
    first_received_at: str
    last_received_at: str


class Terms(TypedDict):
    """Licence of the weights and terms of the data, apart from the code's MIT."""

    weights: str
    data: str
    research_only: bool
    attribution: list[str]


class TokenMade(TypedDict):
    """A new token, with its secret, which is shown this once."""

    token_id: str
    name: str
    roles: list[Role]
    created_at: str
    expires_at: str
    revoked_at: str | None
    secret: str


class TokenOrder(TypedDict):
    """A token to make."""

    name: str
    roles: list[Role]
    days: float


class TokenShown(TypedDict):
    """A token in lists."""

    token_id: str
    name: str
    roles: list[Role]
    created_at: str
    expires_at: str
    revoked_at: str | None


class TrainingCard(TypedDict):
    """How the package was made."""

    recipe: str
    recipe_sha256: str
    seed: int
    start: str
    machine: str
    trained_on: str
    datasets: list[DataCard]
    method: str
    tried: NotRequired[list[str]]


class UploadOrder(TypedDict):
    """An upload to begin."""

    # Its file name, as the user knows it.
    name: str
    # Bytes in all.
    size: int
    source: NotRequired[str]
    priority: NotRequired[Literal["urgent", "routine"]]


class UploadShown(TypedDict):
    """An upload. ``outcome`` says what became of it, in the words of `osler collect files`."""

    upload_id: str
    name: str
    size: int
    # Bytes that are on disk: the next part begins here.
    received: int
    # open, done or refused.
    state: str
    outcome: dict[str, Any] | None
    created_at: str
    changed_at: str


class UserOrder(TypedDict):
    """A user to add. The password is for the first time: it has to be changed at once."""

    name: str
    roles: list[Literal["clinician", "reader", "integrator", "data scientist", "auditor", "administrator"]]
    password: NotRequired[str | None]


class UserShown(TypedDict):
    """A person who may do what their roles allow; nothing, once disabled."""

    name: str
    roles: list[Role]
    disabled_at: str | None


class WatchShown(TypedDict):
    """One watch: an alarm comes when ``evidence`` reaches ``limit``."""

    # films, or the name of a model.
    name: str
    # Films taken in since it began or last raised an alarm.
    films: int
    evidence: float
    limit: float
    changed_at: str
    # The numbers that changed most, first the most.
    suspects: list[str]


class WholeShown(TypedDict):
    """What became of a file that was sent in one request, as of an upload that has ended."""

    # done or refused.
    state: str
    outcome: dict[str, Any]


class WithoutFeature(TypedDict):
    """AUROC where some features are missing for every patient."""

    missing: list[str]
    auroc: Estimate


class ReportFiles(TypedDict):
    """Where each written form lies: beside report.json, or as a path."""

    pdf: NotRequired[str]
    html: NotRequired[str]
    json: NotRequired[str]
    fhir: NotRequired[str]


class ReportSignature(TypedDict):
    """Absent from a draft."""

    report_id: str
    by: str
    at: str
    # The report of the same study that was signed before.
    replaces: str | None


class ReportAddendaItem(TypedDict):
    """ReportAddendaItem, as JSON."""

    text: str
    by: str
    at: str


class ReportMasksItem(TypedDict):
    """ReportMasksItem, as JSON."""

    model: str
    model_version: str
    file: str
    of: str
    labels: list[str]


class ReportChangesItem(TypedDict):
    """ReportChangesItem, as JSON."""

    code: ReportCode
    display: str
    value: float
    unit: str
    before: float | None
    before_at: str | None
    difference: float | None
    percent: float | None
    beyond_error: bool | None


class Report(TypedDict):
    """A draft or a signed report as report.json. The same object without its later parts is
    $defs/summary.
    """

    schema: Literal["https://osler.example/schemas/report-1.json"]
    # Of a report: who signed and when; what was added later is counted behind it.
    state: str
    # Study Instance UID; null for a record alone.
    study: str | None
    patient: ReportPatient
    # The names that the user knows the films by.
    origins: list[str]
    findings: list[ReportFinding]
    # The one grade or class that the findings of a package come to, a package each.
    categories: list[ReportCategory]
    not_assessed: list[ReportNotAssessed]
    measurements: list[ReportMeasurement]
    scores: list[ReportScore]
    warnings: list[str]
    # Names of the packages whose terms allow research only.
    research_only: list[str]
    # Where each written form lies: beside report.json, or as a path.
    files: ReportFiles
    draft_id: str
    made_at: str
    software: str
    notice: str
    study_date: str | None
    study_description: str | None
    accession_number: str | None
    institution: str | None
    impression: list[str]
    films: list[ReportFilm]
    weighings: list[ReportWeighing]
    recommendations: list[ReportRecommendation]
    notes: list[str]
    record: ReportRecord | None
    models: list[ReportModel]
    # Findings that people added; absent where there are none. One that was withdrawn stays,
    # with act reject.
    added: NotRequired[list[ReportReview]]
    # Absent from a draft.
    signature: NotRequired[ReportSignature]
    # In their order; absent from a draft.
    addenda: NotRequired[list[ReportAddendaItem]]
    urgency: ReportUrgency | None
    # What models of the record say, apart from the films.
    estimates: list[ReportEstimate]
    trends: list[ReportTrend]
    outlines: list[ReportOutline]
    # NIfTI files beside report.json: label 0 is background, then the labels in their order, on
    # the voxels of the series.
    masks: list[ReportMasksItem]
    # Each measurement beside the newest prior study that may be compared; without one the
    # prior's values are null.
    changes: list[ReportChangesItem]


class ReportCode(TypedDict):
    """One concept in one code system, given by the system's URI."""

    system: str
    code: str
    display: str


class ReportInterval(TypedDict):
    """A value with the bounds of its 95 % interval; null where a bound is open."""

    value: float | None
    low: float | None
    high: float | None


class ReportPatientIdentifiersItem(TypedDict):
    """ReportPatientIdentifiersItem, as JSON."""

    value: str
    issuer: str | None


class ReportPatient(TypedDict):
    """The person as the documents state them; what is unknown is null."""

    identifiers: list[ReportPatientIdentifiersItem]
    name: str | None
    sex: Literal["female", "male", "other", "unknown"]
    birth_date: str | None
    age_years: float | None


class ReportFilmScore(TypedDict):
    """What one film gave before films were combined."""

    instance: str
    origin: str
    probability: float
    low: float
    high: float


class ReportOperatingPoint(TypedDict):
    """The cut-off on the calibrated probability, with what it was measured to give."""

    name: str
    threshold: float
    sensitivity: ReportInterval
    specificity: ReportInterval


class ReportExplanationRegionsItem(TypedDict):
    """ReportExplanationRegionsItem, as JSON."""

    words: str
    side: str | None
    zone: str | None
    peak: list[float]
    share: float


class ReportExplanationSimilar(TypedDict):
    """ReportExplanationSimilar, as JSON."""

    considered: int
    with_label: int


class ReportExplanation(TypedDict):
    """Where the evidence lies; the map itself is in the pictures of the other forms."""

    instance: str
    regions: list[ReportExplanationRegionsItem]
    share_inside_lungs: float | None
    similar: ReportExplanationSimilar | None
    cautions: list[str]


class ReportFinding(TypedDict):
    """A statement of one model about the patient. Positive findings come first, by the
    probability to believe.
    """

    model: str
    model_version: str
    name: str
    display: str
    code: ReportCode
    # Calibrated, before weighing with the record.
    probability: float
    low: float
    high: float
    # Whether the probability is above the operating point.
    positive: bool
    certainty: str
    operating_point: ReportOperatingPoint
    likelihood_ratio: ReportInterval
    # Whether the ratio was limited to what the calibration set supports.
    limited: bool
    # Which answers remain at the stated coverage (class-conditional conformal prediction);
    # empty where the package states none.
    not_ruled_out: Literal["present", "absent", "present or absent", "neither", ""]
    # Share of the ill and of the well whose set holds the truth, among patients like those of
    # the calibration set.
    coverage: float | None
    # The probability, and the range that it takes when the pictures are turned, shifted, scaled
    # and lit a little; null where that was not asked for, and for a statement about a whole
    # series.
    under_changes: ReportInterval | None
    pretest: float | None
    posttest: ReportInterval | None
    # Places in words, the strongest first.
    regions: list[str]
    films: list[ReportFilmScore]
    combined_by: str
    explanation: ReportExplanation | None
    mark: str
    # What a person made of it; absent where nobody has reviewed it. The other keys stay as the
    # model had them.
    review: NotRequired[ReportReview]


class ReportNotAssessed(TypedDict):
    """Something that was not judged. It is not a negative finding."""

    model: str
    gate: str
    reason: str
    # The output concerned; null when the whole model did not look.
    name: str | None
    film: str | None


class ReportMeasurement(TypedDict):
    """A measured length, ratio or volume with its 95 % interval; unit in UCUM."""

    model: str
    model_version: str
    code: ReportCode
    display: str
    value: float
    unit: str
    low: float | None
    high: float | None
    comment: str
    source: str
    film: str | None


class ReportScoreInputsItem(TypedDict):
    """ReportScoreInputsItem, as JSON."""

    name: str
    value: str
    points: float | None
    effective: str | None


class ReportScore(TypedDict):
    """A clinical score; value is null where it could not be computed."""

    name: str
    display: str
    value: float | None
    inputs: list[ReportScoreInputsItem]
    missing: list[str]
    stale: list[str]
    not_applicable: bool
    reason: str
    band: str
    source: str
    verified: bool
    unit: str


class ReportWeighing(TypedDict):
    """Pre-test probability, likelihood ratio, post-test probability, and the steps in words."""

    model: str
    name: str
    display: str
    pretest: float
    pretest_source: str
    likelihood_ratio: ReportInterval
    limited: bool
    posttest: ReportInterval
    steps: list[str]
    pretest_interval: ReportInterval | None
    conflict: str
    would_change: str


class ReportRecommendation(TypedDict):
    """A suggestion of a guideline rule, with its source."""

    name: str
    kind: str
    text: str
    why: str
    why_not: list[str]
    source: str
    strength: str
    evidence: str
    read_in: str
    read_on: str | None
    expires: str | None
    reviewer: str | None
    review: str


class ReportFilm(TypedDict):
    """One film that was read."""

    instance: str
    origin: str
    modality: str | None
    view: str | None
    view_source: str


class ReportObservationValue(TypedDict):
    """ReportObservationValue, as JSON."""

    value: float
    unit: str


class ReportObservation(TypedDict):
    """One value of the record; an implausible one is shown but was never used."""

    code: ReportCode
    value: ReportObservationValue | ReportCode | str | None
    effective: str | None
    raw: str
    repairs: list[str]
    implausible: str | None


class ReportCondition(TypedDict):
    """A problem or diagnosis."""

    code: ReportCode
    onset: str | None
    abatement: str | None
    active: bool


class ReportRecord(TypedDict):
    """What the record holds."""

    origin: str
    observations: list[ReportObservation]
    conditions: list[ReportCondition]
    medications: list[ReportCode]
    allergies: list[ReportCode]
    warnings: list[str]


class ReportModel(TypedDict):
    """One package that took part."""

    name: str
    version: str
    sha256: str
    title: str
    intended_use: str
    population: str
    performance: list[str]
    limits: list[str]
    weights_licence: str
    data_terms: str
    research_only: bool
    looked_for: list[str]


class ReportSummaryFiles(TypedDict):
    """Where each written form lies: beside report.json, or as a path."""

    pdf: NotRequired[str]
    html: NotRequired[str]
    json: NotRequired[str]
    fhir: NotRequired[str]


class ReportSummary(TypedDict):
    """What `osler analyze --json` prints for one study."""

    # Of a report: who signed and when; what was added later is counted behind it.
    state: str
    # Study Instance UID; null for a record alone.
    study: str | None
    patient: ReportPatient
    # The names that the user knows the films by.
    origins: list[str]
    findings: list[ReportFinding]
    # The one grade or class that the findings of a package come to, a package each.
    categories: list[ReportCategory]
    not_assessed: list[ReportNotAssessed]
    measurements: list[ReportMeasurement]
    scores: list[ReportScore]
    warnings: list[str]
    # Names of the packages whose terms allow research only.
    research_only: list[str]
    # Where each written form lies: beside report.json, or as a path.
    files: ReportSummaryFiles
    urgency: ReportUrgency | None
    # What models of the record say, apart from the films.
    estimates: list[ReportEstimate]
    recommendations: list[ReportRecommendation]


class ReportReview(TypedDict):
    """ReportReview, as JSON."""

    act: Literal["accept", "edit", "reject", "add"]
    by: str
    at: str
    why: str
    # As the person has it; null where it was rejected.
    present: bool | None
    statement: None | ReportStatement


class ReportStatement(TypedDict):
    """ReportStatement, as JSON."""

    display: str
    present: bool
    code: None | ReportCode
    place: str
    certainty: str
    remark: str
    instance: str | None
    # (row, column) in pixels of the instance.
    contour: list[list[float]]


class ReportUrgency(TypedDict):
    """How soon the study should be read, and why."""

    level: Literal["immediate", "urgent", "routine"]
    reasons: list[str]
    source: str


class ReportContribution(TypedDict):
    """ReportContribution, as JSON."""

    name: str
    display: str
    # What was used, in words with its unit.
    value: str
    # Natural log-odds that it adds; below 0 it speaks against.
    share: float
    missing: bool
    effective: str | None


class ReportEstimate(TypedDict):
    """One model's probability of one condition from the record alone."""

    model: str
    model_version: str
    name: str
    display: str
    condition: ReportCode | None
    probability: float
    low: float
    high: float
    # The intercept and the shares of all contributions add up to it.
    logit: float
    intercept: float
    # Whether the probability may stand before an image's likelihood ratio.
    pretest: bool
    contributions: list[ReportContribution]
    # Features that the record did not have.
    missing: list[str]
    cautions: list[str]


class ReportTrendPointsItem(TypedDict):
    """ReportTrendPointsItem, as JSON."""

    at: str
    value: float


class ReportTrend(TypedDict):
    """A measurement over time, with the reference range of an adult."""

    name: str
    display: str
    unit: str
    points: list[ReportTrendPointsItem]
    low: float | None
    high: float | None
    source: str


class ReportOutline(TypedDict):
    """What a model outlined or counted on one image: closed lines of (row, column) points in its
    pixels; a thing that was only boxed has the corners of its box.
    """

    model: str
    model_version: str
    name: str
    code: ReportCode
    display: str
    count: int
    contours: list[list[list[float]]]
    film: str | None


class ReportCategoryCandidatesItem(TypedDict):
    """ReportCategoryCandidatesItem, as JSON."""

    name: str
    display: str
    # Of this very grade; or the class's own calibrated one: those of all classes need not add
    # up to one.
    probability: float


class ReportCategory(TypedDict):
    """The one grade or class that the findings of a package come to, from the images alone."""

    model: str
    model_version: str
    kind: Literal["grade", "class"]
    # What is graded or told apart.
    subject: str
    state: Literal["settled", "undecided", "not assessed"]
    # Every grade, lowest first, or every class.
    among: list[str]
    # One where it is settled; what it may be, most probable first, where it is undecided; none
    # where it is not assessed.
    candidates: list[ReportCategoryCandidatesItem]
    # Why it is not settled; empty where it is.
    why: str
    # The line as the report prints it.
    words: str
