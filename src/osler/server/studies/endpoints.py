"""/studies."""

from typing import Annotated

from fastapi import APIRouter, Response

from osler.records import Action, StudyId
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
from osler.server.paging import Cursor, Limit, Page, cursor_of, place_of
from osler.server.service import UseService
from osler.server.studies.filters import Order, Wanted
from osler.server.studies.schemas import StudyShown

router = APIRouter(prefix="/studies", tags=["studies"])
Lister = Annotated[Caller, allow(Action.LIST_STUDIES)]
Completer = Annotated[Caller, allow(Action.COMPLETE)]


@router.get("")
def list_studies(
    caller: Lister, wanted: Wanted, sort: Order = "newest", limit: Limit = 50, cursor: Cursor = None
) -> Page[StudyShown]:
    """List studies: all, or those that every filter lets through."""
    found = caller.desk.search.studies(wanted, sort=sort, limit=limit, after=place_of(cursor))
    return Page(
        items=[StudyShown.of(row) for row in found.rows],
        next=cursor_of(found.next) if found.next is not None else None,
    )


@router.get("/{study_id}", response_model=StudyShown, responses=NOT_CHANGED)
def get_study(
    study_id: Id, caller: Lister, response: Response, if_none_match: IfNoneMatch = None
) -> StudyShown | Response:
    """Return one study."""
    row = caller.desk.studies.get(StudyId(study_id))
    return answer(StudyShown.of(row), response, if_none_match)


@router.post("/{study_id}/completion", status_code=204)
def complete_study(
    study_id: Id, caller: Completer, service: UseService, if_match: IfMatch = None
) -> None:
    """Say that nothing more comes of this study: it is analysed at once. Repeating does no harm."""
    row = caller.desk.studies.get(StudyId(study_id))
    require_fresh(if_match, etag_of_shown(StudyShown.of(row)))
    caller.desk.studies.complete(StudyId(study_id), now=service.clock())
