"""The rows of a draft: itself, its predictions, findings and assessment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from osler.clinical import Draft, FilmAnalysis, Interval, ModelIdentity
from osler.clinical.serial import to_json
from osler.errors import TryLater
from osler.records.events import About, EventKind, emit
from osler.records.ids import DraftId, JobId, PatientId, StudyId, new_id
from osler.records.job_rows import Job
from osler.records.objects import Kept
from osler.records.study_texts import index_study
from osler.records.tables import assessments, drafts, findings, predictions, reports


@dataclass(frozen=True)
class DraftRow:
    """A result as lists show it. ``superseded_at`` is None for the current one."""

    draft_id: DraftId
    study_id: StudyId | None
    patient_id: PatientId
    job_id: JobId
    revision: int
    made_at: datetime
    stored_at: datetime
    supersedes: DraftId | None
    superseded_at: datetime | None


def row_of(row: Row[Any]) -> DraftRow:
    """Return a row as a result."""
    return DraftRow(**{name: getattr(row, name) for name in DraftRow.__dataclass_fields__})


@dataclass(frozen=True)
class Whose:
    """What a draft is of: a study as it was at a revision, or a patient's record alone."""

    patient_id: PatientId
    study_id: StudyId | None
    revision: int


_INSERT = insert(drafts)


def put_draft(
    connection: Connection, known: Job, draft: Draft, *, whose: Whose, kept: Kept, now: datetime
) -> DraftId:
    """Insert a draft as the current result; the one that was current is superseded.

    A study's draft that took the record in supersedes the draft of that record alone as well.

    Raises
    ------
    TryLater
        The current result looked at more of the study than this one.
    """
    alone = (drafts.c.patient_id == whose.patient_id) & drafts.c.study_id.is_(None)
    same = drafts.c.study_id == whose.study_id if whose.study_id is not None else alone
    current = connection.execute(
        select(drafts.c.draft_id, drafts.c.revision)
        .where(same, drafts.c.superseded_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if current is not None and current.revision > whose.revision:
        raise TryLater(
            f"job {known.job_id} looked at revision {whose.revision} of its study, but the result "
            f"of revision {current.revision} is there; nothing was written; it looks again"
        )
    before = current.draft_id if current is not None else None
    if before is not None or draft.record is not None:
        old = same | alone if draft.record is not None else same
        connection.execute(
            update(drafts).where(old, drafts.c.superseded_at.is_(None)).values(superseded_at=now)
        )
    connection.execute(
        _INSERT,
        {
            "draft_id": draft.draft_id,
            "study_id": whose.study_id,
            "patient_id": whose.patient_id,
            "job_id": known.job_id,
            "revision": whose.revision,
            "address": kept.address,
            "sha256": kept.sha256,
            "size": kept.size,
            "made_at": draft.made_at,
            "stored_at": now,
            "supersedes": before,
        },
    )
    _put_parts(connection, draft)
    if whose.study_id is not None:
        index_study(connection, whose.study_id)
    emit(
        connection,
        EventKind.RESULT_CURRENT,
        About(
            study_id=whose.study_id,
            patient_id=whose.patient_id,
            job_id=known.job_id,
            draft_id=draft.draft_id,
        ),
        now=now,
        detail={"newer_than_report": _report_of(connection, before)} if before else None,
    )
    return DraftId(draft.draft_id)


def _report_of(connection: Connection, draft_id: str) -> str | None:
    """Return the report that a draft became: it stays as it was signed."""
    return connection.scalar(select(reports.c.report_id).where(reports.c.draft_id == draft_id))


def put_shadow(connection: Connection, draft_id: DraftId, films: tuple[FilmAnalysis, ...]) -> None:
    """Insert what shadow models said, unless it is there."""
    said = [one for film in films for one in film.predictions]
    query = select(predictions.c.prediction_id).where(
        predictions.c.draft_id == draft_id, predictions.c.is_shadow
    )
    if not said or connection.scalar(query.limit(1)) is not None:
        return
    rows = [
        {
            **_prediction(one.model, one.name, one.probability, uid=one.instance_uid),
            "draft_id": draft_id,
            "is_shadow": True,
        }
        for one in said
    ]
    connection.execute(insert(predictions), rows)


def _put_parts(connection: Connection, draft: Draft) -> None:
    """Insert predictions, findings and the assessment of a draft."""
    rows = [{**row, "draft_id": draft.draft_id} for row in _predictions(draft)]
    if rows:
        connection.execute(insert(predictions), rows)
    found = [
        {
            "finding_id": new_id(),
            "draft_id": draft.draft_id,
            "model": one.model.name,
            "name": one.name,
            "code_system": one.code.system,
            "code": one.code.code,
            "display": one.display,
            "is_positive": one.positive,
            "certainty": one.certainty,
        }
        for one in draft.findings
    ]
    if found:
        connection.execute(insert(findings), found)
    value, _ = to_json(draft.assessment)
    connection.execute(
        insert(assessments).values(assessment_id=new_id(), draft_id=draft.draft_id, value=value)
    )


def _predictions(draft: Draft) -> Iterator[dict[str, Any]]:
    """Yield what models said: over all films, and of each film."""
    for one in draft.findings:
        yield _prediction(one.model, one.name, one.probability)
        for film in one.films:
            yield _prediction(one.model, one.name, film.probability, uid=film.instance_uid)


def _prediction(
    model: ModelIdentity, name: str, probability: Interval, *, uid: str | None = None
) -> dict[str, Any]:
    """Return the row of one prediction."""
    return {
        "prediction_id": new_id(),
        "model": model.name,
        "model_version": model.version,
        "model_sha256": model.sha256,
        "name": name,
        "instance_uid": str(uid) if uid is not None else None,
        "probability": probability.value,
        "low": probability.low,
        "high": probability.high,
        "is_shadow": False,
    }
