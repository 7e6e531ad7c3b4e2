"""/findings."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from osler.records import Action, DraftId, FindingId
from osler.server.conditional import IfNoneMatch, etag_of, is_known, unchanged
from osler.server.findings.schemas import FindingShown
from osler.server.identity import Caller, allow
from osler.server.ids import Id, QueriedId
from osler.server.paging import Cursor, Limit, Page, page_after

router = APIRouter(prefix="/findings", tags=["findings"])
Reader = Annotated[Caller, allow(Action.READ_RESULT)]
Reviewed = Annotated[bool | None, Query(description="Only those that were, or were not, reviewed.")]


@router.get("")
def list_findings(
    caller: Reader,
    draft_id: QueriedId,
    limit: Limit = 50,
    cursor: Cursor = None,
    reviewed: Reviewed = None,
) -> Page[FindingShown]:
    """List the findings of a draft: those of models, then those that people added."""
    found = [
        row
        for row in caller.desk.reviews.findings(DraftId(draft_id))
        if reviewed is None or (row.review is not None) is reviewed
    ]
    shown, following = page_after(found, limit, cursor, place=lambda row: row.finding_id)
    return Page(items=[FindingShown.of(row) for row in shown], next=following)


@router.get(
    "/{finding_id}", response_model=FindingShown, responses={304: {"description": "Not changed."}}
)
def get_finding(
    finding_id: Id, caller: Reader, response: Response, if_none_match: IfNoneMatch = None
) -> FindingShown | Response:
    """Return one finding with the act on it that is in force."""
    row = caller.desk.reviews.finding(FindingId(finding_id))
    etag = etag_of(row)
    if is_known(if_none_match, etag):
        return unchanged(etag)
    response.headers["ETag"] = etag
    return FindingShown.of(row)
