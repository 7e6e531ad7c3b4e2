"""/drafts."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from osler.records import Action, DraftId, StudyId
from osler.server.conditional import IfMatch, IfNoneMatch, is_known, require_fresh, unchanged
from osler.server.documents import FILE, Kind, file
from osler.server.drafts.schemas import DraftShown, SignatureOrder, Signed
from osler.server.idempotency import IdempotencyKey, once
from osler.server.identity import Caller, allow
from osler.server.ids import Id, QueriedId
from osler.server.paging import Cursor, Limit, Page, page_after
from osler.server.rates import slow_down
from osler.server.service import UseService
from osler.workflow.reviewing import preview, sign, standing_mark

router = APIRouter(prefix="/drafts", tags=["drafts"])
Reader = Annotated[Caller, allow(Action.READ_RESULT)]
Signer = Annotated[Caller, allow(Action.SIGN)]


@router.get("")
def list_drafts(
    caller: Reader, study_id: QueriedId, limit: Limit = 50, cursor: Cursor = None
) -> Page[DraftShown]:
    """List the results of a study, the newest first."""
    caller.desk.studies.get(StudyId(study_id))
    found = caller.desk.results.of_study(StudyId(study_id))
    shown, following = page_after(found, limit, cursor, place=lambda row: row.draft_id)
    return Page(items=[DraftShown.of(row) for row in shown], next=following)


@router.get("/{draft_id}/preview/{kind}", response_class=Response, responses=FILE)
def get_preview(
    draft_id: Id, kind: Kind, caller: Reader, if_none_match: IfNoneMatch = None
) -> Response:
    """Return a draft with its reviews, printed as it would be signed; or as it was.

    Its ETag stands for the reviews that it shows: sent as If-Match with the signature, nothing
    else is signed.
    """
    etag = _etag(caller, draft_id)
    if is_known(if_none_match, etag):
        return unchanged(etag)
    shown = preview(caller.desk, DraftId(draft_id), [kind])
    etag = _quoted(shown.seen, shown.edition)
    return file(shown.forms[kind], kind, name=f"draft-{draft_id}", etag=etag)


@router.post("/{draft_id}/signature", status_code=201, response_model=Signed)
def sign_draft(
    draft_id: Id,
    body: SignatureOrder,
    caller: Signer,
    service: UseService,
    request: Request,
    if_match: IfMatch = None,
    key: IdempotencyKey = None,
) -> Response:
    """Sign a draft: it becomes a report that is never changed. Needs the password given lately.

    Signed meanwhile, or superseded: 409, with who and when. Reviewed since If-Match: 412.
    """
    now, signed_in = service.clock(), caller.signed_in
    if body.password is not None:
        slow_down(request)
        service.own_desk.accounts.prove(signed_in, body.password, now=now)

    def work() -> Signed:
        seen = None
        if if_match is not None and caller.desk.reports.of_draft(DraftId(draft_id)) is None:
            seen = standing_mark(caller.desk, DraftId(draft_id))
            require_fresh(if_match, _quoted(seen))
        row = sign(caller.desk, DraftId(draft_id), signed_in=signed_in, now=now, seen=seen)
        return Signed(**{name: getattr(row, name) for name in Signed.model_fields})

    told = ("POST", f"/drafts/{draft_id}/signature", if_match)
    return once(key, caller, service, request=told, status=201, work=work)


def _etag(caller: Caller, draft_id: str) -> str:
    """Return the ETag of a preview."""
    row = caller.desk.reports.of_draft(DraftId(draft_id))
    mark = standing_mark(caller.desk, DraftId(draft_id))
    return _quoted(mark, row.edition if row is not None else 0)


def _quoted(mark: str, edition: int = 0) -> str:
    """Return the ETag of a draft with acts in force, or of an edition of its report."""
    return f'"{mark}-{edition}"' if edition else f'"{mark}"'
