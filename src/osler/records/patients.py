"""Patients: who they are, which rows are one person, and forgetting one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from osler.clinical import Patient
from osler.errors import Conflict, NotFound
from osler.records import tables
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.holders import Holders
from osler.records.identity import described, disputed, find, one_person, root, with_issuer
from osler.records.ids import PatientId, new_id
from osler.records.objects import Objects
from osler.records.study_texts import index_person
from osler.records.tables import patient_identifiers, patient_merges, patients

MOST_FOUND = 100


@dataclass(frozen=True)
class Person:
    """All rows that are one person, the one that lives on first, and what they say together."""

    ids: tuple[PatientId, ...]
    patient: Patient


@dataclass(frozen=True)
class Patients:
    """What may be done with patients, by one actor for one purpose."""

    door: Door
    holders: Holders
    objects: Objects
    default_issuer: str | None

    def get(self, patient_id: PatientId) -> Patient:
        """Return a patient as all rows that are one person describe them.

        Raises
        ------
        NotFound
            There is none of this id, or the patient was forgotten.
        """
        return self.door.read(
            Action.READ_PATIENT,
            lambda connection: (described(connection, patient_id), [_subject(patient_id)]),
        )

    def find(self, patient: Patient) -> PatientId | None:
        """Return the patient that has one of the numbers given; None where nobody has.

        Raises
        ------
        IdentityConflict
            The numbers are of two patients.
        """
        numbers = with_issuer(patient, self.default_issuer)

        def query(connection: Connection) -> tuple[PatientId | None, Sequence[Subject]]:
            found = find(connection, numbers)
            return found, [_subject(found)] if found is not None else [Subject("patient")]

        return self.door.read(Action.READ_PATIENT, query)

    def person(self, patient_id: PatientId) -> Person:
        """Return one person: all ids, and what is said of them; raises as `get` does."""

        def query(connection: Connection) -> tuple[Person, Sequence[Subject]]:
            found = Person(one_person(connection, patient_id), described(connection, patient_id))
            return found, [_subject(patient_id)]

        return self.door.read(Action.READ_PATIENT, query)

    def with_number(self, value: str, issuer: str | None = None) -> tuple[Person, ...]:
        """Return everybody who has a number, of any issuer where that is None."""

        def query(connection: Connection) -> tuple[tuple[Person, ...], Sequence[Subject]]:
            numbers = patient_identifiers.c
            wanted = select(numbers.patient_id).where(numbers.value == value.strip())
            if issuer is not None:
                wanted = wanted.where(numbers.issuer == issuer)
            ids = connection.scalars(wanted.distinct().limit(MOST_FOUND)).all()
            roots = dict.fromkeys(root(connection, PatientId(one)) for one in ids)
            found = tuple(
                Person(one_person(connection, one), described(connection, one)) for one in roots
            )
            return found, [_subject(one) for one in roots] or [Subject("patient")]

        return self.door.read(Action.READ_PATIENT, query)

    def disputed(self, ids: Sequence[PatientId]) -> tuple[str, ...]:
        """Say where documents contradict each other on the sex or birth date of these patients."""

        def query(connection: Connection) -> tuple[tuple[str, ...], Sequence[Subject]]:
            said = [
                f"patient {one}: {sentence}"
                for one in sorted(ids)
                for sentence in disputed(connection, one)
            ]
            return tuple(said), [_subject(one) for one in ids]

        return self.door.read(Action.READ_PATIENT, query)

    def one_person(self, patient_id: PatientId) -> tuple[PatientId, ...]:
        """Return all ids that are one person with this one; the one that lives on is first."""
        return self.door.read(
            Action.READ_PATIENT,
            lambda connection: (one_person(connection, patient_id), [_subject(patient_id)]),
        )

    def merge(self, patient_id: PatientId, into: PatientId, *, now: datetime) -> None:
        """Say that two rows are one person; ``unmerge`` takes it back.

        Raises
        ------
        NotFound
            One of them is not kept.
        Conflict
            They are one person already.
        """
        merged_by = self.door.actor.name

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            for one in (patient_id, into):
                described(connection, one)
            if root(connection, patient_id) == root(connection, into):
                raise Conflict(
                    f"patients {patient_id} and {into} are one person already; "
                    "expected two; nothing was changed"
                )
            connection.execute(
                insert(patient_merges).values(
                    merge_id=new_id(),
                    patient_id=root(connection, patient_id),
                    into_patient_id=into,
                    merged_at=now,
                    merged_by=merged_by,
                )
            )
            index_person(connection, into)
            return None, [_subject(patient_id, into=into), _subject(into)]

        self.door.write(Action.MERGE, work)

    def unmerge(self, patient_id: PatientId, *, now: datetime) -> None:
        """Take back that a row was merged into another.

        Raises
        ------
        NotFound
            It is merged into none.
        """
        undone_by = self.door.actor.name

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            into = root(connection, patient_id)
            changed = connection.execute(
                update(patient_merges)
                .where(
                    patient_merges.c.patient_id == patient_id,
                    patient_merges.c.undone_at.is_(None),
                )
                .values(undone_at=now, undone_by=undone_by)
            )
            if changed.rowcount == 0:
                raise NotFound(
                    f"patient {patient_id} is merged into no other; expected the id of one that "
                    "was; nothing was changed"
                )
            for one in (patient_id, into):
                index_person(connection, one)
            return None, [_subject(patient_id, undone=True)]

        self.door.write(Action.MERGE, work)

    def forget(self, patient_id: PatientId, *, now: datetime) -> int:
        """Destroy a patient's key and all that names them; return how many objects went with it.

        From then on a copy of the objects alone opens to nobody. A row without a name stays, so
        that the audit trail still points to something. Two things outlive this: another process
        that has met the patient remembers the key until it ends, and a backup made before holds
        the key as it was: delete such backups, or forget the patient again after restoring one.
        """
        self.holders.forget(patient_id)

        def work(connection: Connection) -> tuple[list[str], Sequence[Subject]]:
            described(connection, patient_id)
            others = set(one_person(connection, patient_id)) - {patient_id}
            addresses = _objects_of(connection, patient_id)
            _delete_rows(connection, patient_id)
            for one in others:
                index_person(connection, one)
            connection.execute(
                update(patients)
                .where(patients.c.patient_id == patient_id)
                .values(wrapped_key=None, forgotten_at=now)
            )
            return addresses, [_subject(patient_id)]

        addresses = self.door.write(Action.FORGET, work)
        for address in addresses:
            self.objects.delete(address)
        return len(addresses)


def _subject(patient_id: PatientId, **detail: object) -> Subject:
    """Return a patient as the audit trail names them."""
    return replace(
        Subject(f"patient/{patient_id}", patient_id), detail=tuple(sorted(detail.items()))
    )


def _objects_of(connection: Connection, patient_id: PatientId) -> list[str]:
    """Return the addresses of all objects of one patient."""
    studies = select(tables.studies.c.study_id).where(tables.studies.c.patient_id == patient_id)
    found = list(
        connection.scalars(
            select(tables.instances.c.address).where(tables.instances.c.study_id.in_(studies))
        )
    )
    for table in (tables.documents, tables.drafts):
        found += connection.scalars(select(table.c.address).where(table.c.patient_id == patient_id))
    drafts = select(tables.drafts.c.draft_id).where(tables.drafts.c.patient_id == patient_id)
    reports = select(tables.reports.c.report_id).where(tables.reports.c.draft_id.in_(drafts))
    files = tables.report_files.c
    found += connection.scalars(select(files.address).where(files.report_id.in_(reports)))
    return found


def _delete_rows(connection: Connection, patient_id: PatientId) -> None:
    """Delete all rows of one patient but the patient's own, from the leaves up."""
    t = tables
    studies = select(t.studies.c.study_id).where(t.studies.c.patient_id == patient_id)
    drafts = select(t.drafts.c.draft_id).where(t.drafts.c.patient_id == patient_id)
    reports = select(t.reports.c.report_id).where(t.reports.c.draft_id.in_(drafts))
    for table in (t.deliveries, t.report_files, t.addenda):
        connection.execute(delete(table).where(table.c.report_id.in_(reports)))
    for table in (t.reports, t.reviews, t.assessments, t.findings, t.predictions, t.film_measures):
        connection.execute(delete(table).where(table.c.draft_id.in_(drafts)))
    connection.execute(
        update(t.drafts).where(t.drafts.c.patient_id == patient_id).values(supersedes=None)
    )
    connection.execute(delete(t.drafts).where(t.drafts.c.patient_id == patient_id))
    connection.execute(delete(t.jobs).where(t.jobs.c.patient_id == patient_id))
    values = (t.observations, t.conditions, t.medications, t.allergies)
    for table in (*values, t.patient_descriptions):
        own = table.c.patient_id == patient_id
        connection.execute(update(table).where(own).values(supersedes=None))
        connection.execute(delete(table).where(own))
    connection.execute(delete(t.documents).where(t.documents.c.patient_id == patient_id))
    connection.execute(
        update(t.instances).where(t.instances.c.study_id.in_(studies)).values(supersedes=None)
    )
    for table in (t.instances, t.series, t.study_texts):
        connection.execute(delete(table).where(table.c.study_id.in_(studies)))
    connection.execute(delete(t.studies).where(t.studies.c.patient_id == patient_id))
    merges = t.patient_merges.c
    connection.execute(
        delete(t.patient_merges).where(
            (merges.patient_id == patient_id) | (merges.into_patient_id == patient_id)
        )
    )
    own = t.patient_identifiers.c.patient_id == patient_id
    connection.execute(delete(t.patient_identifiers).where(own))
