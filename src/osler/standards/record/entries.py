"""The pieces of the two simple formats: one patient, one statement."""

from collections.abc import Mapping
from dataclasses import dataclass

from osler.clinical import LOINC, OSLER, Code, Identifier, Patient, Sex
from osler.errors import NotReadable
from osler.standards.terminology import Measurable, Stated, measurable_named, measurable_of
from osler.standards.terminology.times import read_day, read_moment

SEXES: Mapping[str, Sex] = {
    "f": Sex.FEMALE,
    "female": Sex.FEMALE,
    "m": Sex.MALE,
    "male": Sex.MALE,
    "o": Sex.OTHER,
    "other": Sex.OTHER,
    "u": Sex.UNKNOWN,
    "unknown": Sex.UNKNOWN,
    "": Sex.UNKNOWN,
}


@dataclass(frozen=True)
class Row:
    """One observation of a simple document, as stated."""

    code: str
    value: float | str | None
    unit: str = ""
    time: str = ""
    system: str = ""


@dataclass(frozen=True)
class Person:
    """The patient of a simple document, as stated; '' and None are not stated."""

    identifier: str = ""
    issuer: str = ""
    name: str = ""
    sex: str = ""
    birth_date: str = ""
    age_years: float | None = None


def to_patient(person: Person) -> Patient:
    """Turn a stated person into a patient.

    Raises
    ------
    NotReadable
        Sex, birth date or age is none.
    """
    value = person.identifier.strip()
    sex = SEXES.get(person.sex.strip().lower())
    if sex is None:
        raise NotReadable(
            f"sex is {person.sex[:20]!r}, expected female, male, other or unknown; correct it"
        )
    if person.age_years is not None and not 0 <= person.age_years <= 130:
        raise NotReadable(
            f"age_years is {person.age_years:g}, expected 0 to 130; correct it or leave it out"
        )
    return Patient(
        identifiers=(Identifier(value, person.issuer.strip() or None),) if value else (),
        name=person.name.strip() or None,
        sex=sex,
        birth_date=read_day(person.birth_date) if person.birth_date.strip() else None,
        stated_age_years=person.age_years,
    )


def to_stated(row: Row) -> Stated:
    """Turn a row into a statement.

    Raises
    ------
    NotReadable
        It names nothing that was observed, or its time is no time.
    """
    code = _code(row)
    unit = row.unit.strip() or None
    if not row.time.strip():
        return Stated(code, row.value, unit, None, _raw(row))
    moment = read_moment(row.time)
    return Stated(code, row.value, unit, moment.at, _raw(row), moment.repairs)


def _code(row: Row) -> Code:
    """Return the code of a row: a convenience name, else a LOINC code, else what is stated."""
    stated = row.code.strip()
    if not stated:
        raise NotReadable("code is empty; give a LOINC code or a name such as heart_rate")
    system = row.system.strip()
    named = None if system else measurable_named(stated)
    if named is not None:
        return named.codes[0].code
    code = Code(system or LOINC, stated)
    known = measurable_of(code)
    if known is not None:
        return _displayed(known, code)
    if not system and not stated[0].isdigit():
        return Code(OSLER, stated, stated)
    return code


def _displayed(known: Measurable, code: Code) -> Code:
    entry = known.known_code(code)
    return entry.code if entry is not None else code


def _raw(row: Row) -> str:
    if row.value is None:
        return "no value"
    words = f"{row.value:g}" if isinstance(row.value, float) else row.value
    return f"{words} {row.unit.strip()}".strip()
