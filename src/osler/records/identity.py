"""Which row of ``patients`` a document is of: by number, never by likeness."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from osler.clinical import Identifier, Patient, Sex
from osler.errors import IdentityConflict, NotFound
from osler.records.ids import PatientId, new_id
from osler.records.rows import insert_new
from osler.records.tables import (
    patient_descriptions,
    patient_identifiers,
    patient_merges,
    patients,
)

UNSTATED = ""
ASK = "check the numbers and birth dates with whoever sent it; merge the two if they are one person"


class Conflicts(StrEnum):
    """What happens where a document contradicts sex or birth date as kept."""

    REFUSED = "refused"
    SHOWN = "shown"


@dataclass(frozen=True)
class Received:
    """Where a description of a patient came from, and when."""

    source: str
    now: datetime
    conflicts: Conflicts = Conflicts.REFUSED


def with_issuer(patient: Patient, default: str | None) -> tuple[tuple[str, str], ...]:
    """Return a patient's numbers as (issuer, value); ``default`` is the site's own issuer."""
    pairs = ((one.issuer or default or UNSTATED, one.value.strip()) for one in patient.identifiers)
    return tuple(dict.fromkeys(pairs))


def find(connection: Connection, numbers: Sequence[tuple[str, str]]) -> PatientId | None:
    """Return the patient that has one of these numbers.

    Raises
    ------
    IdentityConflict
        They are of two patients that nobody has merged.
    """
    if not numbers:
        return None
    table = patient_identifiers.c
    same = (and_(table.issuer == issuer, table.value == value) for issuer, value in numbers)
    query = select(table.patient_id).where(or_(*same)).order_by(table.patient_id).distinct()
    found = [PatientId(one) for one in connection.scalars(query)]
    if len({root(connection, one) for one in found}) > 1:
        raise IdentityConflict(
            f"the numbers of one document are of {len(found)} patients ({', '.join(found)}); "
            f"expected one; {ASK}"
        )
    return found[0] if found else None


def root(connection: Connection, patient_id: PatientId) -> PatientId:
    """Return the patient that this one was merged into, or itself."""
    at, seen = patient_id, {patient_id}
    while (into := _merged_into(connection, at)) is not None and into not in seen:
        seen.add(into)
        at = into
    return at


def one_person(connection: Connection, patient_id: PatientId) -> tuple[PatientId, ...]:
    """Return all rows that are one person with this one; the one that lives on is first."""
    known = [root(connection, patient_id)]
    for one in known:
        query = select(patient_merges.c.patient_id).where(
            patient_merges.c.into_patient_id == one, patient_merges.c.undone_at.is_(None)
        )
        known += [PatientId(found) for found in connection.scalars(query) if found not in known]
    return tuple(known)


def _merged_into(connection: Connection, patient_id: PatientId) -> PatientId | None:
    """Return what one row is merged into at present."""
    found = connection.scalar(
        select(patient_merges.c.into_patient_id).where(
            patient_merges.c.patient_id == patient_id, patient_merges.c.undone_at.is_(None)
        )
    )
    return PatientId(found) if found is not None else None


def add_patient(
    connection: Connection, *, patient_id: PatientId, wrapped_key: bytes, now: datetime
) -> None:
    """Insert a patient of whom nothing is said yet."""
    row = {"patient_id": patient_id, "wrapped_key": wrapped_key, "created_at": now}
    connection.execute(insert(patients).values(**row))


def claim_numbers(
    connection: Connection,
    patient_id: PatientId,
    numbers: Sequence[tuple[str, str]],
    *,
    now: datetime,
) -> bool:
    """Give a patient numbers; False where another process has just given one to somebody else."""
    for issuer, value in numbers:
        row = {
            "identifier_id": new_id(),
            "patient_id": patient_id,
            "issuer": issuer,
            "value": value,
            "kind": "patient",
            "received_at": now,
        }
        insert_new(connection, patient_identifiers, row, unique=("issuer", "value"))
    return find(connection, numbers) == patient_id


def describe(
    connection: Connection, patient_id: PatientId, patient: Patient, *, received: Received
) -> bool:
    """Take in what a document says of a patient; what is new becomes a row that names the old.

    Returns whether something was new.

    Raises
    ------
    IdentityConflict
        Sex or birth date contradict what is known. Where conflicts are shown, one that differs is
        kept beside the current description; two are another person.
    """
    old = _current(connection, patient_id)
    before = _noun(old) if old is not None else Patient()
    contradictions = before.contradictions(patient)
    if len(contradictions) == 1 and received.conflicts is Conflicts.SHOWN:
        _dispute(connection, patient_id, patient, received=received)
        return False
    if contradictions:
        raise IdentityConflict(
            f"patient {patient_id}: the {' and '.join(contradictions)} in the document differs "
            f"from what is kept; expected one person; {ASK}"
        )
    after = _filled(patient, before)
    if old is not None and after == before:
        return False
    if old is not None:
        connection.execute(
            update(patient_descriptions)
            .where(patient_descriptions.c.description_id == old.description_id)
            .values(is_current=False)
        )
    before_id = old.description_id if old is not None else None
    _insert(connection, patient_id, after, received=received, supersedes=before_id)
    return True


def _insert(
    connection: Connection,
    patient_id: PatientId,
    patient: Patient,
    *,
    received: Received,
    supersedes: str | None,
    is_current: bool = True,
) -> None:
    """Insert one description."""
    connection.execute(
        insert(patient_descriptions).values(
            description_id=new_id(),
            patient_id=patient_id,
            name=patient.name,
            sex=str(patient.sex),
            birth_date=patient.birth_date,
            stated_age_years=patient.stated_age_years,
            supersedes=supersedes,
            is_current=is_current,
            stated_by=received.source,
            received_at=received.now,
        )
    )


def _dispute(
    connection: Connection, patient_id: PatientId, patient: Patient, *, received: Received
) -> None:
    """Keep a description that contradicts the current one, beside it and once."""
    table = patient_descriptions.c
    rows = connection.execute(
        select(patient_descriptions).where(table.patient_id == patient_id, ~table.is_current)
    )
    stated = replace(patient, identifiers=())
    if any(_noun(row) == stated and row.stated_by == received.source for row in rows):
        return
    _insert(connection, patient_id, stated, received=received, supersedes=None, is_current=False)


def disputed(connection: Connection, patient_id: PatientId) -> tuple[str, ...]:
    """Say in which facts documents contradict what is kept of a person, and who said so."""
    whole = described(connection, patient_id)
    said = []
    for one in one_person(connection, patient_id):
        table = patient_descriptions.c
        rows = connection.execute(
            select(patient_descriptions)
            .where(table.patient_id == one)
            .order_by(table.description_id)
        )
        said += [
            f"the {fact} is in dispute: {row.stated_by} says {_fact(_noun(row), fact)} "
            f"({row.received_at:%Y-%m-%d}), kept and used is {_fact(whole, fact)}; ask who is right"
            for row in rows
            for fact in whole.contradictions(_noun(row))
        ]
    return tuple(dict.fromkeys(said))


def _fact(patient: Patient, fact: str) -> str:
    """Return sex or birth date in words."""
    return str(patient.sex) if fact == "sex" else str(patient.birth_date)


def described(connection: Connection, patient_id: PatientId) -> Patient:
    """Return a person as the rows that are one with this one describe them, numbers included.

    Raises
    ------
    NotFound
        There is no such patient, or the patient was forgotten.
    """
    known = connection.execute(
        select(patients.c.patient_id, patients.c.forgotten_at).where(
            patients.c.patient_id == patient_id
        )
    ).one_or_none()
    if known is None or known.forgotten_at is not None:
        how = "was forgotten" if known is not None else "is not there"
        raise NotFound(f"patient {patient_id} {how}; expected the id of a patient that is kept")
    whole = Patient()
    ids = one_person(connection, patient_id)
    for one in ids:
        row = _current(connection, one)
        whole = _filled(whole, _noun(row)) if row is not None else whole
    table = patient_identifiers.c
    query = (
        select(table.issuer, table.value)
        .where(table.patient_id.in_(ids))
        .order_by(table.received_at)
    )
    numbers = tuple(
        Identifier(value, issuer or None) for issuer, value in connection.execute(query)
    )
    return Patient(
        identifiers=numbers,
        name=whole.name,
        sex=whole.sex,
        birth_date=whole.birth_date,
        stated_age_years=whole.stated_age_years,
    )


def _current(connection: Connection, patient_id: PatientId) -> Row[tuple[object, ...]] | None:
    """Return the row that describes a patient now."""
    table = patient_descriptions.c
    query = select(patient_descriptions).where(table.patient_id == patient_id, table.is_current)
    return connection.execute(query.order_by(table.description_id.desc()).limit(1)).one_or_none()


def _noun(row: Row[tuple[object, ...]]) -> Patient:
    """Return a row as a patient without numbers."""
    return Patient(
        name=row.name,
        sex=Sex(row.sex),
        birth_date=row.birth_date,
        stated_age_years=row.stated_age_years,
    )


def _filled(new: Patient, old: Patient) -> Patient:
    """Return what the new one says, and what the old one said where the new one is silent."""
    return Patient(
        name=new.name or old.name,
        sex=new.sex if new.sex is not Sex.UNKNOWN else old.sex,
        birth_date=new.birth_date or old.birth_date,
        stated_age_years=new.stated_age_years
        if new.stated_age_years is not None
        else old.stated_age_years,
    )
