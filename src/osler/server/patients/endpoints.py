"""/patients: by id or number, merged and taken apart, with record and results."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from osler.errors import NotFound
from osler.records import Action, PatientId, Purpose
from osler.server.conditional import (
    NOT_CHANGED,
    IfMatch,
    IfNoneMatch,
    answer,
    etag_of_shown,
    require_fresh,
)
from osler.server.idempotency import IdempotencyKey, once
from osler.server.identity import Caller, allow
from osler.server.ids import Id
from osler.server.paging import Cursor, Limit, Page, cursor_of, page_after, place_of
from osler.server.patients.schemas import (
    Merged,
    MergeOrder,
    ObservationShown,
    PatientShown,
    PersonsResult,
    RecordShown,
)
from osler.server.service import Service, UseService

router = APIRouter(prefix="/patients", tags=["patients"])
Reader = Annotated[Caller, allow(Action.READ_PATIENT)]
RecordReader = Annotated[Caller, allow(Action.READ_RECORD)]
ResultReader = Annotated[Caller, allow(Action.READ_RESULT)]
Merger = Annotated[Caller, allow(Action.MERGE, Purpose.OPERATIONS)]
Said = r"^[^\x00-\x1f\x7f]+$"
Number = Annotated[
    str, Query(min_length=1, max_length=200, pattern=Said, description="A patient's number.")
]
Issuer = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Who gave that number; anybody where left out.",
    ),
]
CodeAsked = Annotated[
    str | None,
    Query(min_length=1, max_length=100, pattern=Said, description="As 8867-4 of LOINC."),
]


@router.get("")
def find_patients(
    caller: Reader,
    identifier: Number,
    issuer: Issuer = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PatientShown]:
    """Find the patients who have a number."""
    found = caller.desk.patients.with_number(identifier, issuer)
    shown, following = page_after(found, limit, cursor, place=lambda person: person.ids[0])
    return Page(items=[PatientShown.of(one) for one in shown], next=following)


@router.get("/{patient_id}", response_model=PatientShown, responses=NOT_CHANGED)
def get_patient(
    patient_id: Id, caller: Reader, response: Response, if_none_match: IfNoneMatch = None
) -> PatientShown | Response:
    """Return one patient as all rows that are one person describe them."""
    person = caller.desk.patients.person(PatientId(patient_id))
    return answer(PatientShown.of(person), response, if_none_match)


@router.get("/{patient_id}/record", response_model=RecordShown, responses=NOT_CHANGED)
def get_record(
    patient_id: Id, caller: RecordReader, response: Response, if_none_match: IfNoneMatch = None
) -> RecordShown | Response:
    """Return what the documents say of a patient."""
    record = caller.desk.documents.record(PatientId(patient_id))
    if record is None:
        raise NotFound(
            f"of patient {patient_id} no document is kept; expected one with a record; upload one"
        )
    return answer(RecordShown.of(patient_id, record), response, if_none_match)


@router.get("/{patient_id}/observations")
def list_observations(
    patient_id: Id,
    caller: RecordReader,
    code: CodeAsked = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ObservationShown]:
    """List the values of a patient's record, the newest first, as written and as used."""
    found = caller.desk.values.observations(
        PatientId(patient_id), code=code, limit=limit, after=place_of(cursor)
    )
    return Page(
        items=[ObservationShown.of(row) for row in found.rows],
        next=cursor_of(found.next) if found.next is not None else None,
    )


@router.get("/{patient_id}/results")
def list_results(
    patient_id: Id, caller: ResultReader, limit: Limit = 50, cursor: Cursor = None
) -> Page[PersonsResult]:
    """List the current results of a person, the newest first."""
    found = caller.desk.results.of_person(PatientId(patient_id))
    shown, following = page_after(found, limit, cursor, place=lambda row: row.draft_id)
    return Page(items=[PersonsResult.of(row) for row in shown], next=following)


@router.post("/{patient_id}/merge", status_code=201, response_model=Merged)
def merge_patient(
    patient_id: Id,
    body: MergeOrder,
    caller: Merger,
    service: UseService,
    if_match: IfMatch = None,
    key: IdempotencyKey = None,
) -> Response:
    """Say that a patient is the same person as another, who lives on. It can be taken back."""

    def work() -> Merged:
        _require_fresh(service, patient_id, if_match)
        now = service.clock()
        caller.desk.patients.merge(PatientId(patient_id), PatientId(body.into), now=now)
        return Merged(patient_id=patient_id, into=body.into, merged_at=now)

    told = ("POST", f"/patients/{patient_id}/merge", body.model_dump(), if_match)
    return once(key, caller, service, request=told, status=201, work=work)


@router.delete("/{patient_id}/merge", status_code=204)
def unmerge_patient(
    patient_id: Id, caller: Merger, service: UseService, if_match: IfMatch = None
) -> None:
    """Take back that a patient was merged into another."""
    _require_fresh(service, patient_id, if_match)
    caller.desk.patients.unmerge(PatientId(patient_id), now=service.clock())


def _require_fresh(service: Service, patient_id: str, if_match: str | None) -> None:
    """Refuse a change of a patient who is not as they were seen."""
    if if_match is not None:
        person = service.own_desk.patients.person(PatientId(patient_id))
        require_fresh(if_match, etag_of_shown(PatientShown.of(person)))
