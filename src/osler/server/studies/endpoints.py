"""/studies."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from osler.records import Action, StudyId
from osler.server.conditional import IfNoneMatch, etag_of, is_known, unchanged
from osler.server.identity import Caller, allow
from osler.server.paging import Cursor, Limit, Page, page_of, place_of
from osler.server.service import UseService
from osler.server.studies.schemas import StudyShown

router = APIRouter(prefix="/studies", tags=["studies"])
Lister = Annotated[Caller, allow(Action.LIST_STUDIES)]
Completer = Annotated[Caller, allow(Action.COMPLETE)]
State = Literal["receiving", "complete", "queued", "analysed", "failed", "cancelled"]


@router.get("")
def list_studies(
    caller: Lister,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
) -> Page[StudyShown]:
    """List studies, the newest first."""
    place = place_of(cursor)
    found = caller.desk.studies.list(
        state=state, limit=limit + 1, before=StudyId(place) if place is not None else None
    )
    shown, following = page_of(found, limit, lambda row: row.study_id)
    return Page(items=[StudyShown.of(row) for row in shown], next=following)


@router.get(
    "/{study_id}", response_model=StudyShown, responses={304: {"description": "Not changed."}}
)
def get_study(
    study_id: str, caller: Lister, response: Response, if_none_match: IfNoneMatch = None
) -> StudyShown | Response:
    """Return one study."""
    row = caller.desk.studies.get(StudyId(study_id))
    etag = etag_of(row)
    if is_known(if_none_match, etag):
        return unchanged(etag)
    response.headers["ETag"] = etag
    return StudyShown.of(row)


@router.post("/{study_id}/completion", status_code=204)
def complete(study_id: str, caller: Completer, service: UseService) -> None:
    """Say that nothing more comes of this study: it is analysed at once."""
    caller.desk.studies.get(StudyId(study_id))
    caller.desk.studies.complete(StudyId(study_id), now=service.clock())
