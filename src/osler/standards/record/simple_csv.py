"""The simple CSV of one patient: a row an observation; docs/reference/record.md describes it."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from osler.clinical import Observation, Patient, Record
from osler.errors import IdentityConflict, NotReadable
from osler.standards.record.entries import Person, Row, to_patient, to_stated
from osler.standards.terminology import Bounds, to_observation

PERSON_COLUMNS = ("patient_id", "issuer", "name", "sex", "birth_date", "age_years")
ROW_COLUMNS = ("code", "value", "unit", "time", "system")
NEEDED = ("code", "value")
DELIMITERS = ",;\t"
MAX_WARNED = 20

Cells = Mapping[str, str]


def looks_like_csv(text: str) -> bool:
    """Tell whether the first line names the columns of the simple CSV."""
    return set(NEEDED) <= set(_columns(text.splitlines()[0], _delimiter(text)))


def read_simple_csv(
    text: str, *, origin: str, bounds: Mapping[str, Bounds], now: datetime | None = None
) -> Record:
    """Read the simple CSV of one patient.

    Raises
    ------
    IdentityConflict
        The rows name two patients, or contradict each other on sex or birth date.
    NotReadable
        A needed column is missing, or the patient cannot be read. A malformed row costs itself
        and a warning.
    """
    rows, warnings = _rows(text, origin)
    patient = _patient(rows, origin)
    if not patient.identifiers:
        warnings.append("no patient_id is stated, so the record joins no study unless you say so")
    if patient.birth_date is None and any(cells.get("birth_date") for _, cells in rows):
        warnings.append("the birth date states no day, so the age is not computed from it")
    observations = []
    for line, cells in rows:
        try:
            observations.append(_observation(cells, bounds, now))
        except NotReadable as fault:
            warnings.append(f"line {line} was left out: {fault}")
    return Record(patient, tuple(observations), origin=origin, warnings=tuple(warnings))


def _delimiter(text: str) -> str:
    """Return the delimiter that the header uses most."""
    header = text.splitlines()[0]
    return max(DELIMITERS, key=header.count)


def _columns(header: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([header], delimiter=delimiter), [])
    return [cell.strip().lower().replace(" ", "_") for cell in cells]


def _rows(text: str, origin: str) -> tuple[list[tuple[int, Cells]], list[str]]:
    """Return the rows that are not empty, each with its line, and the first warnings."""
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = _columns(text.splitlines()[0], delimiter)
    known = {*PERSON_COLUMNS, *ROW_COLUMNS}
    warnings = [
        f"the column {column!r} is not known and was not used"
        for column in columns
        if column not in known
    ]
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as fault:
        raise NotReadable(
            f"{origin}, line {reader.line_num}: not CSV ({fault}); export the table again"
        ) from fault
    rows: list[tuple[int, Cells]] = []
    for line, cells in lines[1:]:
        if len(cells) > len(columns):
            warnings.append(
                f"line {line} was left out: it has {len(cells)} cells, expected {len(columns)}"
            )
        elif any(cell.strip() for cell in cells):
            rows.append((line, {c: v.strip() for c, v in zip(columns, cells, strict=False)}))
    if not rows:
        raise NotReadable(f"{origin}: a CSV without a row; expected one row for each observation")
    return rows, warnings


def _patient(rows: Iterable[tuple[int, Cells]], origin: str) -> Patient:
    """Return the one patient of all rows. Identity is never guessed."""
    stated = {column: _stated(rows, column, origin) for column in PERSON_COLUMNS}
    if stated["patient_id"]:
        unnamed = [line for line, cells in rows if not cells.get("patient_id")]
        if unnamed:
            raise IdentityConflict(
                f"{origin}: {len(unnamed)} rows (first: line {unnamed[0]}) have no patient_id "
                "while others do, expected one patient; fill it in or remove those rows"
            )
    try:
        return to_patient(
            Person(
                identifier=stated["patient_id"],
                issuer=stated["issuer"],
                name=stated["name"],
                sex=stated["sex"],
                birth_date=stated["birth_date"],
                age_years=_age(stated["age_years"]),
            )
        )
    except NotReadable as fault:
        raise NotReadable(f"{origin}: {fault}") from fault


def _stated(rows: Iterable[tuple[int, Cells]], column: str, origin: str) -> str:
    """Return the one value of a column that describes the person; '' where none is stated."""
    values = {cells.get(column, "") for _, cells in rows} - {""}
    if len(values) > 1:
        what = "patients" if column == "patient_id" else f"different values of {column}"
        raise IdentityConflict(
            f"{origin}: {len(values)} {what}, expected one; give a document for each patient"
        )
    return values.pop() if values else ""


def _age(stated: str) -> float | None:
    if not stated:
        return None
    try:
        return float(stated.replace(",", "."))
    except ValueError as fault:
        raise NotReadable(
            f"age_years is {stated[:20]!r}, expected a number of years; correct it"
        ) from fault


def _observation(cells: Cells, bounds: Mapping[str, Bounds], now: datetime | None) -> Observation:
    row = Row(
        cells.get("code", ""),
        _value(cells.get("value", "")),
        unit=cells.get("unit", ""),
        time=cells.get("time", ""),
        system=cells.get("system", ""),
    )
    return to_observation(to_stated(row), bounds, now=now)


def _value(cell: str) -> float | str | None:
    """Return a cell as a number where it is written as one with a point, else as text."""
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return cell
