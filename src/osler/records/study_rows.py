"""A study as lists show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, select

from osler.clinical import StudyUid
from osler.records.ids import PatientId, StudyId
from osler.records.tables import drafts, instances, reports, series

Result = Literal["none", "draft", "signed", "newer"]


@dataclass(frozen=True)
class StudyRow:
    """A study as lists show it: no pixels, no names.

    ``result`` is 'none', 'draft' (nobody has signed), 'signed', or 'newer': what was signed
    stays, but there is a newer result that nobody has signed yet.
    """

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
    result: Result = "none"


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
    results = _results(connection, ids)
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
            result=results.get(row.study_id, "none"),
        )
        for row in rows
    ]


def _results(connection: Connection, ids: Sequence[str]) -> dict[str, Result]:
    """Return what there is of each study: a current draft, a report, or both."""
    rows = connection.execute(
        select(drafts.c.study_id, drafts.c.superseded_at, reports.c.report_id)
        .outerjoin(reports, reports.c.draft_id == drafts.c.draft_id)
        .where(
            drafts.c.study_id.in_(ids),
            drafts.c.superseded_at.is_(None) | reports.c.report_id.is_not(None),
        )
    ).all()
    signed = {row.study_id for row in rows if row.report_id is not None}
    found: dict[str, Result] = {}
    for row in rows:
        if row.superseded_at is None:
            is_new = row.report_id is None
            found[row.study_id] = (
                "signed" if not is_new else "newer" if row.study_id in signed else "draft"
            )
    return found
