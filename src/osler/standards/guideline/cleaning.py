"""The rules by which values of a record are questioned or repaired."""

from pydantic import Field, model_validator

from osler.standards.guideline.values import Entry


class Outlying(Entry):
    """How far from the patient's other values a value is pointed out, and from how many."""

    deviations: float = Field(gt=0)
    at_least: int = Field(ge=3)


class Contradictory(Entry):
    """By what share of the larger one two values of one time differ to contradict each other."""

    share: float = Field(gt=0, lt=1)


class UnitRule(Entry):
    """When a number is read in another unit than the one it states.

    ``above`` and ``below`` are in the stated unit; ``low`` and ``high`` in the one it is read in.
    """

    measurement: str
    stated: str
    read_as: str
    low: float
    high: float
    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "UnitRule":
        """Refuse a rule that would read every number in another unit."""
        if (self.above is None) == (self.below is None) or not self.low < self.high:
            raise ValueError("need one of above and below, and low < high")
        return self

    def fits(self, measurement: str, unit: str, number: float) -> bool:
        """Tell whether a number that states a unit is to be read in the other one."""
        if (measurement, unit) != (self.measurement, self.stated):
            return False
        is_beyond = number > self.above if self.above is not None else number < (self.below or 0.0)
        return is_beyond and self.low <= number <= self.high


class AgeBounds(Entry):
    """Bounds against errors of entry at some ages, in Osler's unit."""

    measurement: str
    low: float
    high: float
    unit: str
    from_years: float = 0.0
    to_years: float = 200.0

    def hold(self, measurement: str, age_years: float) -> bool:
        """Tell whether these bounds are of a measurement at an age."""
        return measurement == self.measurement and self.from_years <= age_years < self.to_years


class Cleaning(Entry):
    """All rules of cleaning."""

    source: str
    unverified: bool = False
    outlying: Outlying
    contradictory: Contradictory
    units: tuple[UnitRule, ...] = Field(default=(), strict=False)
    ages: tuple[AgeBounds, ...] = Field(default=(), strict=False)
