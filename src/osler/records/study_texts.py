"""The words that studies are found by, written in the transaction that changes what they say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from osler.clinical import Review, in_force
from osler.clinical.serial import from_json
from osler.records.identity import one_person
from osler.records.ids import PatientId
from osler.records.tables import (
    drafts,
    findings,
    patient_descriptions,
    patient_identifiers,
    reviews,
    series,
    studies,
    study_texts,
)
from osler.records.words import document, mark

MODALITY = "modality"
PRIORITY = "priority"


@dataclass(frozen=True)
class _Person:
    """What is said of the one person that rows of patients are: names and numbers."""

    texts: tuple[str, ...]


def index_study(connection: Connection, study_id: str) -> None:
    """Write down what a study is found by: description, patient, accession number, findings."""
    patient_id = connection.scalar(
        select(studies.c.patient_id).where(studies.c.study_id == study_id)
    )
    if patient_id is not None:
        ids = one_person(connection, PatientId(patient_id))
        _index(connection, study_id, _person(connection, ids))


def index_person(connection: Connection, patient_id: str) -> None:
    """Write down anew what all studies of one person are found by."""
    ids = one_person(connection, PatientId(patient_id))
    found = connection.scalars(
        select(studies.c.study_id).where(studies.c.patient_id.in_(ids)).order_by(studies.c.study_id)
    ).all()
    person = _person(connection, ids) if found else _Person(())
    for study_id in found:
        _index(connection, study_id, person)


def _index(connection: Connection, study_id: str, person: _Person) -> None:
    """Write down the words of one study, if they are others than before."""
    row = connection.execute(
        select(studies.c.description, studies.c.accession_number, studies.c.priority).where(
            studies.c.study_id == study_id
        )
    ).one()
    parts = connection.execute(
        select(series.c.modality, series.c.description).where(series.c.study_id == study_id)
    ).all()
    words = document(
        (
            row.description,
            row.accession_number,
            *person.texts,
            *(part.description for part in parts),
            *_stated(connection, study_id),
        ),
        {
            mark(PRIORITY, row.priority),
            *(mark(MODALITY, part.modality) for part in parts if part.modality),
        },
    )
    _put(connection, study_id, words)


def _put(connection: Connection, study_id: str, words: str) -> None:
    """Insert or change the words of a study."""
    known = connection.execute(
        select(study_texts.c.text_id, study_texts.c.words).where(study_texts.c.study_id == study_id)
    ).one_or_none()
    if known is None:
        connection.execute(insert(study_texts).values(study_id=study_id, words=words))
    elif known.words != words:
        connection.execute(
            update(study_texts).where(study_texts.c.text_id == known.text_id).values(words=words)
        )


def _person(connection: Connection, ids: Sequence[PatientId]) -> _Person:
    """Return names and numbers over all rows that are one person."""
    names = connection.scalars(
        select(patient_descriptions.c.name).where(
            patient_descriptions.c.patient_id.in_(ids), patient_descriptions.c.is_current
        )
    )
    numbers = connection.scalars(
        select(patient_identifiers.c.value).where(patient_identifiers.c.patient_id.in_(ids))
    )
    return _Person((*(one for one in names if one), *numbers))


def _stated(connection: Connection, study_id: str) -> Iterator[str]:
    """Yield the findings that the current draft says are there, as people left them."""
    found = connection.execute(
        select(findings.c.finding_id, findings.c.display, findings.c.is_positive)
        .join(drafts, drafts.c.draft_id == findings.c.draft_id)
        .where(drafts.c.study_id == study_id, drafts.c.superseded_at.is_(None))
    ).all()
    acts = {one.finding_id: one for one in _reviews(connection, study_id)}
    for row in found:
        if row.is_positive and row.finding_id not in acts:
            yield row.display
    for act in acts.values():
        if act.present:
            yield act.display


def _reviews(connection: Connection, study_id: str) -> Iterable[Review]:
    """Return the acts in force on the current draft of a study."""
    values = connection.scalars(
        select(reviews.c.value)
        .join(drafts, drafts.c.draft_id == reviews.c.draft_id)
        .where(drafts.c.study_id == study_id, drafts.c.superseded_at.is_(None))
        .order_by(reviews.c.reviewed_at, reviews.c.review_id)
    )
    return in_force(from_json(Review, value, {}) for value in values)
