"""The words that studies are found by, written in the transaction that changes what they say."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from osler.clinical import in_force
from osler.records.identity import one_person
from osler.records.ids import PatientId
from osler.records.open_drafts import kept_reviews
from osler.records.tables import (
    drafts,
    findings,
    patient_descriptions,
    patient_identifiers,
    series,
    studies,
    study_texts,
)
from osler.records.words import document, mark

MODALITY = "modality"
PRIORITY = "priority"


# Built once: the building costs more than the running, and these run for each new study.
_STUDY: Select[Any] = (
    select(
        studies.c.patient_id,
        studies.c.description,
        studies.c.accession_number,
        studies.c.priority,
        study_texts.c.text_id,
        study_texts.c.words,
        drafts.c.draft_id,
    )
    .outerjoin(study_texts, study_texts.c.study_id == studies.c.study_id)
    .outerjoin(drafts, (drafts.c.study_id == studies.c.study_id) & drafts.c.superseded_at.is_(None))
    .where(studies.c.study_id == bindparam("of_study"))
)
_SERIES = select(series.c.modality, series.c.description).where(
    series.c.study_id == bindparam("of_study")
)
_NAMES = select(patient_descriptions.c.name).where(
    patient_descriptions.c.patient_id.in_(bindparam("ids", expanding=True)),
    patient_descriptions.c.is_current,
)
_NUMBERS = select(patient_identifiers.c.value).where(
    patient_identifiers.c.patient_id.in_(bindparam("ids", expanding=True))
)
_INSERT = insert(study_texts)
Person = tuple[str, ...]


def index_study(connection: Connection, study_id: str) -> None:
    """Write down what a study is found by: description, patient, accession number, findings."""
    row = connection.execute(_STUDY, {"of_study": study_id}).one_or_none()
    if row is not None:
        person = _person(connection, one_person(connection, PatientId(row.patient_id)))
        _index(connection, study_id, row, person=person)


def index_person(connection: Connection, patient_id: str) -> None:
    """Write down anew what all studies of one person are found by."""
    ids = one_person(connection, PatientId(patient_id))
    found = connection.scalars(
        select(studies.c.study_id).where(studies.c.patient_id.in_(ids)).order_by(studies.c.study_id)
    ).all()
    person = _person(connection, ids) if found else ()
    for study_id in found:
        row = connection.execute(_STUDY, {"of_study": study_id}).one()
        _index(connection, study_id, row, person=person)


def _index(connection: Connection, study_id: str, row: Row[Any], *, person: Person) -> None:
    """Write down the words of one study, if they are others than before."""
    parts = connection.execute(_SERIES, {"of_study": study_id}).all()
    stated = _stated(connection, row.draft_id) if row.draft_id is not None else ()
    described = (part.description for part in parts)
    words = document(
        (row.description, row.accession_number, *person, *described, *stated),
        {
            mark(PRIORITY, row.priority),
            *(mark(MODALITY, part.modality) for part in parts if part.modality),
        },
    )
    if row.text_id is None:
        connection.execute(_INSERT, {"study_id": study_id, "words": words})
    elif row.words != words:
        connection.execute(
            update(study_texts).where(study_texts.c.text_id == row.text_id).values(words=words)
        )


def _person(connection: Connection, ids: Sequence[PatientId]) -> Person:
    """Return names and numbers over all rows that are one person."""
    names = connection.scalars(_NAMES, {"ids": ids})
    return (*(one for one in names if one), *connection.scalars(_NUMBERS, {"ids": ids}))


def _stated(connection: Connection, draft_id: str) -> Iterator[str]:
    """Yield the findings that a draft says are there, as people left them."""
    found = connection.execute(
        select(findings.c.finding_id, findings.c.display, findings.c.is_positive).where(
            findings.c.draft_id == draft_id
        )
    ).all()
    acts = {one.finding_id: one for one in in_force(kept_reviews(connection, draft_id))}
    for row in found:
        if row.is_positive and row.finding_id not in acts:
            yield row.display
    for act in acts.values():
        if act.present:
            yield act.display
