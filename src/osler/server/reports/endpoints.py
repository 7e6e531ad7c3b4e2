"""/reports."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from osler.records import Action, PatientId, ReportId, StudyId
from osler.server.conditional import (
    IfMatch,
    IfNoneMatch,
    etag_of,
    is_known,
    require_fresh,
    unchanged,
)
from osler.server.documents import FILE, Kind, file
from osler.server.idempotency import IdempotencyKey, once
from osler.server.identity import Caller, allow
from osler.server.ids import PATTERN, Id
from osler.server.paging import Cursor, Limit, Page, page_of, place_of
from osler.server.rates import slow_down
from osler.server.reports.schemas import AddendumOrder, ReportShown
from osler.server.service import UseService
from osler.workflow.reviewing import append

router = APIRouter(prefix="/reports", tags=["reports"])
Reader = Annotated[Caller, allow(Action.READ_RESULT)]
Signer = Annotated[Caller, allow(Action.SIGN)]
OfStudy = Annotated[str | None, Query(pattern=PATTERN, description="Only those of this study.")]
OfPatient = Annotated[str | None, Query(pattern=PATTERN, description="Only of this patient.")]
Edition = Annotated[
    int | None,
    Query(ge=1, le=10_000, description="1 as signed; the newest, with all addenda, if left out."),
]


@router.get("")
def list_reports(
    caller: Reader,
    study_id: OfStudy = None,
    patient_id: OfPatient = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReportShown]:
    """List signed reports, the one signed last first."""
    place = place_of(cursor)
    found = caller.desk.reports.list(
        study_id=StudyId(study_id) if study_id is not None else None,
        patient_id=PatientId(patient_id) if patient_id is not None else None,
        limit=limit + 1,
        before=ReportId(place) if place is not None else None,
    )
    shown, following = page_of(found, limit, lambda row: row.report_id)
    return Page(items=[ReportShown.of(row) for row in shown], next=following)


@router.get(
    "/{report_id}", response_model=ReportShown, responses={304: {"description": "Not changed."}}
)
def get_report(
    report_id: Id, caller: Reader, response: Response, if_none_match: IfNoneMatch = None
) -> ReportShown | Response:
    """Return who signed a report and when, what was added, and whether there is newer."""
    row = caller.desk.reports.get(ReportId(report_id))
    etag = etag_of(row)
    if is_known(if_none_match, etag):
        return unchanged(etag)
    response.headers["ETag"] = etag
    return ReportShown.of(row)


@router.get("/{report_id}/files/{kind}", response_class=Response, responses=FILE)
def get_report_file(
    report_id: Id,
    kind: Kind,
    caller: Reader,
    if_none_match: IfNoneMatch = None,
    edition: Edition = None,
) -> Response:
    """Return a report as it was printed when it was signed, or when the addendum was."""
    found = caller.desk.reports.file(ReportId(report_id), kind, edition=edition)
    etag = f'"{found.sha256}"'
    if is_known(if_none_match, etag):
        return unchanged(etag)
    return file(found.content, kind, name=f"report-{report_id}-{found.edition}", etag=etag)


@router.post("/{report_id}/addenda", status_code=201, response_model=ReportShown)
def add_addendum(
    report_id: Id,
    body: AddendumOrder,
    caller: Signer,
    service: UseService,
    request: Request,
    if_match: IfMatch = None,
    key: IdempotencyKey = None,
) -> Response:
    """Sign an addendum. What was signed before stays; the next edition has the text at its end."""
    now, signed_in = service.clock(), caller.signed_in
    if body.password is not None:
        slow_down(request)
        service.own_desk.accounts.prove(signed_in, body.password, now=now)

    def work() -> ReportShown:
        require_fresh(if_match, etag_of(caller.desk.reports.get(ReportId(report_id))))
        row = append(caller.desk, ReportId(report_id), body.text, signed_in=signed_in, now=now)
        return ReportShown.of(row)

    told = ("POST", f"/reports/{report_id}/addenda", if_match, body.text)
    return once(key, caller, service, request=told, status=201, work=work)
