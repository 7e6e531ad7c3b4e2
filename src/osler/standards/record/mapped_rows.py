"""Rows of a table, read by its mapping: one patient's rows to their record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from osler.clinical import (
    OSLER,
    SNOMED,
    Code,
    Condition,
    Identifier,
    Observation,
    Patient,
    Record,
    Sex,
)
from osler.errors import IdentityConflict, NotReadable
from osler.standards.record.entries import SEXES
from osler.standards.record.mapping import TableMapping, WideColumn
from osler.standards.terminology import Bounds, Stated, measurable_named, to_observation
from osler.standards.terminology.times import Moment, read_day, read_moment

Cells = Mapping[str, str]


@dataclass(frozen=True)
class TableRow:
    """One row, and the line it stands at."""

    line: int
    cells: Cells


@dataclass(frozen=True)
class RowValues:
    """What one row says."""

    observations: tuple[Observation, ...] = ()
    conditions: tuple[Condition, ...] = ()
    medications: tuple[Code, ...] = ()
    allergies: tuple[Code, ...] = ()


def number_of(row: TableRow, mapping: TableMapping) -> Identifier:
    """Return the number of the patient of a row.

    Raises
    ------
    NotReadable
        The row names nobody.
    """
    value = _cell(row, mapping.patient.id, mapping)
    if not value:
        raise NotReadable(
            f"line {row.line}: no patient in column {mapping.patient.id!r}; whose it is is not "
            "guessed"
        )
    return Identifier(value, mapping.patient.issuer or None)


def patient_of(rows: Sequence[TableRow], mapping: TableMapping) -> Patient:
    """Return the patient of all rows.

    Raises
    ------
    IdentityConflict
        The rows contradict each other on sex or birth date.
    NotReadable
        Sex, birth date or age is none.
    """
    columns = mapping.patient
    ages = {_cell(row, columns.age_years, mapping) for row in rows} - {""}
    return Patient(
        (number_of(rows[0], mapping),),
        _stated(rows, columns.name, mapping) or None,
        _sex(_stated(rows, columns.sex, mapping), mapping),
        _birth_date(_stated(rows, columns.birth_date, mapping), mapping),
        _age(ages.pop()) if len(ages) == 1 else None,
    )


def values_of(
    row: TableRow, mapping: TableMapping, bounds: Mapping[str, Bounds], *, now: datetime | None
) -> RowValues:
    """Return what one row says of its patient.

    Raises
    ------
    NotReadable
        Its time is none, or it names no code.
    """
    when = _time(_cell(row, mapping.time, mapping), mapping, row)
    observations: list[Observation] = []
    coded: dict[str, list[Code]] = {"condition": [], "medication": [], "allergy": []}
    if mapping.long is not None:
        observations.append(_long(row, mapping, bounds, when=when, now=now))
    for name, column in mapping.columns.items():
        cell = _cell(row, name, mapping)
        if not cell:
            continue
        if column.kind == "observation":
            stated = _wide(cell, column, mapping, when=when)
            observations.append(to_observation(stated, bounds, now=now))
        elif cell.lower() in column.present:
            coded[column.kind].append(code_of(column.code, mapping, column))
    at = when.at if when is not None else None
    return RowValues(
        tuple(observations),
        tuple(Condition(code, at) for code in coded["condition"]),
        tuple(coded["medication"]),
        tuple(coded["allergy"]),
    )


def record_of(
    patient: Patient, values: Sequence[RowValues], *, origin: str, warnings: Sequence[str] = ()
) -> Record:
    """Return one patient's record."""
    return Record(
        patient,
        tuple(one for row in values for one in row.observations),
        tuple(dict.fromkeys(one for row in values for one in row.conditions)),
        tuple(dict.fromkeys(one for row in values for one in row.medications)),
        tuple(dict.fromkeys(one for row in values for one in row.allergies)),
        origin=origin,
        warnings=tuple(warnings),
    )


def code_of(stated: str, mapping: TableMapping, column: WideColumn | None = None) -> Code:
    """Return a code: through the mapping's own codes, a name of Osler's, or as it stands."""
    named = mapping.codes.get(stated, stated)
    system = mapping.system(column.system) if column is not None else ""
    known = measurable_named(named) if not system else None
    if known is not None:
        return known.codes[0].code
    display = column.display if column is not None else ""
    if not system:
        is_condition = column is not None and column.kind != "observation"
        is_loinc = named[:1].isdigit() and "-" in named
        system = SNOMED if is_condition else "http://loinc.org" if is_loinc else OSLER
    return Code(system, named, display or named)


def _long(
    row: TableRow,
    mapping: TableMapping,
    bounds: Mapping[str, Bounds],
    *,
    when: Moment | None,
    now: datetime | None,
) -> Observation:
    """Return the one value of a row."""
    long = mapping.long
    code = _cell(row, long.code, mapping) if long is not None else ""
    if long is None or not code:
        raise NotReadable(f"line {row.line}: no code, so what was observed is unknown")
    system = _cell(row, long.system, mapping)
    column = WideColumn(code, unit=_cell(row, long.unit, mapping), system=system)
    cell = _cell(row, long.value, mapping)
    return to_observation(_wide(cell, column, mapping, when=when), bounds, now=now)


def _wide(cell: str, column: WideColumn, mapping: TableMapping, *, when: Moment | None) -> Stated:
    """Return a cell as a statement."""
    value: float | str | None = cell.replace(mapping.decimal, ".") if cell else None
    try:
        value = float(value) if isinstance(value, str) else None
    except ValueError:
        value = cell
    unit = column.unit.strip() or None
    raw = f"{cell} {unit or ''}".strip() if cell else "no value"
    at, notes = (when.at, when.repairs) if when is not None else (None, ())
    return Stated(code_of(column.code, mapping, column), value, unit, at, raw, notes)


def _cell(row: TableRow, column: str, mapping: TableMapping) -> str:
    """Return a cell; '' where it is missing or the mapping calls it so."""
    text = row.cells.get(column, "").strip() if column else ""
    return "" if text in mapping.missing else text


def _stated(rows: Sequence[TableRow], column: str, mapping: TableMapping) -> str:
    """Return the one value of a column that describes the person; '' where none is stated."""
    values = {_cell(row, column, mapping) for row in rows} - {""}
    if len(values) > 1:
        raise IdentityConflict(
            f"the rows of one patient state {len(values)} different values of {column!r}, expected "
            "one; correct the table"
        )
    return values.pop() if values else ""


def _sex(stated: str, mapping: TableMapping) -> Sex:
    word = mapping.sexes.get(stated, stated).strip().lower()
    if word not in SEXES:
        raise NotReadable(f"sex is {stated[:20]!r}; say what it means under [sexes] in the mapping")
    return SEXES[word]


def _birth_date(stated: str, mapping: TableMapping) -> date | None:
    if not stated:
        return None
    if mapping.birth_format:
        return _parsed(stated, mapping.birth_format).date()
    return read_day(stated)


def _age(stated: str) -> float | None:
    try:
        age = float(stated.replace(",", "."))
    except ValueError as fault:
        raise NotReadable(f"the age is {stated[:20]!r}, expected years; correct it") from fault
    return age if 0 <= age <= 130 else None


def _time(stated: str, mapping: TableMapping, row: TableRow) -> Moment | None:
    """Return the time of a row; in the mapping's zone where it states none."""
    if not stated:
        return None
    try:
        if not mapping.time_format:
            moment = read_moment(stated)
            assumed = "no time zone stated, taken as UTC" in moment.repairs
            return _in_zone(moment.at, mapping, moment) if assumed else moment
        found = _parsed(stated, mapping.time_format)
        if found.tzinfo is not None:
            return Moment(found.astimezone(UTC))
        note = "no time zone stated, taken as UTC"
        return _in_zone(found, mapping, Moment(found.replace(tzinfo=UTC), (note,)))
    except NotReadable as fault:
        raise NotReadable(f"line {row.line}: {fault}") from fault


def _in_zone(found: datetime, mapping: TableMapping, otherwise: Moment) -> Moment:
    """Return a time of the wall clock in the mapping's zone, where it names one."""
    if mapping.zone is None:
        return otherwise
    at = found.replace(tzinfo=mapping.zone).astimezone(UTC)
    return Moment(at, (f"no time zone stated, taken as {mapping.zone.key}",))


def _parsed(stated: str, form: str) -> datetime:
    try:
        return datetime.strptime(stated, form)  # noqa: DTZ007 - the zone is put on by the caller
    except ValueError as fault:
        raise NotReadable(f"{stated[:30]!r} is no time of the form {form}; correct it") from fault
