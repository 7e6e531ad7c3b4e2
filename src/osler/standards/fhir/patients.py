"""FHIR Patient to Osler's patient: only what is stated."""

from datetime import date

from osler.clinical import Identifier, Patient, Sex
from osler.errors import NotReadable
from osler.standards.fhir.shape import Json, tables, text
from osler.standards.terminology.times import read_day

NAME_ORDER = ("official", "usual")


def read_patient(resource: Json) -> tuple[Patient, tuple[str, ...]]:
    """Return the patient and warnings on what was stated but could not be used."""
    warnings: list[str] = []
    birth_date = _birth_date(text(resource, "birthDate"), warnings)
    sex = _sex(text(resource, "gender"), warnings)
    identifiers = tuple(_identifiers(resource))
    if not identifiers:
        warnings.append(
            "Patient: no identifier is stated, so the record joins no study unless the user says so"
        )
    return Patient(identifiers, _name(resource), sex, birth_date), tuple(warnings)


def _identifiers(resource: Json) -> list[Identifier]:
    """Return the identifiers that hold a value, each once."""
    found = []
    for entry in tables(resource, "identifier"):
        value = (text(entry, "value") or "").strip()
        if value:
            found.append(Identifier(value, text(entry, "system") or None))
    return list(dict.fromkeys(found))


def _birth_date(stated: str | None, warnings: list[str]) -> date | None:
    if not stated:
        return None
    try:
        found = read_day(stated)
    except NotReadable:
        warnings.append("Patient: the birth date is no date and was left out")
        return None
    if found is None:
        warnings.append("Patient: the birth date states no day, so the age is not computed from it")
    return found


def _sex(gender: str | None, warnings: list[str]) -> Sex:
    if gender is None:
        return Sex.UNKNOWN
    try:
        return Sex(gender.strip().lower())
    except ValueError:
        warnings.append("Patient: the gender is none of FHIR's four codes and counts as unknown")
        return Sex.UNKNOWN


def _name(resource: Json) -> str | None:
    """Return one name as a person writes it: the official one, else the first."""
    names = tables(resource, "name")
    if not names:
        return None
    chosen = min(names, key=lambda name: _use_rank(text(name, "use")))
    words = text(chosen, "text")
    if words:
        return words
    given = chosen.get("given") or []
    parts = [*given, text(chosen, "family")] if isinstance(given, list) else []
    return " ".join(part for part in parts if isinstance(part, str)) or None


def _use_rank(use: str | None) -> int:
    return NAME_ORDER.index(use) if use in NAME_ORDER else len(NAME_ORDER)
