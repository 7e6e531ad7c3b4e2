"""What a job looks at: a study as it is now, and the record of its patient, read in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from osler.clinical import Record, Study
from osler.errors import NotFound
from osler.records.access import Action
from osler.records.documents import record_of
from osler.records.door import Door, Subject
from osler.records.holders import Holder, Holders
from osler.records.identity import one_person
from osler.records.ids import PatientId, StudyId
from osler.records.instances import instance_rows, opened
from osler.records.job_rows import Job
from osler.records.objects import Objects
from osler.records.studies import one_study
from osler.records.tables import drafts, studies

Rows = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Inputs:
    """The study of a job with its revision, and the record; each None where there is none."""

    study_id: StudyId | None
    revision: int | None
    study: Study | None
    record: Record | None


@dataclass(frozen=True)
class _Found:
    """The rows of a study, and whose key opens its objects."""

    study_id: StudyId
    revision: int
    holder: Holder
    rows: Rows


def read_inputs(door: Door, holders: Holders, objects: Objects, *, begun: Job) -> Inputs:
    """Return what a job looks at.

    A job on a record looks at the patient's newest study that has a result.

    Raises
    ------
    NotFound
        The study was deleted, or an object of it is missing.
    OurFault
        An object was altered.
    """

    def query(
        connection: Connection,
    ) -> tuple[tuple[_Found | None, Record | None], Sequence[tuple[Action, Subject]]]:
        study_id = begun.study_id or newest_study(connection, begun.patient_id)
        record = record_of(connection, begun.patient_id)
        told = [
            (
                Action.READ_RECORD,
                Subject(f"record/{begun.patient_id}", begun.patient_id),
            )
        ]
        if study_id is None:
            return (None, record), told
        found = _study(connection, holders, study_id)
        told.append((Action.READ_STUDY, Subject(f"study/{study_id}", found.holder.patient_id)))
        return (found, record), told

    found, record = door.read_several((Action.READ_STUDY, Action.READ_RECORD), query)
    if found is None:
        return Inputs(None, None, None, record)
    holder = found.holder
    instances = [
        opened(header, objects.get(address, holder=holder.patient_id, key=holder.key))
        for address, header in found.rows
    ]
    return Inputs(found.study_id, found.revision, one_study(found.study_id, instances), record)


def _study(connection: Connection, holders: Holders, study_id: StudyId) -> _Found:
    """Return the rows of a study."""
    row = connection.execute(
        select(studies.c.patient_id, studies.c.revision).where(studies.c.study_id == study_id)
    ).one_or_none()
    if row is None:
        raise NotFound(
            f"study {study_id} was deleted with its patient; expected one that is kept; nothing is "
            "left to do"
        )
    holder = holders.of_patient(connection, PatientId(row.patient_id))
    return _Found(study_id, row.revision, holder, instance_rows(connection, study_id))


def newest_study(connection: Connection, patient_id: PatientId) -> StudyId | None:
    """Return one person's newest study, by its own time and then by arrival, with a result."""
    table = studies.c
    found = connection.scalar(
        select(table.study_id)
        .join(drafts, drafts.c.study_id == table.study_id)
        .where(
            table.patient_id.in_(one_person(connection, patient_id)),
            drafts.c.superseded_at.is_(None),
        )
        .order_by(
            func.coalesce(table.studied_at, table.first_received_at).desc(),
            table.first_received_at.desc(),
        )
        .limit(1)
    )
    return StudyId(found) if found is not None else None
