"""Results: the steps of a job while it runs, and the draft it ends in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, select, update

from osler.clinical import Draft, FilmAnalysis
from osler.errors import Damaged, NotFound
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.draft_rows import DraftRow, Whose, put_draft, put_shadow, row_of
from osler.records.holders import Holder, Holders
from osler.records.identity import one_person
from osler.records.ids import DraftId, PatientId, StudyId
from osler.records.inputs import Inputs, read_inputs
from osler.records.job_rows import Job, end, still_ours
from osler.records.monitoring import put_measures
from osler.records.objects import Objects
from osler.records.packed import pack, unpack
from osler.records.study_texts import index_study
from osler.records.tables import drafts, studies

Noun = TypeVar("Noun")


@dataclass(frozen=True)
class Results:
    """What may be done with results, by one actor for one purpose."""

    door: Door
    holders: Holders
    objects: Objects

    def inputs(self, begun: Job) -> Inputs:
        """Return what a job looks at: its study or, for a record, the patient's newest; the record.

        Raises
        ------
        NotFound
            The study was deleted, or an object of it is missing.
        OurFault
            An object was altered.
        """
        return read_inputs(self.door, self.holders, self.objects, begun=begun)

    def keep_step(self, known: Job, step: str, value: object) -> None:
        """Keep what a step gave, until the job ends. A power cut may lose it: it is redone."""
        holder = self._holder(known.patient_id)
        self.objects.put_named(
            _step_name(known, step),
            pack(value),
            holder=holder.patient_id,
            key=holder.key,
            durable=False,
        )

    def step(self, known: Job, step: str, kind: type[Noun]) -> Noun | None:
        """Return what a step gave before; None where it is not there or not whole."""
        holder = self._holder(known.patient_id)
        address = self.objects.address_of_name(_step_name(known, step), holder=holder.patient_id)
        try:
            return unpack(kind, self.objects.get(address, holder=holder.patient_id, key=holder.key))
        except (NotFound, Damaged):
            return None

    def drop_steps(self, known: Job, steps: Iterable[str]) -> None:
        """Delete what steps of a job gave; absent ones do no harm."""
        for step in steps:
            self.objects.delete(
                self.objects.address_of_name(_step_name(known, step), holder=known.patient_id)
            )

    def store(
        self,
        begun: Job,
        draft: Draft,
        *,
        now: datetime,
        study_id: StudyId | None = None,
        revision: int | None = None,
        films: Sequence[FilmAnalysis] = (),
    ) -> DraftId:
        """Keep a job's draft as the current result and end the job, in one transaction.

        The result that was current is superseded, and named by the new one. A job that stores
        twice gives one result: the second call returns the first's.

        Parameters
        ----------
        study_id, revision
            The study that the draft is of, and as it was when: for a job on a record, which
            assesses a study again. The job's own where None.

        films
            The films as models judged them: their numbers are kept for monitoring.

        Raises
        ------
        NotAllowed
            The job was cancelled or taken over.
        NotFound
            Study or patient was deleted.
        TryLater
            The current result looked at more of the study than this one.

        A study whose assessment is immediate or urgent becomes urgent in lists of studies; one
        that is urgent stays so.
        """
        whose = Whose(
            begun.patient_id if study_id is None else self._patient_of(study_id),
            begun.study_id if study_id is None else study_id,
            begun.revision if revision is None else revision,
        )
        holder = self._holder(whose.patient_id)
        kept = self.objects.put(pack(draft), holder=holder.patient_id, key=holder.key)

        def work(connection: Connection) -> tuple[DraftId, Sequence[Subject]]:
            before = _of_job(connection, begun)
            if before is not None:
                return before, ()
            today = still_ours(connection, begun)
            draft_id = put_draft(connection, today, draft, whose=whose, kept=kept, now=now)
            put_measures(connection, draft_id, films, now=now)
            _hasten(connection, whose.study_id, draft)
            end(connection, today, state="done", now=now)
            detail = (("study", whose.study_id), ("job", begun.job_id))
            return draft_id, [Subject(f"draft/{draft_id}", whose.patient_id, detail)]

        return self.door.write(Action.WRITE_RESULT, work)

    def store_shadow(self, draft_id: DraftId, films: tuple[FilmAnalysis, ...]) -> None:
        """Keep what shadow models said beside a draft, in which they are not shown."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            put_shadow(connection, draft_id, films)
            return None, [Subject(f"draft/{draft_id}", None, (("shadow", True),))]

        self.door.write(Action.WRITE_RESULT, work)

    def current(self, study_id: StudyId) -> DraftRow | None:
        """Return the current result of a study; None where there is none yet."""

        def query(connection: Connection) -> tuple[DraftRow | None, Sequence[Subject]]:
            row = connection.execute(
                select(drafts).where(
                    drafts.c.study_id == study_id, drafts.c.superseded_at.is_(None)
                )
            ).one_or_none()
            found = row_of(row) if row is not None else None
            whose = found.patient_id if found is not None else None
            return found, [Subject(f"study/{study_id}", whose)]

        return self.door.read(Action.READ_RESULT, query)

    def of_study(self, study_id: StudyId) -> tuple[DraftRow, ...]:
        """Return all results of a study, the newest first."""

        def query(connection: Connection) -> tuple[tuple[DraftRow, ...], Sequence[Subject]]:
            rows = connection.execute(
                select(drafts)
                .where(drafts.c.study_id == study_id)
                .order_by(drafts.c.stored_at.desc(), drafts.c.draft_id)
            ).all()
            whose = PatientId(rows[0].patient_id) if rows else None
            return tuple(row_of(row) for row in rows), [Subject(f"study/{study_id}", whose)]

        return self.door.read(Action.READ_RESULT, query)

    def of_person(self, patient_id: PatientId) -> tuple[DraftRow, ...]:
        """Return the current results of one person, studies and record alone, newest first."""

        def query(connection: Connection) -> tuple[tuple[DraftRow, ...], Sequence[Subject]]:
            rows = connection.execute(
                select(drafts)
                .where(
                    drafts.c.patient_id.in_(one_person(connection, patient_id)),
                    drafts.c.superseded_at.is_(None),
                )
                .order_by(drafts.c.stored_at.desc(), drafts.c.draft_id)
            )
            return tuple(row_of(row) for row in rows), [
                Subject(f"patient/{patient_id}", patient_id)
            ]

        return self.door.read(Action.READ_RESULT, query)

    def draft(self, draft_id: DraftId) -> Draft:
        """Return a draft as it was stored.

        Raises
        ------
        NotFound
            There is none of this id.
        """

        def query(connection: Connection) -> tuple[tuple[Holder, str], Sequence[Subject]]:
            row = connection.execute(
                select(drafts.c.patient_id, drafts.c.address).where(drafts.c.draft_id == draft_id)
            ).one_or_none()
            if row is None:
                raise NotFound(
                    f"draft {draft_id} is not there; expected the id of a result that is kept "
                    "(osler records show STUDY)"
                )
            holder = self.holders.of_patient(connection, PatientId(row.patient_id))
            return (holder, row.address), [Subject(f"draft/{draft_id}", row.patient_id)]

        holder, address = self.door.read(Action.READ_RESULT, query)
        return unpack(Draft, self.objects.get(address, holder=holder.patient_id, key=holder.key))

    def _patient_of(self, study_id: StudyId) -> PatientId:
        """Return whose study it is."""
        found = self.door.read(
            Action.WORK,
            lambda connection: (
                connection.scalar(
                    select(studies.c.patient_id).where(studies.c.study_id == study_id)
                ),
                (),
            ),
        )
        if found is None:
            raise NotFound(
                f"study {study_id} was deleted with its patient meanwhile; nothing was written"
            )
        return PatientId(found)

    def _holder(self, patient_id: PatientId) -> Holder:
        """Return whose key a job's values are kept under."""
        met = self.holders.met(patient_id)
        if met is not None:
            return met
        found = self.door.read(
            Action.WORK,
            lambda connection: (self.holders.of_patient(connection, patient_id), ()),
        )
        self.holders.meet(found)
        return found


def _step_name(known: Job, step: str) -> str:
    """Return the name of a step's value."""
    return f"step/{known.job_id}/{step}"


def _of_job(connection: Connection, known: Job) -> DraftId | None:
    """Return the draft that a job stored before."""
    found = connection.scalar(select(drafts.c.draft_id).where(drafts.c.job_id == known.job_id))
    return DraftId(found) if found is not None else None


def _hasten(connection: Connection, study_id: StudyId | None, draft: Draft) -> None:
    """Put a study among the urgent ones where its assessment says so; never the other way."""
    soon = draft.assessment.urgency
    if study_id is None or soon is None or not soon.reasons:
        return
    table = studies.c
    changed = connection.execute(
        update(studies)
        .where(table.study_id == study_id, table.priority != "urgent")
        .values(priority="urgent")
    )
    if changed.rowcount:
        index_study(connection, study_id)
