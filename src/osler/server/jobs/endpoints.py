"""/jobs."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from osler.errors import Conflict, NotAllowed
from osler.records import Action, Job, JobId, Purpose
from osler.server.conditional import (
    NOT_CHANGED,
    IfMatch,
    IfNoneMatch,
    answer,
    etag_of_shown,
    require_fresh,
)
from osler.server.identity import Caller, allow
from osler.server.ids import Id
from osler.server.jobs.schemas import JobShown
from osler.server.paging import Cursor, Limit, Page, page_of, place_of
from osler.server.service import UseService

router = APIRouter(prefix="/jobs", tags=["jobs"])
Reader = Annotated[Caller, allow(Action.READ_JOBS, Purpose.OPERATIONS)]
Changer = Annotated[Caller, allow(Action.CHANGE_JOB, Purpose.OPERATIONS)]
State = Literal["waiting", "claimed", "running", "done", "quarantined", "cancelled"]


@router.get("")
def list_jobs(
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
) -> Page[JobShown]:
    """List jobs, the newest first."""
    place = place_of(cursor)
    before = JobId(place) if place is not None else None
    found = caller.desk.jobs.list(state=state, limit=limit + 1, before=before)
    shown, following = page_of(found, limit, lambda job: job.job_id)
    return Page(items=[JobShown.of(one) for one in shown], next=following)


@router.get("/{job_id}", response_model=JobShown, responses=NOT_CHANGED)
def get_job(
    job_id: Id, caller: Reader, response: Response, if_none_match: IfNoneMatch = None
) -> JobShown | Response:
    """Return one job."""
    return answer(JobShown.of(caller.desk.jobs.get(JobId(job_id))), response, if_none_match)


@router.post("/{job_id}/retry")
def retry_job(
    job_id: Id, caller: Changer, service: UseService, if_match: IfMatch = None
) -> JobShown:
    """Do a job again that is quarantined or was cancelled; any other gets 409."""
    _require_fresh(caller, job_id, if_match)
    return _changed(lambda: caller.desk.jobs.retry(JobId(job_id), now=service.clock()))


@router.post("/{job_id}/cancellation")
def cancel_job(
    job_id: Id, caller: Changer, service: UseService, if_match: IfMatch = None
) -> JobShown:
    """Cancel a job that waits or is at work; any other gets 409."""
    _require_fresh(caller, job_id, if_match)
    return _changed(lambda: caller.desk.jobs.cancel(JobId(job_id), now=service.clock()))


def _changed(change: Callable[[], Job]) -> JobShown:
    """Return a job after a change; in the wrong state for it, it is a conflict."""
    try:
        return JobShown.of(change())
    except NotAllowed as error:
        raise Conflict(str(error)) from error


def _require_fresh(caller: Caller, job_id: str, if_match: str | None) -> None:
    """Refuse a change of a job that is not as it was seen."""
    if if_match is not None:
        require_fresh(if_match, etag_of_shown(JobShown.of(caller.desk.jobs.get(JobId(job_id)))))
