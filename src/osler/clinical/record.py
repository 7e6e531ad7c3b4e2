"""The patient's record: what was measured, when, and what is known."""

from dataclasses import dataclass
from datetime import datetime

from osler.clinical.codes import Code, Quantity
from osler.clinical.identity import Patient


@dataclass(frozen=True)
class Observation:
    """One measured or observed value.

    ``value`` is in the unit that Osler uses for the code after conversion; ``raw`` is what the
    document said. ``repairs`` name each change made between the two. ``implausible`` carries the
    sentence why a value is outside what a living patient can have; such a value is shown but
    never used.
    """

    code: Code
    value: Quantity | Code | str | None
    effective: datetime | None
    raw: str
    repairs: tuple[str, ...] = ()
    implausible: str | None = None


@dataclass(frozen=True)
class Condition:
    """A problem or diagnosis, with the time it began and ended where known."""

    code: Code
    onset: datetime | None = None
    abatement: datetime | None = None
    active: bool = True


@dataclass(frozen=True)
class Record:
    """All that one document says of one patient."""

    patient: Patient
    observations: tuple[Observation, ...] = ()
    conditions: tuple[Condition, ...] = ()
    medications: tuple[Code, ...] = ()
    allergies: tuple[Code, ...] = ()
    origin: str = ""
    warnings: tuple[str, ...] = ()
