"""The report as it will be printed: every word chosen, every drawing drawn, no layout yet.

The PDF and the page are two layouts of one sheet, so that they cannot say different things.
"""

from dataclasses import dataclass

from osler.report.films import FilmFigure


@dataclass(frozen=True)
class Fact:
    """A label and what is known under it."""

    label: str
    value: str


@dataclass(frozen=True)
class Column:
    """A column's heading and, on paper, its width; numbers stand to the right.

    ``share`` is its share of what the others leave, ``millimetres`` a width of its own; with
    neither it is as wide as its words.
    """

    title: str
    numeric: bool = False
    share: float | None = None
    millimetres: float | None = None


@dataclass(frozen=True)
class Table:
    """Rows of words under headings."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class FindingRow:
    """One finding in the table of page one.

    ``review`` says what ``reviewer`` did, and is empty where nobody has reviewed it. ``notes`` are
    reasons, remarks, and what the model had said before an edit.
    """

    display: str
    place: str
    cautions: tuple[str, ...]
    probability: str
    interval: str
    bar: str
    bar_alt: str
    posttest: str
    posttest_interval: str
    certainty: str
    positive: bool
    mark: str
    notes: tuple[str, ...] = ()
    is_persons: bool = False
    is_rejected: bool = False
    review: str = ""
    reviewer: str = ""


@dataclass(frozen=True)
class Advice:
    """One recommendation with why it was given and where it comes from."""

    text: str
    why: str
    source: str
    review: str


@dataclass(frozen=True)
class Head:
    """Who and what the report is about."""

    banner: str
    title: str
    institution: str
    patient: str
    patient_facts: tuple[Fact, ...]
    study_facts: tuple[Fact, ...]
    running: str
    research_only: str
    is_signed: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageOne:
    """What a referring doctor reads in twenty seconds: grades and classes in a line each, first."""

    impression: tuple[str, ...]
    findings: tuple[FindingRow, ...]
    findings_key: str
    more_findings: str
    films: tuple[FilmFigure, ...]
    films_title: str
    films_caption: str
    films_key: str
    advice: tuple[Advice, ...]
    advice_none: str
    notes: tuple[str, ...]
    not_assessed: Table
    not_assessed_none: str
    data_notice: str
    more_advice: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class WeighingRow:
    """One finding on the log-odds line."""

    display: str
    line: str
    line_alt: str
    pretest: str
    ratio: str
    posttest: str


@dataclass(frozen=True)
class Steps:
    """One finding's arithmetic in words."""

    display: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class ScoreBlock:
    """A clinical score with its inputs."""

    title: str
    result: str
    notes: tuple[str, ...]
    inputs: Table
    source: str


@dataclass(frozen=True)
class EstimateBlock:
    """What one model of the record says, with a chart of what each feature adds."""

    title: str
    result: str
    chart: str
    chart_alt: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """A drawing under its title."""

    title: str
    drawing: str
    alt: str


@dataclass(frozen=True)
class PageTwo:
    """For who wants to know why."""

    more_findings: tuple[FindingRow, ...]
    weighing: tuple[WeighingRow, ...]
    weighing_axis: str
    weighing_key: str
    weighing_none: str
    steps: tuple[Steps, ...]
    by_film: Table
    evidence: tuple[str, ...]
    measurements: Table
    scores: tuple[ScoreBlock, ...]
    record: Table
    record_facts: tuple[Fact, ...]
    record_none: str
    reviews: Table | None = None
    estimates: tuple[EstimateBlock, ...] = ()
    estimates_key: str = ""
    nomograms: tuple[Chart, ...] = ()
    trends: tuple[Chart, ...] = ()
    trends_key: str = ""
    more_advice: tuple[Advice, ...] = ()


@dataclass(frozen=True)
class ModelBlock:
    """One package: who speaks, for whom, how well, and under which terms."""

    title: str
    identity: str
    facts: tuple[Fact, ...]
    performance: tuple[str, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True)
class PageThree:
    """For who must know what spoke."""

    models: tuple[ModelBlock, ...]
    models_none: str
    operating_points: Table
    looked_for: str
    not_looked_for: str
    warnings: tuple[str, ...]
    closing: str


@dataclass(frozen=True)
class Added:
    """What was added to a report after it was signed."""

    who: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """The whole report."""

    head: Head
    one: PageOne
    two: PageTwo
    three: PageThree
    addenda: tuple[Added, ...] = ()
