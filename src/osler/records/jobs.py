"""Jobs: made for what is complete, claimed by workers, ended once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, tuple_, update

from osler.errors import NotAllowed
from osler.records import job_rows, turns
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.ids import JobId
from osler.records.job_rows import Job, job, job_of
from osler.records.tables import OPEN_JOB, documents, jobs, studies

PAGE = 100


@dataclass(frozen=True)
class Jobs:
    """What may be done with jobs, by one actor for one purpose."""

    door: Door
    routine_waits: timedelta

    def sweep(self, *, now: datetime, limit: int = 200) -> int:
        """Make jobs for studies that are complete and records that brought something new.

        Returns how many were made. Two sweeps at once make one job for one study.
        """

        def work(connection: Connection) -> tuple[int, Sequence[Subject]]:
            job_rows.complete_quiet(connection, now)
            made = [
                *job_rows.make_study_jobs(
                    connection, now=now, routine_waits=self.routine_waits, limit=limit
                ),
                *job_rows.make_record_jobs(
                    connection, now=now, routine_waits=self.routine_waits, limit=limit
                ),
            ]
            return len(made), ()

        if not self._anything_to_sweep(now):
            return 0
        return self.door.write(Action.WORK, work)

    def claim(self, worker_id: str, *, limit: int, now: datetime) -> tuple[Job, ...]:
        """Give a worker at most ``limit`` jobs, those due first.

        An urgent job is due when it is made; a routine one a set time later: urgent work goes
        first, and routine work that has waited that long is not overtaken any more.
        """
        if limit <= 0 or not self._anything_to_claim(now):
            return ()
        return self.door.write(
            Action.WORK,
            lambda connection: (
                turns.claim(connection, worker_id, limit=limit, now=now),
                (),
            ),
        )

    def take(
        self, worker_id: str, *, limit: int, now: datetime, is_free: bool = True
    ) -> tuple[Job, ...]:
        """Claim jobs and begin them at once; ``is_free`` tells that the worker has none in hand.

        A job that came to no end before is given alone, to a worker that is free.
        """

        def work(connection: Connection) -> tuple[tuple[Job, ...], Sequence[Subject]]:
            taken = turns.take(connection, worker_id, limit=limit, now=now, is_free=is_free)
            return taken, [_subject(one, attempt=one.attempts) for one in taken]

        if limit <= 0 or not self._anything_to_claim(now):
            return ()
        return self.door.write(Action.CHANGE_JOB, work)

    def begin(self, job_id: JobId, worker_id: str, *, now: datetime) -> Job:
        """Count a beginning of a job that this worker holds.

        Raises
        ------
        NotAllowed
            It is not this worker's: cancelled, done, or handed on.
        NotFound
            It was deleted with its patient.
        """

        def work(connection: Connection) -> tuple[Job, Sequence[Subject]]:
            begun = turns.begin(connection, job_id, worker_id, now=now)
            return begun, [_subject(begun, attempt=begun.attempts)]

        return self.door.write(Action.CHANGE_JOB, work)

    def finish_failed(
        self,
        begun: Job,
        *,
        kind: str,
        reason: str,
        now: datetime,
        retry_at: datetime | None,
        excused: bool = False,
    ) -> None:
        """Write why a job failed, and when it is tried again; never, where that is None.

        ``excused`` takes the strike back: a fault of disk or database is not the study's.

        Raises
        ------
        NotAllowed
            It was cancelled or taken over.
        """

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            known = job_rows.still_ours(connection, begun)
            why = {"reason_kind": kind, "reason": reason}
            if retry_at is None:
                job_rows.end(connection, known, state="quarantined", now=now, **why)
            else:
                job_rows.wait_again(
                    connection, [known.job_id], not_before=retry_at, is_excused=excused, **why
                )
            how = "quarantined" if retry_at is None else "waits"
            return None, [_subject(known, failed=kind, then=how)]

        self.door.write(Action.CHANGE_JOB, work)

    def finish_empty(self, begun: Job, *, now: datetime) -> None:
        """End a job that left nothing to store."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            known = job_rows.still_ours(connection, begun)
            job_rows.end(connection, known, state="done", now=now)
            return None, [_subject(known, done=True)]

        self.door.write(Action.CHANGE_JOB, work)

    def release(self, worker_id: str, *, now: datetime) -> tuple[Job, ...]:
        """Put the jobs of a worker that is gone back into the queue, and return them.

        The strike stays: nobody knows whether the work killed its worker.
        """
        return self._give_back(worker_id, None, now=now, is_excused=False)

    def hand_back(
        self, worker_id: str, job_ids: Sequence[JobId] | None = None, *, now: datetime
    ) -> tuple[Job, ...]:
        """Put jobs that a worker holds (all where None) back into the queue, as it stops."""
        return self._give_back(worker_id, job_ids, now=now, is_excused=True)

    def _give_back(
        self, worker_id: str, job_ids: Sequence[JobId] | None, *, now: datetime, is_excused: bool
    ) -> tuple[Job, ...]:
        """Put jobs that a worker holds back into the queue."""

        def work(connection: Connection) -> tuple[tuple[Job, ...], Sequence[Subject]]:
            held = select(jobs).where(jobs.c.worker_id == worker_id, job_rows.HELD)
            if job_ids is not None:
                held = held.where(jobs.c.job_id.in_(job_ids))
            rows = connection.execute(held.with_for_update(skip_locked=True)).all()
            found = tuple(job_of(row) for row in rows)
            begun = [one.job_id for one in found if one.state == "running"]
            unbegun = [one.job_id for one in found if one.state == "claimed"]
            job_rows.wait_again(connection, begun, not_before=now, is_excused=is_excused)
            job_rows.wait_again(connection, unbegun, not_before=now)
            return found, [_subject(one, released_from=worker_id) for one in found]

        return self.door.write(Action.CHANGE_JOB, work)

    def mine(self, worker_id: str) -> Mapping[JobId, int]:
        """Return the open jobs that a worker holds, each with its attempts."""

        def query(connection: Connection) -> tuple[Mapping[JobId, int], Sequence[Subject]]:
            rows = connection.execute(
                select(jobs.c.job_id, jobs.c.attempts).where(
                    jobs.c.worker_id == worker_id, job_rows.HELD
                )
            )
            return {JobId(row.job_id): row.attempts for row in rows}, ()

        return self.door.read(Action.WORK, query)

    def held_by(self) -> frozenset[str]:
        """Return the ids of all workers that hold open jobs."""

        def query(connection: Connection) -> tuple[frozenset[str], Sequence[Subject]]:
            found = connection.scalars(select(jobs.c.worker_id).where(job_rows.HELD).distinct())
            return frozenset(str(one) for one in found), ()

        return self.door.read(Action.WORK, query)

    def waiting(self) -> int:
        """Return how many jobs wait or are at work, with complete studies that have none yet."""

        def query(connection: Connection) -> tuple[int, Sequence[Subject]]:
            made = select(func.count()).select_from(jobs).where(job_rows.OPEN)
            unmade = select(func.count()).select_from(studies).where(job_rows.UNWORKED_STUDY)
            counts = (connection.scalar(one) or 0 for one in (made, unmade))
            return sum(counts), ()

        return self.door.read(Action.READ_JOBS, query)

    def cancel(self, job_id: JobId, *, now: datetime) -> Job:
        """Cancel an open job; work under way on it ends without a result.

        Raises
        ------
        NotAllowed
            It has ended.
        """

        def work(connection: Connection) -> tuple[Job, Sequence[Subject]]:
            known = job(connection, job_id, held=True)
            if known.state not in OPEN_JOB:
                raise NotAllowed(
                    f"job {job_id} is {known.state}; expected one that is waiting or at work; "
                    "nothing was changed"
                )
            job_rows.end(connection, known, state="cancelled", now=now)
            return job(connection, job_id), [_subject(known, cancelled=True)]

        return self.door.write(Action.CHANGE_JOB, work)

    def retry(self, job_id: JobId, *, now: datetime) -> Job:
        """Play a job again that is in quarantine or was cancelled, its strikes counted anew.

        Raises
        ------
        NotAllowed
            It is neither, or its study has another open job.
        """

        def work(connection: Connection) -> tuple[Job, Sequence[Subject]]:
            known = job(connection, job_id, held=True)
            if known.state not in ("quarantined", "cancelled"):
                raise NotAllowed(
                    f"job {job_id} is {known.state}; expected one that is quarantined or "
                    "cancelled; nothing was changed"
                )
            _refuse_a_second(connection, known)
            job_rows.wait_again(connection, [job_id], not_before=now)
            connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(strikes=0))
            connection.execute(
                update(studies)
                .where(studies.c.study_id == known.study_id)
                .where(studies.c.state.in_(("failed", "cancelled")))
                .values(state="queued")
            )
            return job(connection, job_id), [_subject(known, retried=True)]

        return self.door.write(Action.CHANGE_JOB, work)

    def get(self, job_id: JobId) -> Job:
        """Return one job."""

        def query(connection: Connection) -> tuple[Job, Sequence[Subject]]:
            found = job(connection, job_id)
            return found, [_subject(found)]

        return self.door.read(Action.READ_JOBS, query)

    def list(
        self, *, state: str | None = None, limit: int = PAGE, before: JobId | None = None
    ) -> tuple[Job, ...]:
        """Return the newest jobs first; ``before`` is the last of the page before."""

        def query(connection: Connection) -> tuple[tuple[Job, ...], Sequence[Subject]]:
            wanted = select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc())
            if state is not None:
                wanted = wanted.where(jobs.c.state == state)
            if before is not None:
                mark = select(jobs.c.created_at, jobs.c.job_id).where(jobs.c.job_id == before)
                wanted = wanted.where(
                    tuple_(jobs.c.created_at, jobs.c.job_id) < mark.scalar_subquery()
                )
            rows = connection.execute(wanted.limit(limit))
            return tuple(job_of(row) for row in rows), [Subject("jobs")]

        return self.door.read(Action.READ_JOBS, query)

    def _anything_to_sweep(self, now: datetime) -> bool:
        """Look, without taking the write lock, whether a sweep would find something."""

        def query(connection: Connection) -> tuple[bool, Sequence[Subject]]:
            quiet = select(studies.c.study_id).where(job_rows.quiet(now))
            complete = select(studies.c.study_id).where(job_rows.UNWORKED_STUDY)
            new = select(documents.c.document_id).where(job_rows.UNWORKED_DOCUMENT)
            looked = (connection.scalar(one.limit(1)) for one in (quiet, complete, new))
            return any(found is not None for found in looked), ()

        return self.door.read(Action.WORK, query)

    def _anything_to_claim(self, now: datetime) -> bool:
        """Look, without taking the write lock, whether a job waits and is due."""

        def query(connection: Connection) -> tuple[bool, Sequence[Subject]]:
            due = select(jobs.c.job_id).where(turns.due(now)).limit(1)
            return connection.scalar(due) is not None, ()

        return self.door.read(Action.WORK, query)


def _refuse_a_second(connection: Connection, known: Job) -> None:
    """Refuse to play a job again whose study or record is at work already."""
    same = (
        jobs.c.study_id == known.study_id
        if known.study_id is not None
        else (jobs.c.patient_id == known.patient_id) & (jobs.c.kind == "record")
    )
    other = connection.scalar(select(jobs.c.job_id).where(same, job_rows.OPEN).limit(1))
    if other is not None:
        raise NotAllowed(
            f"job {known.job_id}: job {other} is at work on the same; expected none; wait for it "
            "or cancel it; nothing was changed"
        )


def _subject(known: Job, **detail: object) -> Subject:
    """Return a job as the audit trail names it."""
    study = {"study": known.study_id} if known.study_id is not None else {}
    return Subject(f"job/{known.job_id}", known.patient_id, tuple({**study, **detail}.items()))
