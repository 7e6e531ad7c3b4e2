"""A job as everybody sees it, and the statements that move jobs from state to state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    case,
    exists,
    select,
    update,
)

from osler.errors import NotAllowed, NotFound
from osler.records.events import About, EventKind, emit
from osler.records.identity import one_person
from osler.records.ids import JobId, PatientId, StudyId, new_id
from osler.records.rows import insert_new
from osler.records.tables import OPEN_JOB, documents, jobs, studies

JobKind = Literal["study", "record"]
OPEN = jobs.c.state.in_(OPEN_JOB)
HELD = jobs.c.state.in_(("claimed", "running"))


@dataclass(frozen=True)
class Job:
    """One piece of work: a study to analyse, or a record that brought something new.

    ``revision`` is the study's when the work began. ``attempts`` counts beginnings. ``strikes``
    counts those that count against the work itself: one that kills its worker counts, one that
    met a fault of disk or database is taken back.
    """

    job_id: JobId
    kind: str
    study_id: StudyId | None
    patient_id: PatientId
    revision: int
    priority: str
    state: str
    attempts: int
    strikes: int
    reason_kind: str | None
    reason: str | None
    due_at: datetime
    not_before: datetime
    worker_id: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def job_of(row: Row[Any]) -> Job:
    """Return a row as a job."""
    return Job(**{name: getattr(row, name) for name in Job.__dataclass_fields__})


# Statements that every job runs are built once: building one costs as much as running it.
_JOB = select(jobs).where(jobs.c.job_id == bindparam("of_job"))
_JOB_HELD = _JOB.with_for_update()


def job(connection: Connection, job_id: JobId, *, held: bool = False) -> Job:
    """Return one job; ``held`` keeps others from changing it until the transaction ends."""
    query = _JOB_HELD if held else _JOB
    row = connection.execute(query, {"of_job": job_id}).one_or_none()
    if row is None:
        raise NotFound(
            f"job {job_id} is not there, or was deleted with its patient; expected the id of a "
            "job that is (osler jobs list)"
        )
    return job_of(row)


# What waits for a job: without one that is open, or it will get its next when that one is done.
UNWORKED_STUDY = (studies.c.state == "complete") & ~exists().where(
    jobs.c.study_id == studies.c.study_id, jobs.c.kind == "study", OPEN
)
UNWORKED_DOCUMENT = (documents.c.state == "new") & ~exists().where(
    jobs.c.patient_id == documents.c.patient_id, jobs.c.kind == "record", OPEN
)


# Further ahead than any wait that Osler asks for: the clock was put back since it was written.
CLOCK_JUMPED = timedelta(minutes=15)


def quiet(now: datetime) -> ColumnElement[bool]:
    """Say which studies nothing more came for in time, also where the clock was put back."""
    return (studies.c.state == "receiving") & (
        (studies.c.quiet_until <= now) | (studies.c.last_received_at > now + CLOCK_JUMPED)
    )


def complete_quiet(connection: Connection, now: datetime) -> None:
    """Take studies as complete that nothing more came for."""
    connection.execute(update(studies).where(quiet(now)).values(state="complete"))


def make_study_jobs(
    connection: Connection, *, now: datetime, routine_waits: timedelta, limit: int
) -> list[JobId]:
    """Make a job for each complete study without an open one.

    A study whose job is at work stays complete, and gets its next job when that one is done.
    """
    found = connection.execute(
        select(studies)
        .where(UNWORKED_STUDY)
        .order_by(studies.c.last_received_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    made = []
    for row in found:
        job_id = _make(
            connection,
            kind="study",
            study_id=row.study_id,
            patient_id=row.patient_id,
            revision=row.revision,
            priority=row.priority,
            now=now,
            routine_waits=routine_waits,
        )
        if job_id is not None:
            made.append(job_id)
    ids = [row.study_id for row in found]
    connection.execute(update(studies).where(studies.c.study_id.in_(ids)).values(state="queued"))
    return made


def make_record_jobs(
    connection: Connection, *, now: datetime, routine_waits: timedelta, limit: int
) -> list[JobId]:
    """Make a job for each person with documents that no assessment took in yet."""
    found = connection.scalars(
        select(documents.c.patient_id).where(UNWORKED_DOCUMENT).distinct().limit(limit)
    ).all()
    made = []
    for patient_id in found:
        job_id = _make(
            connection,
            kind="record",
            study_id=None,
            patient_id=patient_id,
            revision=0,
            priority="routine",
            now=now,
            routine_waits=routine_waits,
        )
        if job_id is not None:
            made.append(job_id)
            connection.execute(
                update(documents)
                .where(
                    documents.c.patient_id.in_(one_person(connection, PatientId(patient_id))),
                    documents.c.state == "new",
                )
                .values(state="queued")
            )
    return made


def _make(  # noqa: PLR0913 - one row's columns
    connection: Connection,
    *,
    kind: JobKind,
    study_id: str | None,
    patient_id: str,
    revision: int,
    priority: str,
    now: datetime,
    routine_waits: timedelta,
) -> JobId | None:
    """Insert a job, unless an open one is there."""
    same = (
        jobs.c.study_id == study_id
        if kind == "study"
        else (jobs.c.patient_id == patient_id) & (jobs.c.kind == "record")
    )
    if connection.scalar(select(jobs.c.job_id).where(same, OPEN).limit(1)) is not None:
        return None
    job_id = JobId(new_id())
    row = {
        "job_id": job_id,
        "kind": kind,
        "study_id": study_id,
        "patient_id": patient_id,
        "revision": revision,
        "priority": priority,
        "state": "waiting",
        "attempts": 0,
        "strikes": 0,
        "due_at": now if priority == "urgent" else now + routine_waits,
        "not_before": now,
        "created_at": now,
    }
    if not insert_new(connection, jobs, row, unique=None):
        return None
    emit(
        connection,
        EventKind.JOB_WAITING,
        About(study_id=study_id, patient_id=patient_id, job_id=job_id),
        now=now,
    )
    return job_id


def tell(connection: Connection, kind: EventKind, known: Job, *, now: datetime) -> None:
    """Note what happened to a job."""
    emit(
        connection,
        kind,
        About(study_id=known.study_id, patient_id=known.patient_id, job_id=known.job_id),
        now=now,
    )


def still_ours(connection: Connection, begun: Job) -> Job:
    """Return a job that is still at work as it was begun, held until the transaction ends.

    Raises
    ------
    NotAllowed
        It was cancelled, or another worker has taken it over: what this one found is too late.
    """
    today = job(connection, begun.job_id, held=True)
    held = (today.state, today.worker_id, today.attempts, today.revision)
    if held != ("running", begun.worker_id, begun.attempts, begun.revision):
        raise NotAllowed(
            f"job {begun.job_id} is no longer this worker's ({today.state}): it was cancelled or "
            "taken over; nothing was written"
        )
    return today


_END = (
    update(jobs)
    .where(jobs.c.job_id == bindparam("of_job"))
    .values(
        state=bindparam("to_state"),
        worker_id=None,
        finished_at=bindparam("ended_at"),
        reason_kind=bindparam("why_kind"),
        reason=bindparam("why"),
    )
)
_END_STUDY = (
    update(studies)
    .where(
        studies.c.study_id == bindparam("of_study"),
        studies.c.state.in_(("queued", "complete")),
        studies.c.revision == bindparam("at_revision"),
    )
    .values(state=bindparam("to_state"))
)


def end(
    connection: Connection,
    known: Job,
    *,
    state: str,
    now: datetime,
    reason_kind: str | None = None,
    reason: str | None = None,
) -> None:
    """Write how a job ended, and what that makes of its study."""
    connection.execute(
        _END,
        {
            "of_job": known.job_id,
            "to_state": state,
            "ended_at": now,
            "why_kind": reason_kind,
            "why": reason,
        },
    )
    of_study = {"done": "analysed", "quarantined": "failed", "cancelled": "cancelled"}[state]
    if known.kind == "record" and state == "done":
        connection.execute(
            update(documents)
            .where(
                documents.c.patient_id.in_(one_person(connection, known.patient_id)),
                documents.c.state == "queued",
            )
            .values(state="used")
        )
    if known.study_id is not None:
        connection.execute(
            _END_STUDY,
            {
                "of_study": known.study_id,
                "at_revision": known.revision,
                "to_state": of_study,
            },
        )


def wait_again(
    connection: Connection,
    job_ids: Sequence[str],
    *,
    not_before: datetime,
    reason_kind: str | None = None,
    reason: str | None = None,
    is_excused: bool = False,
) -> None:
    """Put jobs back into the queue; an excused strike is taken back."""
    values: dict[str, Any] = {
        "state": "waiting",
        "worker_id": None,
        "not_before": not_before,
        "finished_at": None,
    }
    if reason is not None:
        values |= {"reason": reason, "reason_kind": reason_kind}
    if is_excused:
        values["strikes"] = case((jobs.c.strikes > 0, jobs.c.strikes - 1), else_=0)
    connection.execute(update(jobs).where(jobs.c.job_id.in_(job_ids)).values(**values))
