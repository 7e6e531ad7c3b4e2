"""What follows from a failure: by the kind of the error alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from osler.errors import (
    IdentityConflict,
    Misuse,
    NotAllowed,
    NotFound,
    NotReadable,
    OurFault,
    TryLater,
)
from osler.records import Job, JobId, PatientId
from osler.workflow.retrying import MOST_TRANSIENT, Patience, deadly, judge

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PATIENCE = Patience(attempts=3)


def a_job(attempts: int = 1, strikes: int | None = None) -> Job:
    """Return a job that was begun some times."""
    return Job(
        job_id=JobId("job"),
        kind="study",
        study_id=None,
        patient_id=PatientId("patient"),
        revision=1,
        priority="routine",
        state="running",
        attempts=attempts,
        strikes=attempts if strikes is None else strikes,
        reason_kind=None,
        reason=None,
        due_at=NOW,
        not_before=NOW,
        worker_id="w1",
        created_at=NOW,
        started_at=NOW,
        finished_at=None,
    )


def verdict_on(error: Exception, job: Job) -> tuple[bool, bool]:
    """Return whether the job is tried again, and whether it is excused."""
    found = judge(error, job, patience=PATIENCE, now=NOW, rng=np.random.default_rng(1))
    return found.retry_at is not None, found.is_excused


def test_a_transient_fault_is_waited_out_and_is_not_the_studys_fault() -> None:
    """A full disk at night must not put every film of the night into quarantine."""
    assert verdict_on(TryLater("disk full"), a_job(attempts=50, strikes=1)) == (True, True)


def test_a_transient_fault_that_never_ends_is_quarantined_after_many_tries() -> None:
    """Somebody has to see it in the end."""
    assert verdict_on(TryLater("disk full"), a_job(attempts=MOST_TRANSIENT)) == (False, False)


@pytest.mark.parametrize("error", [OurFault("a promise"), KeyError("name"), MemoryError()])
def test_a_fault_of_ours_is_tried_as_often_as_patience_says(error: Exception) -> None:
    """A defect that shows by chance may not show again; one that stays must stop."""
    tried = [verdict_on(error, a_job(attempts=count))[0] for count in (1, 2, 3)]
    assert tried == [True, True, False]


@pytest.mark.parametrize(
    "error",
    [
        NotReadable("cut short"),
        IdentityConflict("two patients"),
        NotFound("deleted"),
        NotAllowed("altered"),
        Misuse("nothing"),
    ],
)
def test_what_is_wrong_with_the_input_is_quarantined_at_once(error: Exception) -> None:
    """It stays wrong; trying again only delays the sentence that says so."""
    found = judge(error, a_job(), patience=PATIENCE, now=NOW, rng=np.random.default_rng(1))
    assert found.retry_at is None
    assert found.reason == str(error)


def test_an_unforeseen_error_is_told_without_its_words() -> None:
    """An error's words may quote what a header says of the patient."""
    with pytest.raises(ValueError, match="invalid literal") as raised:
        int("Doe^Jane")
    found = judge(raised.value, a_job(), patience=PATIENCE, now=NOW, rng=np.random.default_rng(1))
    assert "Doe" not in found.reason
    assert "ValueError" in found.reason
    assert "test_an_unforeseen_error_is_told_without_its_words" in found.reason


def test_waits_double_are_spread_and_end_at_the_longest() -> None:
    """Whoever failed together must not come back together, nor ever more rarely."""
    patience = replace(PATIENCE, first_wait=timedelta(seconds=1), longest_wait=timedelta(minutes=5))
    rng = np.random.default_rng(7)
    for failures, middle in ((1, 1.0), (2, 2.0), (4, 8.0), (9, 256.0), (10, 300.0), (99, 300.0)):
        waits = [patience.wait(failures, rng).total_seconds() for _ in range(200)]
        assert 0.5 * middle <= min(waits) < 0.6 * middle
        assert 1.4 * middle < max(waits) <= 1.5 * middle


def test_a_job_that_stopped_its_workers_is_told_with_the_number() -> None:
    """The operator must know what to look for."""
    found = deadly(a_job(attempts=9, strikes=4))
    assert found.retry_at is None
    assert "stopped 3 times" in found.reason
