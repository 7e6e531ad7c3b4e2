"""Monitoring: a planted shift is found and told, readers' words are counted, nothing is applied."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import numpy as np
import pytest
from sqlalchemy import text

from make.draft import a_draft, a_finding
from make.kept import NOW, Kept, an_instance
from make.served import API, Served
from osler.clinical import Act, FilmAnalysis, Finding, InstanceUid, Interval
from osler.records import Job, Role
from osler.records.reviews import NewReview
from osler.workflow.monitoring import catch_up

LIMIT = 2000.0


def a_job(kept: Kept, study: int) -> Job:
    """Return a job at work on a new study."""
    film = an_instance(study=study, PatientID=str(study))
    stored = kept.osler.studies.store(film, source="x", now=NOW)
    kept.osler.studies.complete(stored.study_id, now=NOW)
    kept.osler.jobs.sweep(now=NOW)
    (job,) = kept.osler.jobs.take("w", limit=1, now=NOW + timedelta(hours=1))
    return job


def judged(values: dict[str, float]) -> FilmAnalysis:
    """Return a film with these numbers."""
    return FilmAnalysis(
        InstanceUid("2.25.1"), "f.dcm", (10, 10), None, "PA", "header", (), tuple(values.items())
    )


def come_in(kept: Kept, films: list[FilmAnalysis], first_study: int = 1) -> None:
    """Let films come in as one study with its result."""
    job = a_job(kept, first_study)
    draft = a_draft(draft_id=f"draft-{first_study}")
    kept.osler.results.store(job, draft, now=NOW, films=films)


def films(rng: np.random.Generator, count: int, *, contrast: float = 0.0) -> list[FilmAnalysis]:
    """Return films of a hospital, with a shift of their contrast."""
    return [
        judged(
            {
                "quality: contrast": float(rng.normal() + contrast),
                "quality: detail": float(rng.normal()),
                "distance: tiny": float(rng.normal()),
            }
        )
        for _ in range(count)
    ]


def watched(kept: Kept) -> None:
    """Let the watches take everything in."""
    rng = np.random.default_rng(5)
    while catch_up(kept.osler, limit=LIMIT, now=NOW, rng=rng):
        pass


def test_a_planted_shift_raises_one_alert_that_names_what_changed(served: Served) -> None:
    """A new detector plate: somebody has to look before a hundred patients have gone by."""
    rng = np.random.default_rng(1)
    come_in(served.kept, films(rng, 300), 1)
    watched(served.kept)
    client = served.client(Role.DATA_SCIENTIST)
    assert client.get(f"{API}/monitoring/alerts").json() == []
    come_in(served.kept, films(rng, 100, contrast=2.0), 2)
    watched(served.kept)
    (alert,) = client.get(f"{API}/monitoring/alerts?only_open=true").json()
    assert alert["watch"] == "films"
    assert alert["suspects"][0] == "quality: contrast"
    assert 300 < alert["films"] < 400
    told = served.client(Role.READER).get(f"{API}/events/history").json()
    assert [one["detail"]["alert"] for one in told if one["kind"] == "alert.raised"] == [
        alert["alert_id"]
    ]


def test_a_watch_stands_where_it_stood_when_another_process_goes_on(served: Served) -> None:
    """The server is restarted every night; the watch is not."""
    rng = np.random.default_rng(2)
    come_in(served.kept, films(rng, 40), 1)
    watched(served.kept)
    come_in(served.kept, films(rng, 30), 2)
    watched(served.kept)
    shown = served.client(Role.READER).get(f"{API}/monitoring/watches").json()
    assert {one["name"]: one["films"] for one in shown} == {"films": 70, "tiny": 70}
    assert all(one["evidence"] < one["limit"] for one in shown)


def test_an_alert_is_closed_by_a_person_with_what_they_found(served: Served) -> None:
    """An alert that nobody answers for would be noise."""
    rng = np.random.default_rng(3)
    come_in(served.kept, [*films(rng, 200), *films(rng, 100, contrast=3.0)], 1)
    watched(served.kept)
    client = served.client(Role.DATA_SCIENTIST)
    (alert,) = client.get(f"{API}/monitoring/alerts").json()
    place = f"{API}/monitoring/alerts/{alert['alert_id']}/closure"
    assert client.post(place, json={"remark": "a new plate in room 2"}).status_code == 204
    (closed,) = client.get(f"{API}/monitoring/alerts").json()
    assert (closed["closed_by"], closed["remark"]) == ("data-scientist", "a new plate in room 2")
    assert client.post(place, json={"remark": "again"}).status_code == 404


def reviewed(kept: Kept, acts: list[Act], findings: Sequence[Finding] = (a_finding(),)) -> None:
    """Let a reader judge one finding a draft, one draft an act."""
    reader = kept.as_role(Role.READER)
    for number, (act, one) in enumerate(zip(acts, cycle(findings), strict=False), start=1):
        draft = a_draft(draft_id=f"r{number}", findings=(one,))
        job = a_job(kept, 100 + number)
        draft_id = kept.osler.results.store(job, draft, now=NOW)
        (finding,) = reader.reviews.findings(draft_id)
        why = "no sign of it" if act is Act.REJECT else ""
        reader.reviews.make(draft_id, NewReview(act, finding.finding_id, why=why), now=NOW)


def test_readers_words_are_counted_by_output(served: Served) -> None:
    """Two of three readers agree: that is a number for the people who chose the model."""
    reviewed(served.kept, [Act.ACCEPT, Act.ACCEPT, Act.REJECT])
    (counts,) = served.client(Role.CLINICIAN).get(f"{API}/monitoring/agreement").json()
    assert (counts["reviewed"], counts["accepted"], counts["rejected"]) == (3, 2, 1)


def test_probabilities_that_readers_words_bear_out_show_no_more_than_chance(
    served: Served,
) -> None:
    """Of findings said to be there with 80 and with 20 %, readers found 80 and 20 %."""
    likely = replace(a_finding(), probability=Interval(0.8, 0.7, 0.9), positive=True)
    unlikely = replace(a_finding(), probability=Interval(0.2, 0.1, 0.3), positive=False)
    agreed = [Act.ACCEPT] * 8 + [Act.REJECT] * 2
    reviewed(served.kept, [one for one in agreed for _ in range(2)] * 3, (likely, unlikely))
    asked = {"model": likely.model.name, "version": likely.model.version, "name": likely.name}
    found = served.client(Role.CLINICIAN).get(f"{API}/monitoring/calibration", params=asked).json()
    assert (found["reviewed"], found["present"]) == (60, 30)
    assert found["mean_probability"] == pytest.approx(0.5)
    assert found["brier"] == pytest.approx(0.16)
    assert (found["slope"], found["intercept"]) == pytest.approx((1.0, 0.0), abs=1e-6)
    assert found["error"] < found["error_by_chance"]


def test_a_recalibration_of_too_few_cases_is_not_proposed(served: Served) -> None:
    """Three cases say nothing of a probability."""
    reviewed(served.kept, [Act.ACCEPT])
    finding = a_finding()
    asked = {"model": finding.model.name, "version": finding.model.version, "name": finding.name}
    answer = served.client(Role.CLINICIAN).get(f"{API}/monitoring/proposal", params=asked)
    assert answer.status_code == 404
    assert "expected at least 50 with both answers" in answer.json()["detail"]


def test_forgetting_a_patient_takes_their_films_numbers_along(served: Served) -> None:
    """Numbers of a film are of its patient."""
    come_in(served.kept, films(np.random.default_rng(4), 3), 1)
    study = served.kept.osler.studies.list()[0]
    served.kept.ada.patients.forget(study.patient_id, now=NOW)
    with served.kept.records.database.reader.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM film_measures")) == 0
    assert served.kept.osler.studies.list() == ()
