"""Documents of the patient's record: kept whole, and the values read from them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, exists, select, update

from osler.clinical import Code, Condition, Observation, Record, ValueNames
from osler.clinical.serial import from_json
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.holders import Holder, Holders, require_kept
from osler.records.identity import Conflicts, Received, described, disputed, one_person
from osler.records.ids import DocumentId, PatientId, new_id
from osler.records.objects import Objects
from osler.records.rows import insert_new
from osler.records.tables import (
    allergies,
    conditions,
    documents,
    medications,
    observations,
    patient_identifiers,
)
from osler.records.value_rows import Place, fingerprint, put_values

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
        self,
        record: Record,
        content: bytes,
        *,
        kind: str,
        source: str,
        now: datetime,
        names: ValueNames | None = None,
        conflicts: Conflicts = Conflicts.REFUSED,
    ) -> StoredDocument:
        """Keep a document whole, and the values read from it. Durable when this returns.

        Parameters
        ----------
        record
            What was read from ``content``.
        kind
            'fhir', 'json', 'csv', 'omop' or 'hl7v2'.
        names
            What the source calls the values, so that a new version supersedes the old one.
        conflicts
            What happens where sex or birth date contradict what is kept.

        Raises
        ------
        IdentityConflict
            Its numbers are of two patients; or sex or birth date contradict what is kept: one of
            them where conflicts are refused, both also where they are shown.
        TryLater
            Disk or database did not take it; nothing is half there.
        """
        if not record.patient.is_identified():
            known = self._known(hashlib.sha256(content).hexdigest())
            if known is not None:
                return known
        received = Received(source, now, conflicts)

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
            return self._put(holder, row, record, names=names)

        return self.holders.under(find, keep)

    def _put(
        self, holder: Holder, row: dict[str, Any], record: Record, *, names: ValueNames | None
    ) -> StoredDocument:
        """Write the rows of a document whose bytes are on disk."""

        def work(connection: Connection) -> tuple[StoredDocument, Sequence[Subject]]:
            require_kept(connection, holder)
            stored = _put(connection, row, record, names=names)
            detail = (("outcome", stored.outcome),)
            return stored, [Subject(f"document/{stored.document_id}", stored.patient_id, detail)]

        return self.door.write(Action.STORE, work)

    def _known(self, sha256: str) -> StoredDocument | None:
        """Return a document without a patient's number that is kept: the bytes alone tell it."""

        def query(connection: Connection) -> tuple[StoredDocument | None, Sequence[Subject]]:
            table = documents.c
            numbered = exists().where(patient_identifiers.c.patient_id == table.patient_id)
            row = connection.execute(
                select(table.document_id, table.patient_id)
                .where(table.sha256 == sha256, ~numbered)
                .limit(1)
            ).one_or_none()
            if row is None:
                return None, ()
            known = StoredDocument(
                DocumentId(row.document_id), PatientId(row.patient_id), "repeated"
            )
            return known, [Subject(f"document/{known.document_id}", known.patient_id)]

        return self.door.read(Action.STORE, query)

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


def _put(
    connection: Connection, row: dict[str, Any], record: Record, *, names: ValueNames | None
) -> StoredDocument:
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
    put_values(Place(connection, patient_id, document_id), record, names)
    return StoredDocument(document_id, patient_id, "stored")


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
        warnings=tuple(
            dict.fromkeys(
                [
                    *disputed(connection, patient_id),
                    *(one for row in rows for one in row.warnings),
                ]
            )
        ),
    )


def _values(
    connection: Connection, table: Table, ids: Sequence[PatientId], *, kind: type[Noun]
) -> list[Noun]:
    """Return the current values of one kind, in order of arrival; equal ones once."""
    key = table.primary_key.columns.values()[0]
    query = (
        select(table.c.value).where(table.c.patient_id.in_(ids), table.c.is_current).order_by(key)
    )
    found = {fingerprint(value): value for value in connection.scalars(query)}
    return [from_json(kind, value, {}) for value in found.values()]
