"""A study as lists show it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from osler.clinical import StudyUid
from osler.records.ids import PatientId, StudyId
from osler.records.tables import instances, series


@dataclass(frozen=True)
class StudyRow:
    """A study as lists show it: no pixels, no names."""

    study_id: StudyId
    study_uid: StudyUid
    patient_id: PatientId
    state: str
    priority: str
    revision: int
    instances: int
    modalities: tuple[str, ...]
    description: str | None
    accession_number: str | None
    study_date: str | None
    source: str
    first_received_at: datetime
    last_received_at: datetime


def study_rows(connection: Connection, wanted: Select[Any]) -> list[StudyRow]:
    """Return rows of studies, with what counts over their series and instances."""
    rows = connection.execute(wanted).all()
    ids = [row.study_id for row in rows]
    counts = connection.execute(
        select(instances.c.study_id, func.count())
        .where(instances.c.study_id.in_(ids), instances.c.is_current)
        .group_by(instances.c.study_id)
    )
    counted = {str(study_id): int(count) for study_id, count in counts}
    modalities: dict[str, list[str]] = {}
    for study_id, modality in connection.execute(
        select(series.c.study_id, series.c.modality).where(series.c.study_id.in_(ids)).distinct()
    ):
        modalities.setdefault(study_id, []).append(modality or "?")
    return [
        StudyRow(
            study_id=StudyId(row.study_id),
            study_uid=StudyUid(row.study_uid),
            patient_id=PatientId(row.patient_id),
            state=row.state,
            priority=row.priority,
            revision=row.revision,
            instances=counted.get(row.study_id, 0),
            modalities=tuple(sorted(modalities.get(row.study_id, ()))),
            description=row.description,
            accession_number=row.accession_number,
            study_date=row.study_date.isoformat() if row.study_date is not None else None,
            source=row.source,
            first_received_at=row.first_received_at,
            last_received_at=row.last_received_at,
        )
        for row in rows
    ]
