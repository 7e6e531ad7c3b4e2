"""Who a picture or a value belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

StudyUid = NewType("StudyUid", str)
SeriesUid = NewType("SeriesUid", str)
InstanceUid = NewType("InstanceUid", str)

DAYS_IN_A_YEAR = 365.2425


class Sex(StrEnum):
    """Administrative gender as FHIR R4 names it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Identifier:
    """A number that an issuer gave to a patient; the issuer is None where none is stated."""

    value: str
    issuer: str | None = None

    def __post_init__(self) -> None:
        if not self.value.strip():
            raise ValueError("an identifier needs a value")

    def agrees_with(self, other: "Identifier") -> bool:
        """Tell whether both are one number: equal values, and issuers that do not differ."""
        if self.value.strip() != other.value.strip():
            return False
        return self.issuer is None or other.issuer is None or self.issuer == other.issuer


@dataclass(frozen=True)
class Patient:
    """A person as one document describes them. Unknown stays None; nothing is assumed.

    ``stated_age_years`` is an age that a document states outright (DICOM Patient's Age), in
    years, for use where no birth date is known.
    """

    identifiers: tuple[Identifier, ...] = ()
    name: str | None = None
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None
    stated_age_years: float | None = None

    def __post_init__(self) -> None:
        age = self.stated_age_years
        if age is not None and not 0 <= age <= 130:
            raise ValueError(f"stated age is {age} years, expected 0 to 130")

    def age_on(self, day: date | None) -> float | None:
        """Return the age in years on a day, from the birth date or else the stated age."""
        if self.birth_date is not None and day is not None and day >= self.birth_date:
            return (day - self.birth_date).days / DAYS_IN_A_YEAR
        return self.stated_age_years

    def is_identified(self) -> bool:
        """Tell whether any identifier is known."""
        return bool(self.identifiers)

    def shares_identifier_with(self, other: "Patient") -> bool:
        """Tell whether some identifier of both is one number."""
        return any(a.agrees_with(b) for a in self.identifiers for b in other.identifiers)

    def contradictions(self, other: "Patient") -> tuple[str, ...]:
        """Name the facts in which two descriptions cannot be of one person."""
        return tuple(_contradictions(self, other))


def _contradictions(one: Patient, other: Patient) -> Iterable[str]:
    """Yield 'sex' and 'birth date' where both state them and they differ."""
    known = {Sex.FEMALE, Sex.MALE}
    if one.sex in known and other.sex in known and one.sex is not other.sex:
        yield "sex"
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        yield "birth date"
