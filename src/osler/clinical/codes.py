"""Coded words and measured quantities."""

import math
from dataclasses import dataclass

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
OSLER = "https://osler.example/codes"


@dataclass(frozen=True)
class Code:
    """One concept in one code system, given by the system's URI."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True)
class Quantity:
    """A finite number with its UCUM unit ('1' where it has none)."""

    value: float
    unit: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"a quantity must be finite, got {self.value}")


@dataclass(frozen=True)
class Interval:
    """A value with the bounds of its 95 % interval; low <= value <= high."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"need low <= value <= high, got {self.low}, {self.value}, {self.high}"
            )
