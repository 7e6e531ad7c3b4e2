"""/drafts/{draft_id}/reviews."""

from typing import Annotated

from fastapi import APIRouter, Response

from osler.clinical import in_force
from osler.records import Action, DraftId
from osler.server.conditional import IfMatch, require_fresh
from osler.server.idempotency import IdempotencyKey, once
from osler.server.identity import Caller, allow
from osler.server.ids import Id
from osler.server.judgements import ReviewShown
from osler.server.paging import Cursor, Limit, Page, page_after
from osler.server.reviews.schemas import ReviewOrder
from osler.server.service import UseService
from osler.workflow.reviewing import seen_mark

router = APIRouter(prefix="/drafts/{draft_id}/reviews", tags=["reviews"])
Reader = Annotated[Caller, allow(Action.READ_RESULT)]
Reviewer = Annotated[Caller, allow(Action.REVIEW)]


@router.get("")
def list_reviews(
    draft_id: Id, caller: Reader, response: Response, limit: Limit = 50, cursor: Cursor = None
) -> Page[ReviewShown]:
    """List all acts on a draft, the first one first; those that a later one supersedes too.

    The ETag stands for those in force, as that of the draft's preview does.
    """
    found = caller.desk.reviews.list(DraftId(draft_id))
    standing = [one.review_id for one in in_force(found)]
    response.headers["ETag"] = f'"{seen_mark(draft_id, standing)}"'
    shown, following = page_after(found, limit, cursor, place=lambda one: one.review_id)
    return Page(items=[ReviewShown.of(one) for one in shown], next=following)


@router.post("", status_code=201, response_model=ReviewShown)
def make_review(
    draft_id: Id,
    body: ReviewOrder,
    caller: Reviewer,
    service: UseService,
    if_match: IfMatch = None,
    key: IdempotencyKey = None,
) -> Response:
    """Accept, edit or reject a finding, or add one. An earlier act on it is superseded.

    The draft was signed or superseded: 409, with who and when. Another act since If-Match: 412.
    """

    def work() -> ReviewShown:
        seen = None
        if if_match is not None:
            standing = in_force(caller.desk.reviews.list(DraftId(draft_id)))
            seen = [one.review_id for one in standing]
            require_fresh(if_match, f'"{seen_mark(draft_id, seen)}"')
        made = caller.desk.reviews.make(
            DraftId(draft_id), body.value(), now=service.clock(), seen=seen
        )
        return ReviewShown.of(made)

    told = ("POST", f"/drafts/{draft_id}/reviews", if_match, body.model_dump(mode="json"))
    return once(key, caller, service, request=told, status=201, work=work)
