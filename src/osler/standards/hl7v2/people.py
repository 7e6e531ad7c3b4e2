"""PID and MRG to patients.

References
----------
HL7 v2.8 chapter 3.4, data types CX, HD, XPN.
"""

from datetime import date

from osler.clinical import Identifier, Patient, Sex
from osler.errors import NotReadable
from osler.standards.hl7v2.segments import Parts, Segment
from osler.standards.hl7v2.times import read_time

SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "O": Sex.OTHER, "A": Sex.OTHER, "U": Sex.UNKNOWN}
# Numbers that are of a visit, an account or a bill, and not of a person.
NOT_OF_A_PERSON = frozenset({"AN", "VN", "BC", "XV", "ANON", "ANC", "ANT"})


def patient_of(pid: Segment) -> tuple[Patient, tuple[str, ...]]:
    """Return the patient of a PID segment, and warnings on what could not be used."""
    warnings: list[str] = []
    numbers = [found for part in pid.parts(3) if (found := identifier_of(part))]
    if not numbers:
        numbers = [found for part in pid.parts(2) if (found := identifier_of(part))]
    stated = pid.at(8).upper()
    sex = SEXES.get(stated[:1], Sex.UNKNOWN)
    if stated and stated[:1] not in SEXES:
        warnings.append(f"PID-8 is {stated[:10]!r}, none of F, M, O, U: the sex counts as unknown")
    born = _birth_date(pid, warnings)
    numbers = list(dict.fromkeys(numbers))
    if not numbers:
        warnings.append("PID-3 holds no number, so the record joins no study")
    return Patient(tuple(numbers), _name(pid), sex, born), tuple(warnings)


def identifier_of(part: Parts) -> Identifier | None:
    """Return a CX as a number with its issuer: the universal id, else the name."""
    value = part.at(1)
    if not value or part.at(5).upper() in NOT_OF_A_PERSON:
        return None
    name, universal, kind = part.at(4, 1), part.at(4, 2), part.at(4, 3).upper()
    if universal and kind == "ISO":
        return Identifier(value, f"urn:oid:{universal}")
    return Identifier(value, universal or name or None)


def _birth_date(pid: Segment, warnings: list[str]) -> date | None:
    stated = pid.at(7)
    if not stated:
        return None
    try:
        read_time(stated)
    except NotReadable:
        warnings.append("PID-7 is no date: the birth date was left out")
        return None
    if len(stated) < 8:
        warnings.append("PID-7 states no day, so the age is not computed from it")
        return None
    return date(int(stated[:4]), int(stated[4:6]), int(stated[6:8]))


def _name(pid: Segment) -> str | None:
    """Return the first name as a person writes it."""
    for part in pid.parts(5):
        words = [part.at(2), part.at(3), part.at(1)]
        if any(words):
            return " ".join(word for word in words if word)
    return None
