"""Jobs over HTTP: what waits, what ended badly, and doing it again."""

from make.kept import NOW, an_instance
from make.served import API, Served
from osler.records import Job, Role


def a_job(served: Served, study: int = 1) -> Job:
    """Put a study into the queue; return its job."""
    osler = served.kept.osler
    stored = osler.studies.store(an_instance(study=study), source="x", now=NOW)
    osler.studies.complete(stored.study_id, now=NOW)
    osler.jobs.sweep(now=NOW)
    return next(one for one in osler.jobs.list() if one.study_id == stored.study_id)


def test_jobs_are_listed_page_by_page_and_by_state(served: Served) -> None:
    """Whoever runs Osler sees at once what waits."""
    jobs = [a_job(served, number).job_id for number in (1, 2, 3)]
    client = served.client(Role.INTEGRATOR)
    first = client.get(f"{API}/jobs", params={"limit": 2, "state": "waiting"}).json()
    rest = client.get(
        f"{API}/jobs", params={"limit": 2, "state": "waiting", "cursor": first["next"]}
    ).json()
    assert [one["job_id"] for one in (*first["items"], *rest["items"])] == jobs[::-1]
    assert rest["next"] is None
    assert client.get(f"{API}/jobs", params={"state": "done"}).json()["items"] == []


def test_a_job_is_cancelled_and_done_again(served: Served) -> None:
    """A study that was sent by mistake costs nothing, and comes back when it was none."""
    job = a_job(served)
    client = served.client(Role.INTEGRATOR)
    shown = client.get(f"{API}/jobs/{job.job_id}")
    etag = {"If-Match": shown.headers["etag"]}
    cancelled = client.post(f"{API}/jobs/{job.job_id}/cancellation", headers=etag)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    stale = client.post(f"{API}/jobs/{job.job_id}/retry", headers=etag)
    assert stale.status_code == 412
    again = client.post(f"{API}/jobs/{job.job_id}/retry")
    assert (again.status_code, again.json()["state"]) == (200, "waiting")
    wrong = client.post(f"{API}/jobs/{job.job_id}/retry")
    assert (wrong.status_code, wrong.json()["kind"]) == (409, "conflict")
    assert "is waiting; expected one that is quarantined or cancelled" in wrong.json()["detail"]


def test_a_reader_sees_jobs_and_changes_none(served: Served) -> None:
    """Looking at the queue is everybody's; emptying it is not."""
    job = a_job(served)
    client = served.client(Role.READER)
    assert client.get(f"{API}/jobs/{job.job_id}").status_code == 200
    assert client.post(f"{API}/jobs/{job.job_id}/cancellation").status_code == 403
