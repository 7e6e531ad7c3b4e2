"""What goes wrong with a job: by its kind it is tried again, or put aside with its sentence."""

import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from integration.workflow.ward import (
    QUICK,
    Ward,
    a_ward,
    a_ward_film,
    a_worker,
    desk_of,
    draft_of,
    now,
    only_job,
    store,
    store_record,
    until,
    work,
    workflow_tables,
)
from make.package import a_card, a_package, an_output
from make.postgres import Postgres, postgres_server
from osler.errors import NotReadable, OurFault, TryLater
from osler.records import Actor, JobId, ModelState, Purpose, Records, Role

CHIEF = Actor("chief", frozenset({Role.ADMINISTRATOR, Role.INTEGRATOR, Role.CLINICIAN}))


class Raising:
    """Raises an error at a step some times."""

    def __init__(self, step: str, error: Exception, *, times: int = 1000) -> None:
        self.step, self.error, self.left = step, error, times

    def __call__(self, step: str) -> None:
        """Raise, if this is the step and not too often yet."""
        if step == self.step and self.left:
            self.left -= 1
            raise self.error


def test_a_transient_fault_is_waited_out(ward: Ward) -> None:
    """A store that answers 503 for a while must cost the studies of that while nothing."""
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())
        work(ward, records, on_step=Raising("explain", TryLater("store away"), times=5))
        job = only_job(desk)
        assert (job.state, job.attempts, job.strikes) == ("done", 6, 1)
        assert draft_of(desk, study_id).findings


@pytest.mark.parametrize(
    ("error", "attempts", "reason"),
    [
        (OurFault("a promise was broken"), 3, "a promise was broken"),
        (KeyError("Doe^Jane"), 3, "the analysis stopped with KeyError at Raising.__call__"),
        (NotReadable("it is cut short"), 1, "it is cut short"),
    ],
)
def test_other_faults_are_tried_by_their_kind_and_quarantined_with_the_reason(
    ward: Ward, *, error: Exception, attempts: int, reason: str
) -> None:
    """What cannot succeed is put aside with a sentence for the person who has to act on it."""
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())
        work(ward, records, on_step=Raising("explain", error))
        job = only_job(desk)
        assert (job.state, job.attempts) == ("quarantined", attempts)
        assert (job.reason or "").startswith(reason)
        assert "Doe" not in (job.reason or "")
        assert desk.results.current(study_id) is None
        assert desk.studies.get(study_id).state == "failed"


def test_what_may_have_killed_a_worker_is_at_work_alone(ward: Ward) -> None:
    """The study beside the one that kills must not be put into quarantine with it."""
    steps: list[str] = []
    with ward.open() as records:
        desk = desk_of(records)
        for number in (1, 2, 3):
            store(desk, a_ward_film(number, patient=f"p{number}"))
        desk.jobs.sweep(now=now())
        assert len(desk.jobs.take("killed", limit=4, now=now() + timedelta(hours=1))) == 3
        desk.jobs.release("killed", now=now())
        fresh = store(desk, a_ward_film(4, patient="p4"), priority="urgent")
        work(ward, records, on_step=steps.append, habits=replace(QUICK, threads=2))
        assert [one.strikes for one in desk.jobs.list()] == [1, 2, 2, 2]
        assert desk.results.current(fresh) is not None
    assert steps == ["prepare", "analyse", "explain", "assess", "report", "store"] * 4


def test_a_busy_worker_takes_no_suspect_and_nothing_that_is_due_behind_it(ward: Ward) -> None:
    """Else, under load, its turn would never come."""
    later = now() + timedelta(hours=1)
    with ward.open() as records:
        desk = desk_of(records)
        for number in (1, 2):
            store(desk, a_ward_film(number, patient=f"p{number}"))
        desk.jobs.sweep(now=now())
        (suspect,) = desk.jobs.take("killed", limit=1, now=later)
        desk.jobs.release("killed", now=now())
        assert desk.jobs.take("busy", limit=4, now=later, is_free=False) == ()
        (alone,) = desk.jobs.take("free", limit=4, now=later, is_free=True)
        assert alone.job_id == suspect.job_id
        (other,) = desk.jobs.take("busy", limit=4, now=later, is_free=False)
        assert other.job_id != suspect.job_id


def test_a_study_in_quarantine_is_played_again(ward: Ward) -> None:
    """The fault is mended; the study is not lost."""
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())
        work(ward, records, on_step=Raising("explain", NotReadable("cut short")))
        desk.jobs.retry(only_job(desk).job_id, now=now())
        work(ward, records)
        assert only_job(desk).state == "done"
        assert draft_of(desk, study_id).findings
        assert desk.studies.get(study_id).state == "analysed"


def test_a_job_that_is_cancelled_while_it_waits_never_runs(ward: Ward) -> None:
    """It was sent by mistake; nobody is to see an answer."""
    steps: list[str] = []
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())
        desk.jobs.sweep(now=now())
        desk.jobs.cancel(only_job(desk).job_id, now=now())
        work(ward, records, on_step=steps.append)
        assert steps == []
        assert desk.results.current(study_id) is None


@pytest.mark.parametrize("step", ["analyse", "report", "store"])
def test_a_job_that_is_cancelled_at_work_leaves_no_result(ward: Ward, step: str) -> None:
    """Whoever cancels must be able to rely on it."""
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())

        def on_step(name: str) -> None:
            if name == step:
                desk.jobs.cancel(only_job(desk).job_id, now=now())

        work(ward, records, on_step=on_step)
        assert only_job(desk).state == "cancelled"
        assert desk.results.of_study(study_id) == ()
        assert desk.studies.get(study_id).state == "cancelled"


def test_a_job_whose_patient_is_forgotten_meanwhile_is_left(ward: Ward) -> None:
    """The right to be forgotten does not wait for the queue."""
    with ward.open() as records:
        desk = desk_of(records)
        store(desk, a_ward_film(1))
        behind = store(desk, a_ward_film(2, patient="behind"))
        chief = records.acting(CHIEF, Purpose.PATIENT_REQUEST)
        gone = desk.studies.list()[1].patient_id
        forgotten: list[str] = []

        def on_step(name: str) -> None:
            if name == "report" and not forgotten:
                forgotten.append(name)
                chief.patients.forget(gone, now=now())

        work(ward, records, on_step=on_step, habits=replace(QUICK, threads=1))
        assert draft_of(desk, behind).findings
        assert [one.study_id for one in desk.studies.list()] == [behind]
        assert [job.state for job in desk.jobs.list()] == ["done"]


def set_shadow(ward: Ward, records: Records, name: str = "quiet") -> None:
    """Put a judge of this name beside the other, in state shadow."""
    ward.make_package(name)
    desk = records.acting(CHIEF, Purpose.OPERATIONS)
    desk.models.set_state(name, "1.0.0", ModelState.SHADOW, now=now())


def unseen(records: Records) -> list[tuple[str, bool]]:
    """Return the model of each kept prediction on a film, and whether it is a shadow's."""
    with records.database.reader.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT model, is_shadow FROM predictions WHERE instance_uid IS NOT NULL OR "
                "is_shadow ORDER BY model"
            )
        )
        return [(str(row.model), bool(row.is_shadow)) for row in rows]


def test_a_shadow_model_runs_and_is_kept_and_is_shown_to_nobody(ward: Ward) -> None:
    """A new model is measured on the site's own films before anybody trusts it."""
    with ward.open() as records:
        desk = desk_of(records)
        set_shadow(ward, records)
        study_id = store(desk, a_ward_film())
        work(ward, records)
        draft = draft_of(desk, study_id)
        assert ("quiet", True) in unseen(records)
        assert ("quiet", False) not in unseen(records)
    assert [one.model.name for one in draft.findings] == ["tiny"]
    assert "quiet" not in repr(draft)


def test_a_shadow_model_that_fails_never_hurts_the_study(ward: Ward) -> None:
    """What is only tried out must not cost a patient the answer."""
    with ward.open() as records:
        desk = desk_of(records)
        card = a_card("quiet", outputs=(an_output("quiet-finding"),))
        a_package(ward.folder / "models", card, graph=b"this is no graph")
        chief = records.acting(CHIEF, Purpose.OPERATIONS)
        chief.models.set_state("quiet", "1.0.0", ModelState.SHADOW, now=now())
        study_id = store(desk, a_ward_film())
        work(ward, records)
        draft = draft_of(desk, study_id)
        job = only_job(desk)
    assert (job.state, job.attempts) == ("done", 1)
    assert [one.model.name for one in draft.findings] == ["tiny"]
    assert draft.warnings == () or "quiet" not in repr(draft)


def test_a_retired_model_is_silent_and_one_set_active_speaks_again(ward: Ward) -> None:
    """The site decides which model speaks, without a restart of its mind."""
    with ward.open() as records:
        desk = desk_of(records)
        chief = records.acting(CHIEF, Purpose.OPERATIONS)
        ward.make_package("tiny", version="2.0.0", weight=1.0)
        first = store(desk, a_ward_film(1))
        work(ward, records)
        chief.models.set_state("tiny", "1.0.0", ModelState.ACTIVE, now=now())
        chief.models.set_state("tiny", "2.0.0", ModelState.SHADOW, now=now())
        second = store(desk, a_ward_film(2))
        work(ward, records)
        versions = [draft_of(desk, one).findings[0].model.version for one in (first, second)]
    assert versions == ["2.0.0", "1.0.0"]


def test_the_workflows_tables_hold_nothing_but_ids(ward: Ward) -> None:
    """They are encrypted; still, what need not be there is not there."""
    dumps: list[str] = []
    faults = [NotReadable("film-1.dcm of Doe^Jane is cut short"), KeyError("Doe^Jane")]
    with ward.open() as records:
        desk = desk_of(records)
        store_record(desk, "P-4711")
        for number in range(1, 4):
            store(desk, a_ward_film(number, patient="P-4711", StudyDescription="Thorax in two"))

        def on_step(step: str) -> None:
            dumps.append(workflow_tables(records))
            if step == "explain" and faults:
                raise faults.pop()

        work(ward, records, on_step=on_step)
        ids = [str(job.job_id) for job in desk.jobs.list()]
    assert all(any(one in dump for dump in dumps) for one in ids), "the dumps show the work"
    words = ("Doe", "Jane", "P-4711", "film-1", "Thorax", "cut short", "2.25.", "record.json")
    assert [word for word in words if any(word in dump for dump in dumps)] == []


def test_the_workflows_database_cannot_be_read_without_the_key(embedded: Ward) -> None:
    """A stolen disk must show nothing, not even how many were ill."""
    with embedded.open() as records, a_worker(embedded, "--stall", "store") as process:
        store(desk_of(records), a_ward_film())
        until(process, "store")
        files = list(embedded.folder.glob("osler.workflow.db*"))
        assert files
        assert all(b"workflow_status" not in file.read_bytes() for file in files)
        assert not files[0].read_bytes().startswith(b"SQLite format 3")


def test_a_database_that_goes_away_and_comes_back_costs_no_study(
    scaled: Ward, postgres: Postgres
) -> None:
    """Databases are updated at night; the films of that night are answered in the morning."""
    with scaled.open() as records:
        desk = desk_of(records)
        ids = [store(desk, a_ward_film(one, patient=f"p{one}")) for one in range(1, 13)]
        cuts: list[str] = []

        def on_step(step: str) -> None:
            if step == "report" and len(cuts) < 2:
                cuts.append(step)
                postgres.stop()
                postgres.start()

        work(scaled, records, on_step=on_step)
        assert {job.state for job in desk.jobs.list()} == {"done"}
        assert all(len(desk.results.of_study(one)) == 1 for one in ids)
        assert len(cuts) == 2


def test_a_worker_that_is_stopped_while_its_database_is_away_ends(tmp_path: Path) -> None:
    """Whoever mends the database must be able to stop what hangs on it."""
    with postgres_server() as server:
        ward = a_ward(tmp_path, server.new_database())
        with ward.open() as records:
            desk = desk_of(records)
            for one in range(1, 31):
                store(desk, a_ward_film(one, patient=f"p{one}"))
        with a_worker(ward) as process:
            until(process, "store")
            server.stop()
            try:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=100)
            finally:
                server.start()
        with ward.open() as records:
            work(ward, records)
            assert {job.state for job in desk_of(records).jobs.list()} == {"done"}


def test_a_job_without_a_workflow_of_that_name_gets_its_own(embedded: Ward) -> None:
    """A workflow that a backup brought back, or left from a re-play, must not block its job."""
    with embedded.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())
        desk.jobs.sweep(now=now())
        job_id = only_job(desk).job_id
        leave_finished(records, JobId(job_id))
        work(embedded, records)
        assert draft_of(desk, study_id).findings


def leave_finished(records: Records, job_id: JobId) -> None:
    """Leave a finished workflow of a job's first attempt in the workflow's tables."""
    from osler.workflow.durable import Durable

    durable = Durable(records, "earlier")
    durable.open(lambda _job_id, _started_ms: "done")
    durable.start(job_id, attempt=1, now_ms=0)
    durable.close()
