"""Documents of the patient's record: kept whole, and the values read from them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select, update

from osler.clinical import Code, Condition, Observation, Record
from osler.clinical.serial import from_json, to_json
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.holders import Holder, Holders, require_kept
from osler.records.identity import Received, described, one_person
from osler.records.ids import DocumentId, PatientId, new_id
from osler.records.objects import Objects
from osler.records.rows import insert_new
from osler.records.tables import allergies, conditions, documents, medications, observations

Noun = TypeVar("Noun")


@dataclass(frozen=True)
class StoredDocument:
    """A document that is kept, and whose it is. ``outcome`` is 'stored' or 'repeated'."""

    document_id: DocumentId
    patient_id: PatientId
    outcome: str


@dataclass(frozen=True)
class Documents:
    """What may be done with documents of the record, by one actor for one purpose."""

    door: Door
    holders: Holders
    objects: Objects

    def store(
        self, record: Record, content: bytes, *, kind: str, source: str, now: datetime
    ) -> StoredDocument:
        """Keep a document whole, and the values read from it. Durable when this returns.

        Parameters
        ----------
        record
            What was read from ``content``.
        kind
            'fhir', 'json', 'csv' or 'hl7v2'.

        Raises
        ------
        IdentityConflict
            Its numbers are of two patients, or sex or birth date contradict what is kept.
        TryLater
            Disk or database did not take it; nothing is half there.
        """
        received = Received(source, now)

        def find() -> Holder:
            return self.holders.of_document(self.door, record.patient, received, study_uid=None)

        def keep(holder: Holder) -> StoredDocument:
            kept = self.objects.put(content, holder=holder.patient_id, key=holder.key)
            row = {
                "document_id": new_id(),
                "patient_id": holder.patient_id,
                "kind": kind,
                "origin": record.origin,
                "source": source,
                "state": "new",
                "address": kept.address,
                "sha256": kept.sha256,
                "size": kept.size,
                "warnings": list(record.warnings),
                "received_at": now,
            }
            return self._put(holder, row, record)

        return self.holders.under(find, keep)

    def _put(self, holder: Holder, row: dict[str, Any], record: Record) -> StoredDocument:
        """Write the rows of a document whose bytes are on disk."""

        def work(connection: Connection) -> tuple[StoredDocument, Sequence[Subject]]:
            require_kept(connection, holder)
            stored = _put(connection, row, record)
            detail = (("outcome", stored.outcome),)
            return stored, [Subject(f"document/{stored.document_id}", stored.patient_id, detail)]

        return self.door.write(Action.STORE, work)

    def record(self, patient_id: PatientId) -> Record | None:
        """Return all that is known of a patient, or None where no document was kept.

        The rows of merged patients count as one person.
        """

        def query(connection: Connection) -> tuple[Record | None, Sequence[Subject]]:
            return record_of(connection, patient_id), [Subject(f"record/{patient_id}", patient_id)]

        return self.door.read(Action.READ_RECORD, query)

    def used(self, patient_id: PatientId, *, now: datetime) -> None:
        """Note that an assessment took in what was received until a time."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(
                update(documents)
                .where(
                    documents.c.patient_id.in_(one_person(connection, patient_id)),
                    documents.c.state.in_(("new", "queued")),
                    documents.c.received_at <= now,
                )
                .values(state="used")
            )
            return None, ()

        self.door.write(Action.WRITE_RESULT, work)


def _put(connection: Connection, row: dict[str, Any], record: Record) -> StoredDocument:
    """Insert a document and its values, unless the same bytes are kept."""
    patient_id = PatientId(row["patient_id"])
    if not insert_new(connection, documents, row, unique=("patient_id", "sha256")):
        known = connection.scalar(
            select(documents.c.document_id).where(
                documents.c.patient_id == patient_id, documents.c.sha256 == row["sha256"]
            )
        )
        return StoredDocument(DocumentId(str(known)), patient_id, "repeated")
    document_id = DocumentId(row["document_id"])
    put = (connection, patient_id, document_id)
    _put_values(*put, observations, ((o.code, o.effective, o) for o in record.observations))
    _put_values(*put, conditions, ((c.code, c.onset, c) for c in record.conditions))
    _put_values(*put, medications, ((code, None, code) for code in record.medications))
    _put_values(*put, allergies, ((code, None, code) for code in record.allergies))
    return StoredDocument(document_id, patient_id, "stored")


def _put_values(  # noqa: PLR0917 - the first three are one thing: where to
    connection: Connection,
    patient_id: PatientId,
    document_id: DocumentId,
    table: Table,
    values: Iterable[tuple[Code, datetime | None, object]],
) -> None:
    """Insert values that the patient does not have yet."""
    key = table.primary_key.columns.keys()[0]
    rows = []
    for code, effective, noun in values:
        value, _ = to_json(noun)
        rows.append(
            {
                key: new_id(),
                "patient_id": patient_id,
                "document_id": document_id,
                "code_system": code.system,
                "code": code.code,
                "effective": effective,
                "value": value,
                "fingerprint": _fingerprint(value),
                "is_current": True,
            }
        )
    told = [str(row["fingerprint"]) for row in rows]
    known = _known(connection, table, patient_id, fingerprints=told)
    new = {str(row["fingerprint"]): row for row in rows if row["fingerprint"] not in known}
    if new:
        connection.execute(table.insert(), list(new.values()))


def _known(
    connection: Connection, table: Table, patient_id: PatientId, *, fingerprints: Sequence[str]
) -> set[str]:
    """Return which of these fingerprints the patient has."""
    known: set[str] = set()
    for start in range(0, len(fingerprints), 500):
        part = fingerprints[start : start + 500]
        query = select(table.c.fingerprint).where(
            table.c.patient_id == patient_id, table.c.fingerprint.in_(part)
        )
        known |= set(connection.scalars(query))
    return known


def _fingerprint(value: object) -> str:
    """Return what is equal for equal values."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def record_of(connection: Connection, patient_id: PatientId) -> Record | None:
    """Return the record over all rows that are one person."""
    ids = one_person(connection, patient_id)
    table = documents.c
    rows = connection.execute(
        select(table.origin, table.warnings)
        .where(table.patient_id.in_(ids))
        .order_by(table.received_at, table.document_id)
    ).all()
    if not rows:
        return None
    return Record(
        patient=described(connection, patient_id),
        observations=tuple(_values(connection, observations, ids, kind=Observation)),
        conditions=tuple(_values(connection, conditions, ids, kind=Condition)),
        medications=tuple(_values(connection, medications, ids, kind=Code)),
        allergies=tuple(_values(connection, allergies, ids, kind=Code)),
        origin=", ".join(dict.fromkeys(row.origin for row in rows)),
        warnings=tuple(dict.fromkeys(one for row in rows for one in row.warnings)),
    )


def _values(
    connection: Connection, table: Table, ids: Sequence[PatientId], *, kind: type[Noun]
) -> list[Noun]:
    """Return the current values of one kind, in order of arrival; equal ones once."""
    key = table.primary_key.columns.values()[0]
    query = (
        select(table.c.fingerprint, table.c.value)
        .where(table.c.patient_id.in_(ids), table.c.is_current)
        .order_by(key)
    )
    found = {row.fingerprint: row.value for row in connection.execute(query)}
    return [from_json(kind, value, {}) for value in found.values()]
