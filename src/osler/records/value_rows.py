"""The rows of a record's values: a new version names the old one, an older one changes nothing."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update

from osler.clinical import Code, Named, Record, ValueNames
from osler.clinical.serial import to_json
from osler.records.ids import DocumentId, PatientId, new_id
from osler.records.tables import allergies, conditions, medications, observations

UNNAMED = Named()
TABLES = (observations, conditions, medications, allergies)
AT_ONCE = 500


@dataclass(frozen=True)
class Place:
    """Where rows go: into which transaction, of whom, read from which document."""

    connection: Connection
    patient_id: PatientId
    document_id: DocumentId


@dataclass(frozen=True)
class _New:
    """One value that a document states."""

    noun: object
    code: Code
    effective: datetime | None
    named: Named


def put_values(place: Place, record: Record, names: ValueNames | None) -> None:
    """Write what a document states, and take back what it takes back.

    Parameters
    ----------
    names
        What the source calls the values; where None, equal values alone are known again.
    """
    named = names or ValueNames()
    for table in TABLES:
        _withdraw(place, table, named.withdrawn)
    _put(place, observations, _beside(record.observations, named.observations))
    _put(
        place,
        conditions,
        (
            _New(one, one.code, one.onset, name)
            for one, name in _paired(record.conditions, named.conditions)
        ),
    )
    _put(place, medications, _bare(record.medications, named.medications))
    _put(place, allergies, _bare(record.allergies, named.allergies))


def fingerprint(value: object) -> str:
    """Return what is equal for equal values."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _beside(values: Sequence[Any], names: Sequence[Named]) -> Iterable[_New]:
    """Return observations with their names."""
    return (_New(one, one.code, one.effective, name) for one, name in _paired(values, names))


def _paired(values: Sequence[Any], names: Sequence[Named]) -> Iterable[tuple[Any, Named]]:
    """Return each value with its name; without one where the source gives none."""
    return zip(values, names or (UNNAMED,) * len(values), strict=True)


def _bare(codes: Sequence[Code], named: Sequence[tuple[Code, Named]]) -> Iterable[_New]:
    """Return bare codes with the names of all statements that hold them."""
    pairs = named or [(code, UNNAMED) for code in codes]
    return (_New(code, code, None, name) for code, name in pairs)


def _withdraw(place: Place, table: Table, withdrawn: Sequence[Named]) -> None:
    """Let values count no more that their source took back."""
    known = _current(place, table, [one.name for one in withdrawn if one.name])
    gone = [
        row[0]
        for one in withdrawn
        if (row := known.get(one.name)) is not None and not _is_older(one, row)
    ]
    _retire(place, table, gone)


def _put(place: Place, table: Table, values: Iterable[_New]) -> None:
    """Insert the values that the patient does not have yet."""
    key = table.primary_key.columns.keys()[0]
    values = list(values)
    known = _current(place, table, [one.named.name for one in values if one.named.name])
    rows: dict[str, dict[str, Any]] = {}
    for one in values:
        value, _ = to_json(one.noun)
        before = known.get(one.named.name) if one.named.name else None
        if before is not None and (_is_older(one.named, before) or before.value == value):
            continue
        marks = [value, one.named.name, before[0]] if before else [value, one.named.name]
        mark = fingerprint(marks if one.named.name else value)
        rows[mark] = {
            key: new_id(),
            "patient_id": place.patient_id,
            "document_id": place.document_id,
            "code_system": one.code.system,
            "code": one.code.code,
            "effective": one.effective,
            "value": value,
            "fingerprint": mark,
            "supersedes": before[0] if before is not None else None,
            "is_current": True,
            "named": one.named.name or None,
            "version": one.named.version or None,
        }
    taken = _returned(place, table, rows)
    _retire(place, table, [row["supersedes"] for row in rows.values() if row["supersedes"]])
    if new := [row for mark, row in rows.items() if mark not in taken]:
        place.connection.execute(table.insert(), new)


def _returned(place: Place, table: Table, rows: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return which rows are there; those that were withdrawn count again.

    A withdrawn value that is stated again was taken back by mistake, or begun anew.
    """
    key = table.primary_key.columns.values()[0]
    known: set[str] = set()
    for part in _parts(list(rows)):
        query = select(key, table.c.fingerprint, table.c.is_current).where(
            table.c.patient_id == place.patient_id, table.c.fingerprint.in_(part)
        )
        found = place.connection.execute(query).all()
        known |= {row.fingerprint for row in found}
        again = [row[0] for row in found if not row.is_current and rows[row.fingerprint]["named"]]
        if again:
            place.connection.execute(update(table).where(key.in_(again)).values(is_current=True))
    return known


def _current(place: Place, table: Table, names: Sequence[str]) -> dict[str, Row[Any]]:
    """Return the current row of each name that the patient has."""
    key = table.primary_key.columns.values()[0]
    found: dict[str, Row[Any]] = {}
    for part in _parts(names):
        query = select(key, table.c.named, table.c.version, table.c.value).where(
            table.c.patient_id == place.patient_id, table.c.named.in_(part), table.c.is_current
        )
        found |= {row.named: row for row in place.connection.execute(query)}
    return found


def _is_older(one: Named, row: Row[Any]) -> bool:
    """Tell whether a version came before the one that is kept, as far as both are stated."""
    return bool(one.version and row.version and one.version < row.version)


def _retire(place: Place, table: Table, ids: Sequence[str]) -> None:
    """Let rows be the current ones no longer."""
    key = table.primary_key.columns.values()[0]
    for part in _parts(ids):
        place.connection.execute(update(table).where(key.in_(part)).values(is_current=False))


def _parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return a list in pieces that a statement can hold."""
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
