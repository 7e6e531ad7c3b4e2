"""Likelihood ratios of findings, and the rules of urgency, as data."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from osler.standards.guideline.rules import require_path
from osler.standards.guideline.values import Entry, Source


class Ratio(Entry):
    """A likelihood ratio with the bounds of its 95 % interval."""

    value: float = Field(gt=0)
    low: float = Field(gt=0)
    high: float = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> "Ratio":
        """Refuse bounds that do not hold the value."""
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"need low <= value <= high, got {self.low}, {self.value}, {self.high}"
            )
        return self


class FindingRatio(Entry):
    """What a measurement or a stated sign multiplies the odds of some findings by.

    ``present`` holds where the measurement lies in the range or the sign is there, ``absent``
    where it does not; what the source does not give is left out, and changes nothing.
    """

    name: str
    findings: tuple[str, ...] = Field(min_length=1)
    display: str
    source: Source
    maximum_age_hours: float
    minimum_age_years: float
    measured: str = ""
    stated: str = ""
    unit: str = "1"
    above: float | None = None
    at_least: float | None = None
    present: Ratio | None = None
    absent: Ratio | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "FindingRatio":
        """Refuse a ratio of nothing, or a measurement without its limit."""
        if bool(self.measured) == bool(self.stated):
            raise ValueError("name either measured or stated")
        limits = [one for one in (self.above, self.at_least) if one is not None]
        if self.measured and len(limits) != 1:
            raise ValueError(f"{self.measured} needs either above or at_least")
        if self.present is None and self.absent is None:
            raise ValueError("needs the ratio where it is present, or where it is absent")
        return self

    def holds(self, value: float) -> bool:
        """Tell whether a measured value lies in the range."""
        if self.above is not None:
            return value > self.above
        return self.at_least is not None and value >= self.at_least


class Conflict(Entry):
    """From which multiplier on record and film are said to disagree."""

    at_least: float = Field(gt=1)
    source: Source


class LikelihoodRatios(Entry):
    """All ratios, and when record and film disagree."""

    conflict: Conflict
    ratios: tuple[FindingRatio, ...] = ()


class ReferenceRange(Entry):
    """Where most healthy adults lie, in Osler's unit; an absent end is open."""

    unit: str
    source: Source
    low: float | None = None
    high: float | None = None


class UrgencyRule(Entry):
    """When a study is to be read how soon."""

    level: Literal["immediate", "urgent"]
    condition: str
    because: str
    maximum_age_days: float = 1.0

    @field_validator("condition")
    @classmethod
    def _is_path(cls, value: str) -> str:
        return require_path(value, also=frozenset({"posttest"}))


class UrgencyRules(Entry):
    """The rules of urgency, the most urgent first; no rule that holds is routine."""

    name: str
    source: Source
    rules: tuple[UrgencyRule, ...]
