"""A worker dies or stalls, at any step: another goes on, and one result is current."""

import signal

import pytest

from integration.workflow.ward import (
    Ward,
    a_ward_film,
    a_worker,
    desk_of,
    dies,
    draft_of,
    only_job,
    store,
    until,
    work,
    workflow_tables,
)
from osler.records import Records

STEPS = ("prepare", "analyse", "explain", "assess", "report", "store")


def another_opinion(ward: Ward) -> None:
    """Put another judge of the same name in place: what is analysed anew is seen to be."""
    for path in sorted((ward.folder / "models" / "tiny").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    ward.make_package("tiny", weight=1.0)


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_a_step_leaves_its_study_to_another(ward: Ward, step: str) -> None:
    """Power fails in hospitals too; the film of the night must still be answered, once."""
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film(1))
        straight_id = store(desk, a_ward_film(2, patient="other"))
        dies(ward, step)
        work(ward, records)
        draft, straight = draft_of(desk, study_id), draft_of(desk, straight_id)
        assert len(desk.results.of_study(study_id)) == 1
        assert {job.state for job in desk.jobs.list()} == {"done"}
        assert max(job.attempts for job in desk.jobs.list()) == 2
        assert_tidy(records)
    assert [one.probability for one in draft.findings] == [
        one.probability for one in straight.findings
    ]


@pytest.mark.parametrize("step", ["explain", "report", "store"])
def test_what_was_analysed_before_the_worker_died_is_not_analysed_again(
    ward: Ward, step: str
) -> None:
    """A volume may take a minute; it is looked at once."""
    with ward.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())
        dies(ward, step)
        another_opinion(ward)
        work(ward, records)
        (finding,) = draft_of(desk, study_id).findings
    assert finding.probability.value > 0.8, "the first judge said so; the other says 0.61"


@pytest.mark.parametrize("fault", ["lost", "damaged"])
def test_a_kept_step_that_is_lost_or_damaged_is_done_again(embedded: Ward, fault: str) -> None:
    """A power cut may tear what was kept in passing; that must not cost the study its answer."""
    with embedded.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film())
        before = {one.address for one in records.objects.list()}
        dies(embedded, "explain")
        (kept,) = {one.address for one in records.objects.list()} - before
        if fault == "lost":
            records.objects.delete(kept)
        else:
            (file,) = (embedded.folder / "objects").rglob(kept)
            file.write_bytes(b"torn" + file.read_bytes()[4:])
        another_opinion(embedded)
        work(embedded, records)
        (finding,) = draft_of(desk, study_id).findings
        assert len(list(records.objects.list())) == 2, "the film and its draft"
    assert finding.probability.value < 0.7, "the second judge was asked"


def test_a_worker_killed_after_the_result_is_out_harms_nothing(embedded: Ward) -> None:
    """The answer stands; what was only tidying up is made up for."""
    with embedded.open() as records:
        desk = desk_of(records)
        shadow(embedded, records)
        study_id = store(desk, a_ward_film())
        dies(embedded, "shadow")
        assert only_job(desk).state == "done"
        work(embedded, records)
        assert len(desk.results.of_study(study_id)) == 1
        assert_tidy(records)


def test_a_worker_that_stalls_and_wakes_up_gives_no_second_result(scaled: Ward) -> None:
    """A host that was suspended does not know that its work was handed on."""
    with scaled.open() as records:
        desk = desk_of(records)
        study_id = store(desk, a_ward_film(1))
        with a_worker(scaled, "--stall", "report") as sleeper:
            until(sleeper, "report")
            work(scaled, records)
            result = desk.results.current(study_id)
            assert result is not None
            sleeper.send_signal(signal.SIGCONT)
            until(sleeper, "store")
            later_id = store(desk, a_ward_film(2, patient="later"))
            until(sleeper, "store")
            sleeper.send_signal(signal.SIGTERM)
            assert sleeper.wait(timeout=60) == 0
        assert [one.draft_id for one in desk.results.of_study(study_id)] == [result.draft_id]
        assert draft_of(desk, later_id).findings
        assert_tidy(records)


def test_a_study_that_kills_every_worker_is_quarantined_with_the_reason(ward: Ward) -> None:
    """One film that breaks the decoder must not stop the films behind it, night after night."""
    with ward.open() as records:
        desk = desk_of(records)
        store(desk, a_ward_film(1))
        for step in ("prepare", "analyse", "explain"):
            dies(ward, step)
        store(desk, a_ward_film(2, patient="behind"))
        work(ward, records)
        behind, poison = desk.jobs.list()
        assert behind.state == "done"
        assert (poison.state, poison.attempts) == ("quarantined", 4)
        assert "the worker stopped 3 times while at this job" in (poison.reason or "")
        desk.jobs.retry(poison.job_id, now=poison.created_at)
        work(ward, records)
        assert desk.jobs.get(poison.job_id).state == "done", "played again, it goes well"


def shadow(ward: Ward, records: Records) -> None:
    """Put a second judge into state shadow."""
    from integration.workflow.test_failures import set_shadow

    set_shadow(ward, records)


def assert_tidy(records: Records) -> None:
    """Make sure that no workflow is left behind."""
    left = workflow_tables(records)
    assert "workflow_status:" not in left, left
    assert "operation_outputs:" not in left, left
    assert "queues:" not in left, left
