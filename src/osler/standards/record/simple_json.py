"""The simple JSON of one patient; docs/reference/record.md describes it with examples."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from osler.clinical import LOINC, OSLER, SNOMED, Code, Condition, Observation, Patient, Record
from osler.errors import IdentityConflict, NotReadable
from osler.standards.fhir.shape import Json, number, table, text
from osler.standards.record.entries import Person, Row, to_patient, to_stated
from osler.standards.terminology import Bounds, to_observation
from osler.standards.terminology.times import read_moment

Read = TypeVar("Read")

KEYS = frozenset({"patient", "observations", "conditions", "medications", "allergies"})
PATIENT_KEYS = frozenset(
    {"id", "issuer", "name", "sex", "birth_date", "age_years", "pregnant", "spo2_scale"}
)


def read_simple_json(
    document: Json, *, origin: str, bounds: Mapping[str, Bounds], now: datetime | None = None
) -> Record:
    """Read the simple JSON of one patient.

    Raises
    ------
    IdentityConflict
        ``patient`` is a list of several.
    NotReadable
        The patient cannot be read. A malformed entry of a list costs itself and a warning.
    """
    warnings = [f"the key {key!r} is not known and was not used" for key in _unknown(document)]
    stated = _patient_entry(document, origin)
    patient = _patient(stated, origin)
    if not patient.identifiers:
        warnings.append("no patient id is stated, so the record joins no study unless you say so")
    if _words(stated, "birth_date") and patient.birth_date is None:
        warnings.append("the birth date states no day, so the age is not computed from it")
    rows = [*_patient_rows(stated), *_observation_rows(document, warnings)]
    observations = _observations(rows, warnings, bounds=bounds, now=now)
    return Record(
        patient,
        observations=tuple(observations),
        conditions=tuple(_listed(document, "conditions", _condition, warnings=warnings)),
        medications=tuple(_listed(document, "medications", _concept, warnings=warnings)),
        allergies=tuple(_listed(document, "allergies", _concept, warnings=warnings)),
        origin=origin,
        warnings=tuple(warnings),
    )


def _unknown(document: Json) -> list[str]:
    stated = document.get("patient")
    inside = stated if isinstance(stated, dict) else {}
    return sorted(set(document) - KEYS) + [
        f"patient.{key}" for key in sorted(set(inside) - PATIENT_KEYS)
    ]


def _patient_entry(document: Json, origin: str) -> Json:
    stated = document.get("patient", {})
    if isinstance(stated, list):
        raise IdentityConflict(
            f"{origin}: {len(stated)} patients, expected one; give a document for each"
        )
    try:
        return table(stated, "patient")
    except NotReadable as fault:
        raise NotReadable(f"{origin}: {fault}") from fault


def _patient(stated: Json, origin: str) -> Patient:
    try:
        return to_patient(
            Person(
                identifier=_words(stated, "id"),
                issuer=_words(stated, "issuer"),
                name=_words(stated, "name"),
                sex=_words(stated, "sex"),
                birth_date=_words(stated, "birth_date"),
                age_years=number(stated, "age_years"),
            )
        )
    except NotReadable as fault:
        raise NotReadable(f"{origin}: patient: {fault}") from fault


def _words(holder: Json, key: str) -> str:
    """Return text; an identifier that is written as a whole number is its digits."""
    value = holder.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(holder, key) or ""


def _patient_rows(stated: Json) -> list[tuple[str, Row]]:
    """Return what the patient entry says that is an observation."""
    found = []
    for key in ("pregnant", "spo2_scale"):
        value = stated.get(key)
        if value is not None:
            words = {True: "true", False: "false"}.get(value) if value in (True, False) else None
            found.append((f"patient.{key}", Row(key, words or str(value))))
    return found


def _observation_rows(document: Json, warnings: list[str]) -> list[tuple[str, Row]]:
    rows = _listed_with_place(document, "observations", _row, warnings=warnings)
    return list(rows)


def _row(entry: Json) -> Row:
    code = text(entry, "code") or text(entry, "name") or ""
    return Row(
        code,
        _value(entry),
        unit=text(entry, "unit") or "",
        time=text(entry, "time") or "",
        system=text(entry, "system") or "",
    )


def _value(entry: Json) -> float | str | None:
    value = entry.get("value")
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str):
        return value
    return number(entry, "value")


def _observations(
    rows: list[tuple[str, Row]],
    warnings: list[str],
    *,
    bounds: Mapping[str, Bounds],
    now: datetime | None,
) -> list[Observation]:
    found = []
    for place, row in rows:
        try:
            found.append(to_observation(to_stated(row), bounds, now=now))
        except NotReadable as fault:
            warnings.append(f"{place} was left out: {fault}")
    return found


def _condition(entry: Json) -> Condition:
    abatement = _time(entry, "abatement")
    active = entry.get("active", abatement is None)
    if not isinstance(active, bool):
        raise NotReadable("active is not true or false; correct it or leave it out")
    return Condition(_concept(entry), _time(entry, "onset"), abatement, active)


def _time(entry: Json, key: str) -> datetime | None:
    found = text(entry, key)
    return read_moment(found).at if found else None


def _concept(entry: Json) -> Code:
    """Return a code; without a system it is SNOMED CT, without a code the text alone."""
    code, display = text(entry, "code") or "", text(entry, "display") or text(entry, "text") or ""
    if not code and not display:
        raise NotReadable("it has neither code nor text; give one of them")
    systems = {"snomed": SNOMED, "loinc": LOINC, "osler": OSLER}
    stated = text(entry, "system") or ""
    system = systems.get(stated.lower(), stated)
    return Code(system or (SNOMED if code else ""), code, display)


def _listed(
    document: Json, key: str, read: Callable[[Json], Read], *, warnings: list[str]
) -> list[Read]:
    return [one for _, one in _listed_with_place(document, key, read, warnings=warnings)]


def _listed_with_place(
    document: Json, key: str, read: Callable[[Json], Read], *, warnings: list[str]
) -> list[tuple[str, Read]]:
    """Read each entry of a list; one that cannot be read costs itself and a warning."""
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        warnings.append(f"{key} is not a list and was left out; write it as a list")
        return []
    found = []
    for index, entry in enumerate(value):
        place = f"{key}[{index}]"
        try:
            found.append((place, read(_entry(entry, place))))
        except NotReadable as fault:
            warnings.append(f"{place} was left out: {fault}")
    return found


def _entry(value: object, place: str) -> Json:
    """Return an entry as an object; a bare word stands for its text."""
    return {"text": value} if isinstance(value, str) else table(value, place)
