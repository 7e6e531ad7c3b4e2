"""What the worker makes of what is kept: one current result a study, whatever comes later."""

import signal
import time
from dataclasses import replace

import pytest

from integration.workflow.ward import (
    QUICK,
    Ward,
    a_ward_film,
    a_worker,
    desk_of,
    draft_of,
    only_job,
    store,
    store_record,
    until,
    work,
    workflow_tables,
)
from osler.clinical import Draft
from osler.clinical.serial import to_json
from osler.errors import Misuse, NotAllowed
from osler.standards.pictures import group_studies
from osler.workflow.joining import join
from osler.workflow.path import walk
from osler.workflow.tools import Tools


def probabilities(draft: Draft) -> dict[str, float]:
    """Return each finding's probability."""
    return {one.name: one.probability.value for one in draft.findings}


def test_a_stored_study_is_analysed_as_a_walk_in_memory_would(ward: Ward) -> None:
    """The service must not say anything else than the terminal."""
    film = a_ward_film()
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, film)
        work(ward, records)
        draft = draft_of(desk, study_id)
        (case,) = join(
            group_studies([film]).studies, None, same_patient=False, now=draft.made_at
        ).cases
        straight = walk(case, Tools(desk, ward.models).resources(draft.made_at))
        assert only_job(desk).state == "done"
        assert desk.studies.get(study_id).state == "analysed"
    assert to_json(draft) == to_json(straight)
    assert len(draft.findings) == 1


def test_a_second_run_finds_nothing_to_do(ward: Ward) -> None:
    """A worker that starts again must not do the day's work twice."""
    steps: list[str] = []
    with ward.open() as records:
        store(desk_of(records), a_ward_film())
        work(ward, records, on_step=steps.append)
        assert steps == ["prepare", "analyse", "explain", "assess", "report", "store"]
        work(ward, records, on_step=steps.append)
    assert len(steps) == 6


def test_nothing_stays_in_the_workflows_tables_when_all_is_done(ward: Ward) -> None:
    """After a hundred thousand studies the next one must cost what the first did."""
    with ward.open() as records:
        desk = desk_of(records)
        for number in range(1, 6):
            store(desk, a_ward_film(number))
        work(ward, records)
        left = workflow_tables(records)
    tables = {line.partition(":")[0] for line in left.splitlines()}
    assert tables <= {"application_versions", "dbos_migrations"}, left


def test_a_late_film_supersedes_the_result_and_the_old_one_stays(ward: Ward) -> None:
    """The lateral view came late; the answer must be of both, and say what it replaced."""
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film(1, study=1))
        work(ward, records)
        first = desk.results.current(study_id)
        assert store(desk, a_ward_film(2, study=1)) == study_id
        work(ward, records)
        rows = desk.results.of_study(study_id)
        draft = draft_of(desk, study_id)
    assert first is not None
    assert [(one.revision, one.supersedes) for one in rows] == [
        (2, first.draft_id),
        (1, None),
    ]
    assert len(draft.films) == 2


def test_a_film_that_comes_while_its_study_is_at_work_is_not_forgotten(ward: Ward) -> None:
    """A study that is complete twice is analysed twice, and one result is current."""
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film(1, study=1))
        sent: list[str] = []

        def on_step(step: str) -> None:
            if step == "report" and not sent:
                sent.append(step)
                store(desk, a_ward_film(2, study=1))

        work(ward, records, on_step=on_step)
        assert len(desk.results.of_study(study_id)) == 2
        assert len(draft_of(desk, study_id).films) == 2
        assert desk.studies.get(study_id).state == "analysed"


def test_a_new_document_assesses_the_newest_study_again(ward: Ward) -> None:
    """A white count that comes after the film changes how likely the pneumonia is."""
    with ward.open() as records:
        desk = desk_of(records)
        old = store(desk, a_ward_film(1, StudyDate="20250101"))
        new = store(desk, a_ward_film(2, StudyDate="20250301"))
        work(ward, records)
        before = draft_of(desk, new)
        store_record(desk)
        work(ward, records)
        after = draft_of(desk, new)
        assert len(desk.results.of_study(old)) == 1
    assert before.record is None
    assert after.record is not None
    assert len(after.record.observations) == 7
    assert probabilities(after) == probabilities(before)


def test_a_study_joins_the_record_that_was_there_before_it(ward: Ward) -> None:
    """The history is in the house when the patient is still on the way to the film."""
    with ward.open() as records:
        desk = desk_of(records)
        patient_id = store_record(desk)
        work(ward, records)
        (alone,) = desk.results.of_person(patient_id)
        assert alone.study_id is None
        assert desk.results.draft(alone.draft_id).record is not None
        study_id = store(desk, a_ward_film())
        work(ward, records)
        assert draft_of(desk, study_id).record is not None
        assert [one.study_id for one in desk.results.of_person(patient_id)] == [study_id]


def test_urgent_work_overtakes_what_is_in_the_queue(embedded: Ward) -> None:
    """At most what is in hand is finished before the emergency room gets its answer."""
    done: list[str] = []
    with embedded.open() as records:
        desk = desk_of(records)
        for number in range(1, 9):
            store(desk, a_ward_film(number, patient=f"p{number}"))

        def on_step(step: str) -> None:
            if step == "prepare":
                done.append(step)
            if step == "report" and len(done) == 1:
                store(desk, a_ward_film(99, patient="urgent"), priority="urgent")

        work(embedded, records, on_step=on_step, habits=replace(QUICK, threads=1))
        ordered = sorted(desk.jobs.list(), key=lambda job: job.started_at or job.created_at)
    assert "urgent" in [job.priority for job in ordered[:4]]


def test_two_workers_on_postgresql_share_the_work_and_do_none_of_it_twice(scaled: Ward) -> None:
    """Two hosts are there to be faster, not to answer twice."""
    with scaled.open() as records:
        desk = desk_of(records)
        # Nobody is to be thought dead here, on a machine however busy.
        alive = ("--dead-after", "60")
        with a_worker(scaled, *alive) as one, a_worker(scaled, *alive) as two:
            for process in (one, two):
                until(process, "works")
            ids = [
                store(desk, a_ward_film(number, patient=f"p{number}")) for number in range(1, 31)
            ]
            deadline = time.monotonic() + 120
            while desk.jobs.waiting() and time.monotonic() < deadline:
                time.sleep(0.05)
            for process in (one, two):
                process.send_signal(signal.SIGTERM)
            said = [process.communicate(timeout=60)[0].split() for process in (one, two)]
        assert [one.returncode, two.returncode] == [0, 0]
        results = [len(desk.results.of_study(study_id)) for study_id in ids]
        assert (results, desk.jobs.list(state="quarantined")) == ([1] * 30, ())
    stored = [lines.count("store") for lines in said]
    assert sum(stored) == 30
    assert min(stored) > 0


def test_a_second_worker_in_one_sqlite_folder_is_refused_with_a_sentence(embedded: Ward) -> None:
    """SQLite has one writer; two workers would wait for each other all day."""
    with embedded.open() as records, a_worker(embedded) as process:
        until(process, "works")
        store(desk_of(records), a_ward_film())
        until(process, "store")
        with pytest.raises(NotAllowed, match=f"process {process.pid} is this data folder's worker"):
            work(embedded, records)


def test_a_second_worker_in_one_process_is_refused_with_a_sentence(scaled: Ward) -> None:
    """The library underneath knows one worker a process."""
    with scaled.open() as records:
        store(desk_of(records), a_ward_film())
        refused: list[str] = []

        def on_step(step: str) -> None:
            if step == "prepare":
                with pytest.raises(Misuse, match="a worker runs in this process already"):
                    work(scaled, records)
                refused.append(step)

        work(scaled, records, on_step=on_step)
    assert refused == ["prepare"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_finishes_what_it_has_in_hand(
    embedded: Ward, number: signal.Signals
) -> None:
    """A restart for an update must cost no study a second run."""
    with embedded.open() as records:
        desk = desk_of(records)
        for one in range(1, 21):
            store(desk, a_ward_film(one, patient=f"p{one}"))
        with a_worker(embedded) as process:
            until(process, "analyse")
            process.send_signal(number)
            assert process.wait(timeout=60) == 0
        states = [job.state for job in desk.jobs.list()]
        assert set(states) == {"done", "waiting"}
        assert [job.attempts for job in desk.jobs.list() if job.state == "done"] == [
            1
        ] * states.count("done")
        assert desk.workers.list() == ()
        work(embedded, records)
        assert {job.state for job in desk.jobs.list()} == {"done"}
        assert {job.attempts for job in desk.jobs.list()} == {1}


def test_a_worker_opens_no_connection_to_anywhere(embedded: Ward) -> None:
    """The library underneath would show the work on its maker's page, if it were asked to."""
    with embedded.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())
        with a_worker(embedded, "--offline", "--until-idle") as process:
            assert process.wait(timeout=60) == 0
        assert draft_of(desk, study_id).findings
