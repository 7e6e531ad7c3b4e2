"""What the guideline files hold, as frozen values that refuse unknown keys and wrong types."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator

from osler.clinical import Code


class Entry(BaseModel):
    """The root of every entry: frozen, strict, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Source(Entry):
    """Where numbers come from. Without ``verified_on`` nobody compared them with the source."""

    citation: str
    verified_on: date | None = None
    verified_in: str = ""
    note: str = ""
    reviewer: str | None = None

    @model_validator(mode="after")
    def _named_where(self) -> "Source":
        """Refuse a date of verification that does not say in which text."""
        if (self.verified_on is None) != (self.verified_in == ""):
            raise ValueError("verified_on and verified_in are stated together or not at all")
        return self

    def is_verified(self) -> bool:
        """Tell whether the numbers were read in a named text."""
        return self.verified_on is not None


class PlausibleRange(Entry):
    """Bounds against errors of entry, in Osler's unit; no reference range."""

    low: float
    high: float
    unit: str
    source: str
    unverified: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "PlausibleRange":
        """Refuse a range whose ends are swapped."""
        if not self.low < self.high:
            raise ValueError(f"need low < high, got {self.low} and {self.high}")
        return self


class Band(Entry):
    """Points for values from ``low`` to ``high``, both included; an absent end is open."""

    points: int
    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Tell whether a value at the chart's resolution lies in this band."""
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)


class Parameter(Entry):
    """One measured row of the chart; ``resolution`` is the step its bands are written in."""

    name: str
    display: str
    unit: str
    resolution: float
    bands: tuple[Band, ...]


class Spo2Scale2(Entry):
    """The second saturation scale, by whether the patient breathes oxygen."""

    on_air: tuple[Band, ...]
    on_oxygen: tuple[Band, ...]


class Oxygen(Entry):
    """Points for breathing air or supplemental oxygen."""

    air: int
    oxygen: int
    room_air_percent: float


class Consciousness(Entry):
    """Points of alert, new confusion, voice, pain and unresponsive."""

    A: int
    C: int
    V: int
    P: int
    U: int

    def points(self, key: str) -> int:
        """Return the points of one answer, by its letter."""
        return {"A": self.A, "C": self.C, "V": self.V, "P": self.P, "U": self.U}[key]


class RiskBand(Entry):
    """What a range of sums is called; an absent ``high`` is open."""

    low: int
    text: str
    high: int | None = None

    def holds(self, total: int) -> bool:
        """Tell whether a sum lies in this band."""
        return total >= self.low and (self.high is None or total <= self.high)


class Risk(Entry):
    """What sums mean, and what a single parameter with ``red_points`` means."""

    red_points: int
    red: str
    bands: tuple[RiskBand, ...]


class ConditionCode(Entry):
    """A code that a condition is looked for by."""

    system: str
    code: str
    display: str

    def is_code(self, code: Code) -> bool:
        """Tell whether a code is this one."""
        return (self.system, self.code) == (code.system, code.code)


class News2(Entry):
    """The National Early Warning Score 2 as the Royal College of Physicians defines it."""

    name: str
    display: str
    minimum_age_years: float
    pregnancy_asked_below_years: float
    source: Source
    population_source: Source
    risk_source: Source
    scale_2_source: Source
    parameters: tuple[Parameter, ...]
    spo2_scale_2: Spo2Scale2
    oxygen: Oxygen
    consciousness: Consciousness
    risk: Risk
    scale_2_texts: tuple[str, ...]
    pregnancy_texts: tuple[str, ...]
    pregnancy_conditions: tuple[ConditionCode, ...]
    scale_2_conditions: tuple[ConditionCode, ...]

    def is_verified(self) -> bool:
        """Tell whether table, population and bands were all read in named texts."""
        sources = (self.source, self.population_source, self.risk_source)
        return all(source.is_verified() for source in sources)


class News2Freshness(Entry):
    """How old a vital sign may be when the score is computed."""

    maximum_age_hours: float
    source: Source


class PregnancyFreshness(Entry):
    """How old a statement of pregnancy may be to count as current."""

    maximum_age_days: float
    source: Source


class Freshness(Entry):
    """How old values may be, by use."""

    news2: News2Freshness
    pregnancy: PregnancyFreshness


class CardiothoracicRatio(Entry):
    """The ratio above which the heart is called enlarged, and where that is not decided."""

    name: str
    cut_off: float
    view: str
    adults_only: bool
    indeterminate_low: float
    indeterminate_high: float
    source: Source
    indeterminate_source: Source


class CertaintyLevel(Entry):
    """A word, and the probability from which it is used."""

    at_least: float
    word: str


class Certainty(Entry):
    """Words for probabilities, the highest level first; the last begins at zero."""

    name: str
    levels: tuple[CertaintyLevel, ...] = Field(strict=False)
    source: Source

    @model_validator(mode="after")
    def _falling_to_zero(self) -> "Certainty":
        """Refuse levels that leave a probability without a word."""
        starts = [level.at_least for level in self.levels]
        if starts != sorted(starts, reverse=True) or not starts or starts[-1] != 0.0:
            raise ValueError("levels must fall from the highest to one that begins at 0.0")
        return self

    def word(self, probability: float) -> str:
        """Return the word for a probability."""
        return next(one.word for one in self.levels if probability >= one.at_least)
