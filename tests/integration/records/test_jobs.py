"""Jobs and their results: each piece of work once, in a fair order, ended by whoever holds it."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from make.draft import a_draft
from make.kept import NOW, Kept, an_instance
from make.record import a_man, a_vitals_record
from osler.clinical import Case, Identifier, Interval
from osler.errors import NotAllowed, TryLater
from osler.records import Job, PatientId, StudyId

SOON = NOW + timedelta(seconds=1)
LATER = NOW + timedelta(hours=1)


def a_study(
    kept: Kept,
    number: int = 1,
    *,
    priority: Literal["routine", "urgent"] = "routine",
    patient: str = "4711",
) -> StudyId:
    """Store a complete study of one instance."""
    instance = an_instance(study=number, PatientID=patient)
    stored = kept.osler.studies.store(instance, source="ct-1", now=NOW, priority=priority)
    kept.osler.studies.complete(stored.study_id, now=NOW)
    return stored.study_id


def a_document(kept: Kept, patient: str = "4711", heart_rate: float = 70.0) -> PatientId:
    """Store a document of a patient's record."""
    whose = a_man(identifiers=(Identifier(patient),), name=None, sex="unknown", birth_date=None)
    record = a_vitals_record(whose, heart_rate=heart_rate)
    content = f"{patient} {heart_rate}".encode()
    return kept.osler.documents.store(
        record, content, kind="json", source="ehr", now=NOW
    ).patient_id


def begun(kept: Kept, worker: str = "w1") -> Job:
    """Make jobs, claim one and begin it."""
    kept.osler.jobs.sweep(now=NOW)
    (job,) = kept.osler.jobs.claim(worker, limit=1, now=NOW)
    return kept.osler.jobs.begin(job.job_id, worker, now=NOW)


def test_urgent_work_goes_first_and_routine_work_that_waited_is_not_overtaken(kept: Kept) -> None:
    """The film of the emergency room first; the outpatient's today, not never."""
    a_study(kept, 1)
    kept.osler.jobs.sweep(now=NOW)
    a_study(kept, 2, priority="urgent")
    kept.osler.jobs.sweep(now=SOON)
    waits = kept.records.at.routine_waits
    a_study(kept, 3, priority="urgent")
    kept.osler.jobs.sweep(now=NOW + waits + timedelta(seconds=1))
    claimed = kept.osler.jobs.claim("w1", limit=3, now=LATER)
    assert [job.priority for job in claimed] == ["urgent", "routine", "urgent"]


def test_a_job_is_given_to_one_worker_only(kept: Kept) -> None:
    """Two answers to one film would be one too many."""
    for number in range(1, 5):
        a_study(kept, number)
    kept.osler.jobs.sweep(now=NOW)
    first = kept.osler.jobs.claim("w1", limit=3, now=NOW)
    second = kept.osler.jobs.claim("w2", limit=3, now=NOW)
    assert len(first) == 3
    assert len(second) == 1
    assert len({job.job_id for job in (*first, *second)}) == 4


def test_studies_of_one_patient_are_at_work_beside_each_other(kept: Kept) -> None:
    """Two films of one morning need not wait for each other."""
    a_study(kept, 1)
    a_study(kept, 2)
    kept.osler.jobs.sweep(now=NOW)
    assert len(kept.osler.jobs.claim("w1", limit=2, now=NOW)) == 2


def test_a_record_waits_for_its_patients_study_and_for_nobody_elses(kept: Kept) -> None:
    """A lab value that comes while the film is at work must not miss it."""
    a_study(kept, 1)
    study = begun(kept)
    a_document(kept)
    a_document(kept, "other")
    kept.osler.jobs.sweep(now=NOW)
    (other,) = kept.osler.jobs.claim("w2", limit=5, now=NOW)
    assert (other.kind, other.patient_id == study.patient_id) == ("record", False)
    assert kept.osler.jobs.claim("w2", limit=5, now=NOW) == ()
    kept.osler.jobs.finish_empty(study, now=NOW)
    (record,) = kept.osler.jobs.claim("w2", limit=5, now=NOW)
    assert (record.kind, record.patient_id) == ("record", study.patient_id)


def test_of_one_batch_a_record_is_not_taken_beside_a_study_of_its_patient(kept: Kept) -> None:
    """The rule holds inside one claim as well."""
    a_document(kept)
    a_study(kept, 1)
    kept.osler.jobs.sweep(now=NOW)
    assert len(kept.osler.jobs.claim("w1", limit=5, now=NOW)) == 1


def test_a_clock_that_was_put_back_does_not_hold_a_job_for_hours(kept: Kept) -> None:
    """A server whose battery died must not sit on the night's films."""
    a_study(kept)
    job = begun(kept)
    kept.osler.jobs.finish_failed(
        job, kind="transient", reason="disk", now=LATER, retry_at=LATER + timedelta(minutes=5)
    )
    assert len(kept.osler.jobs.claim("w1", limit=1, now=NOW)) == 1


def test_a_strike_is_counted_at_the_beginning_and_given_back_if_excused(kept: Kept) -> None:
    """Work that kills its worker is counted; an outage of the disk is not the study's fault."""
    a_study(kept)
    job = begun(kept)
    assert (job.attempts, job.strikes) == (1, 1)
    kept.osler.jobs.release("w1", now=NOW)
    job = begun(kept, "w2")
    assert (job.attempts, job.strikes) == (2, 2)
    kept.osler.jobs.finish_failed(
        job, kind="transient", reason="disk", now=NOW, retry_at=NOW, excused=True
    )
    job = begun(kept, "w2")
    assert (job.attempts, job.strikes) == (3, 2)
    kept.osler.jobs.hand_back("w2", now=NOW)
    assert kept.osler.jobs.get(job.job_id).strikes == 1


def test_a_worker_that_was_taken_for_dead_cannot_write_what_it_found(kept: Kept) -> None:
    """It slept while another did its work: two current results would contradict each other."""
    study_id = a_study(kept)
    late = begun(kept, "sleeper")
    kept.osler.jobs.release("sleeper", now=NOW)
    job = begun(kept, "w2")
    with pytest.raises(NotAllowed, match="no longer this worker's"):
        kept.osler.results.store(late, a_draft(draft_id="late"), now=NOW)
    with pytest.raises(NotAllowed, match="no longer this worker's"):
        kept.osler.jobs.finish_failed(late, kind="x", reason="y", now=NOW, retry_at=None)
    stored = kept.osler.results.store(job, a_draft(draft_id="right"), now=NOW)
    assert kept.osler.results.store(late, a_draft(draft_id="late"), now=NOW) == stored
    assert [one.draft_id for one in kept.osler.results.of_study(study_id)] == ["right"]


def test_a_record_draft_belongs_to_the_study_that_it_assessed_again(kept: Kept) -> None:
    """A new lab value changes what is said of the film, so it must stand with the film."""
    study_id = a_study(kept)
    first = kept.osler.results.store(begun(kept), a_draft(draft_id="first"), now=NOW)
    a_document(kept)
    job = begun(kept)
    assert job.kind == "record"
    inputs = kept.osler.results.inputs(job)
    assert (inputs.study_id, inputs.revision) == (study_id, 1)
    assert inputs.record is not None
    kept.osler.results.store(
        job, a_draft(draft_id="again"), now=SOON, study_id=study_id, revision=1
    )
    current = kept.osler.results.current(study_id)
    assert current is not None
    assert (current.draft_id, current.supersedes, current.revision) == ("again", first, 1)
    assert kept.osler.jobs.sweep(now=LATER) == 0, "the document is used"


def test_a_result_that_looked_at_less_never_supersedes_one_that_looked_at_more(kept: Kept) -> None:
    """A late film that was read must not vanish again behind an older answer."""
    study_id = a_study(kept)
    whole = begun(kept)
    kept.osler.results.store(
        whole, a_draft(draft_id="whole"), now=NOW, study_id=study_id, revision=2
    )
    a_document(kept)
    job = begun(kept)
    with pytest.raises(TryLater, match="looked at revision 1 of its study, but the result of"):
        kept.osler.results.store(
            job, a_draft(draft_id="less"), now=SOON, study_id=study_id, revision=1
        )
    current = kept.osler.results.current(study_id)
    assert current is not None
    assert current.draft_id == "whole"
    assert kept.osler.jobs.get(job.job_id).state == "running"


def test_a_record_alone_is_superseded_by_the_study_that_took_it_in(kept: Kept) -> None:
    """Two current answers for one patient, one without the film, would mislead."""
    patient_id = a_document(kept)
    kept.osler.results.store(
        begun(kept), replace(a_draft(draft_id="alone"), study_uid=None), now=NOW
    )
    a_study(kept)
    kept.osler.results.store(begun(kept), a_draft(draft_id="both"), now=SOON)
    assert [one.draft_id for one in kept.osler.results.of_person(patient_id)] == ["both"]


def test_a_step_comes_back_as_it_was_and_of_another_name_not_at_all(kept: Kept) -> None:
    """An analysis of one film must never be taken for that of another."""
    a_study(kept)
    job = begun(kept)
    results = kept.osler.results
    results.keep_step(job, "analyse/one", Interval(0.5, 0.4, 0.6))
    assert results.step(job, "analyse/one", Interval) == Interval(0.5, 0.4, 0.6)
    assert results.step(job, "analyse/two", Interval) is None
    assert results.step(job, "analyse/one", Case) is None, "what another version wrote is lost"
    results.drop_steps(job, ["analyse/one", "analyse/two"])
    assert results.step(job, "analyse/one", Interval) is None
