"""Whose turn it is: jobs given to workers, those due first."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    exists,
    func,
    select,
    text,
    update,
)

from osler.errors import NotAllowed
from osler.records.events import EventKind
from osler.records.ids import JobId
from osler.records.job_rows import CLOCK_JUMPED, Job, job, job_of, tell
from osler.records.tables import jobs, studies

_CLAIMING = 0x05_1E_14  # any number that no other program takes on this database


def due(now: datetime) -> ColumnElement[bool]:
    """Say which jobs may be claimed, also where the clock was put back."""
    return (jobs.c.state == "waiting") & (
        (jobs.c.not_before <= now) | (jobs.c.not_before > now + CLOCK_JUMPED)
    )


def claim(connection: Connection, worker_id: str, *, limit: int, now: datetime) -> tuple[Job, ...]:
    """Give a worker the jobs that are due first.

    A record is never at work beside another job of its patient: what is assessed later has seen
    everything that is assessed before.
    """
    chosen = [row.job_id for row in _due_first(connection, limit=limit, now=now)]
    if not chosen:
        return ()
    return _as_due(connection.execute(_CLAIM, {"chosen": chosen, "by": worker_id}).all())


def take(
    connection: Connection, worker_id: str, *, limit: int, now: datetime, is_free: bool
) -> tuple[Job, ...]:
    """Give a worker the jobs that are due first, and begin them.

    A job that was begun before and came to no end may have killed its worker: when it is its turn
    it is given alone, to a worker that has nothing else in hand (``is_free``), so that no other
    job pays for it.
    """
    chosen = _beside_each_other(_due_first(connection, limit=limit, now=now), is_free=is_free)
    if not chosen:
        return ()
    given = {"chosen": chosen, "by": worker_id, "begun_at": now}
    taken = _as_due(connection.execute(_TAKE, given).all())
    for one in taken:
        tell(connection, EventKind.JOB_RUNNING, one, now=now)
    return taken


_HELD_ONE = jobs.alias("held")
_BESIDE_A_RECORD = exists().where(
    _HELD_ONE.c.patient_id == jobs.c.patient_id,
    _HELD_ONE.c.state.in_(("claimed", "running")),
    (jobs.c.kind == "record") | (_HELD_ONE.c.kind == "record"),
)
_CHOSEN = jobs.c.job_id.in_(bindparam("chosen", expanding=True))
_CLAIM = (
    update(jobs).where(_CHOSEN).values(state="claimed", worker_id=bindparam("by")).returning(jobs)
)
_REVISION_NOW = (
    select(studies.c.revision).where(studies.c.study_id == jobs.c.study_id).scalar_subquery()
)
_TAKE = (
    update(jobs)
    .where(_CHOSEN)
    .values(
        state="running",
        worker_id=bindparam("by"),
        attempts=jobs.c.attempts + 1,
        strikes=jobs.c.strikes + 1,
        revision=func.coalesce(_REVISION_NOW, jobs.c.revision),
        started_at=bindparam("begun_at"),
    )
    .returning(jobs)
)


def _beside_each_other(due_first: Sequence[Any], *, is_free: bool) -> list[str]:
    """Return the jobs that may be begun together, of those whose turn it is."""
    if due_first and due_first[0].strikes:
        return [due_first[0].job_id] if is_free else []
    return [row.job_id for row in takewhile(lambda row: not row.strikes, due_first)]


def _due_first(connection: Connection, *, limit: int, now: datetime) -> list[Any]:
    """Return the jobs to be given next, locked until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIMING})
    found = connection.execute(
        select(jobs.c.job_id, jobs.c.patient_id, jobs.c.kind, jobs.c.strikes)
        .where(due(now), ~_BESIDE_A_RECORD)
        .order_by(jobs.c.due_at, jobs.c.job_id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=jobs)
    )
    return _apart(found)


def _as_due(rows: Iterable[Row[Any]]) -> tuple[Job, ...]:
    """Return rows as jobs, those due first."""
    return tuple(sorted(map(job_of, rows), key=lambda one: (one.due_at, one.job_id)))


def _apart(found: Iterable[Any]) -> list[Any]:
    """Return the jobs that may be at work beside each other, those due first."""
    firsts: dict[str, str] = {}
    chosen = []
    for row in found:
        first = firsts.get(row.patient_id)
        if first is None or {first, row.kind} == {"study"}:
            firsts.setdefault(row.patient_id, row.kind)
            chosen.append(row)
    return chosen


def begin(connection: Connection, job_id: JobId, worker_id: str, *, now: datetime) -> Job:
    """Count a beginning, and say which revision of the study it looks at."""
    known = job(connection, job_id, held=True)
    if known.state not in ("claimed", "running") or known.worker_id != worker_id:
        raise NotAllowed(
            f"job {job_id} is {known.state}"
            f"{f' with worker {known.worker_id}' if known.worker_id else ''}; expected it to be "
            "this worker's; leave it"
        )
    revision = known.revision
    if known.study_id is not None:
        revision = (
            connection.scalar(
                select(studies.c.revision).where(studies.c.study_id == known.study_id)
            )
            or revision
        )
    connection.execute(
        update(jobs)
        .where(jobs.c.job_id == job_id)
        .values(
            state="running",
            attempts=jobs.c.attempts + 1,
            strikes=jobs.c.strikes + 1,
            revision=revision,
            started_at=now,
        )
    )
    tell(connection, EventKind.JOB_RUNNING, known, now=now)
    return job(connection, job_id)
