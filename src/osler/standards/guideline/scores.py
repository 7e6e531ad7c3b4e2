"""Clinical scores as data: items with points, or a formula; for whom; from which source."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from osler.standards.guideline.expressions import names_in
from osler.standards.guideline.values import Entry, Source

Given = float | str | bool
FROM_PATIENT = ("age", "sex")


class PointBand(Entry):
    """Points for a range of values; an absent end is open."""

    points: float
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in this range."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )


class Part(Entry):
    """One piece of evidence for an item.

    ``measured`` names a measurement of the terminology table, ``age`` or ``sex``; its points are by
    ``bands`` (in ``unit``, of which one is ``divide_by`` of Osler's) or by ``answers``.
    ``condition``, ``medicine`` or ``stated`` names something that is there or not, for ``points``:
    a concept of concepts.toml among the problems or the medication, or a yes or no that somebody
    entered under that name. ``silence_is_no``: what the record does not list counts as absent.
    A part with ``sex`` is looked at for that sex alone.
    """

    measured: str = ""
    unit: str = "1"
    divide_by: float = 1.0
    bands: tuple[PointBand, ...] = ()
    answers: Mapping[str, float] = Field(default_factory=dict)
    condition: str = ""
    medicine: str = ""
    stated: str = ""
    points: float = 1.0
    silence_is_no: bool = False
    sex: Literal["female", "male"] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Part":
        """Refuse a part that says nothing, or two things."""
        kinds = [one for one in (self.measured, self.condition, self.medicine, self.stated) if one]
        if len(kinds) != 1:
            raise ValueError("name exactly one of measured, condition, medicine and stated")
        if self.measured and not (self.bands or self.answers):
            raise ValueError(f"{self.measured} needs bands or answers, to give points")
        return self

    @property
    def name(self) -> str:
        """What the part looks at."""
        return self.measured or self.condition or self.medicine or self.stated

    @property
    def most(self) -> float:
        """The most points that it can give."""
        if not self.measured:
            return max(self.points, 0.0)
        return max((*(band.points for band in self.bands), *self.answers.values()))


class ScoreItem(Entry):
    """One item of a score: the points of its part that gives the most.

    ``needs`` all parts to be known, or any one of them. Where a part already gives the most that
    the item can give, the others need not be known.
    """

    name: str
    display: str
    needs: Literal["all", "any"] = "all"
    parts: tuple[Part, ...] = Field(min_length=1)


class FormulaInput(Entry):
    """One value that a formula uses, in the unit of the publication, kept within its bounds.

    ``yes`` is the number of a stated yes, a ``condition`` or a ``medicine`` that is there; 0 else.
    """

    name: str
    display: str
    measured: str = ""
    stated: str = ""
    condition: str = ""
    medicine: str = ""
    silence_is_no: bool = False
    unit: str = "1"
    divide_by: float = 1.0
    floor: float | None = None
    ceiling: float | None = None


class Variant(Entry):
    """The constants of one group: of all patients whose answers are these."""

    when: Mapping[str, str] = Field(default_factory=dict)
    constants: Mapping[str, float] = Field(default_factory=dict)


class Formula(Entry):
    """A number from continuous values."""

    expression: str
    decimals: int = 0
    inputs: tuple[FormulaInput, ...] = Field(min_length=1)
    variants: tuple[Variant, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> "Formula":
        """Refuse a formula that needs a name which nothing gives."""
        given = {one.name for one in self.inputs}
        for variant in self.variants or (Variant(),):
            lacking = names_in(self.expression) - given - set(variant.constants)
            if lacking:
                raise ValueError(f"nothing gives a value for {', '.join(sorted(lacking))}")
        return self


class ScoreBandText(Entry):
    """What a range of results means."""

    text: str
    at_least: float | None = None
    below: float | None = None
    sex: Literal["female", "male"] | None = None

    def holds(self, value: float, sex: str) -> bool:
        """Tell whether a result lies in this range."""
        fits = self.sex is None or self.sex == sex
        low = self.at_least is None or value >= self.at_least
        return fits and low and (self.below is None or value < self.below)


class Population(Entry):
    """For whom the score holds; what is not stated here is not limited."""

    minimum_age_years: float | None = None
    maximum_age_years: float | None = None
    not_in_pregnancy: bool = False
    note: str = ""


class Shown(Entry):
    """When a score is shown without being asked for.

    ``with_conditions``: where one of these concepts is among the problems; ``with_findings``: where
    a model's finding of that name is positive; ``always``: whenever it can be computed.
    """

    always: bool = False
    with_conditions: tuple[str, ...] = ()
    with_findings: tuple[str, ...] = ()


class ScoreExample(Entry):
    """A worked example: what is given, by the names of parts, and what comes out."""

    source: str
    given: Mapping[str, Given]
    value: float
    tolerance: float = 0.0
    band: str = ""


class ScoreDefinition(Entry):
    """One score or calculator."""

    name: str
    display: str
    about: str
    source: Source
    unit: str = ""
    maximum_age_hours: float
    population: Population = Population()
    shown: Shown = Shown()
    items: tuple[ScoreItem, ...] = ()
    formula: Formula | None = None
    bands: tuple[ScoreBandText, ...] = ()
    bands_source: Source | None = None
    examples: tuple[ScoreExample, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _points_or_formula(self) -> "ScoreDefinition":
        """Refuse a score with both items and a formula, or with neither."""
        if bool(self.items) == (self.formula is not None):
            raise ValueError("give items with points, or a formula, and not both")
        return self

    def is_verified(self) -> bool:
        """Tell whether items, and the meaning of the sum where it is given, were read."""
        bands = self.bands_source is None or self.bands_source.is_verified()
        return self.source.is_verified() and bands

    def concepts(self) -> frozenset[str]:
        """Return the names of the concepts that it looks for."""
        named = {part.condition or part.medicine for item in self.items for part in item.parts}
        if self.formula is not None:
            named |= {one.condition or one.medicine for one in self.formula.inputs}
        return frozenset((named | set(self.shown.with_conditions)) - {""})
