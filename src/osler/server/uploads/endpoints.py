"""/uploads and /files: DICOM, zip, PNG, NIfTI and FHIR, in parts or at once."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from osler.errors import Misuse
from osler.records import Action, Upload
from osler.server.conditional import NOT_CHANGED, IfNoneMatch, answer
from osler.server.idempotency import IdempotencyKey, once
from osler.server.identity import Caller, allow
from osler.server.ids import Id
from osler.server.service import UseService
from osler.server.uploads.schemas import (
    FileName,
    Priority,
    SourceName,
    UploadOrder,
    UploadShown,
    WholeShown,
)
from osler.server.uploads.storing import stored, taken
from osler.workflow.intake import Parcel

router = APIRouter(prefix="/uploads", tags=["uploads"])
# Apart: below /uploads its name would be taken for an id.
whole = APIRouter(prefix="/files", tags=["uploads"])
Storer = Annotated[Caller, allow(Action.STORE)]
Offset = Annotated[
    int,
    Header(alias="Upload-Offset", ge=0, lt=10**12, description="Where this part begins, in bytes."),
]

BYTES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary", "minLength": 1}
            }
        },
    }
}


@router.post("", status_code=201, response_model=UploadShown)
def begin_upload(
    body: UploadOrder, caller: Storer, service: UseService, key: IdempotencyKey = None
) -> Response:
    """Begin an upload. Refused with 503 while disk or queue are full."""
    service.pressure.check()

    def work() -> UploadShown:
        upload = caller.desk.uploads.begin(
            body.name, body.size, source=body.source, priority=body.priority, now=service.clock()
        )
        return UploadShown.of(upload)

    request = ("POST", "/uploads", body.model_dump())
    return once(key, caller, service, request=request, status=201, work=work)


@whole.put("", openapi_extra=BYTES)
async def send_whole(
    caller: Storer,
    service: UseService,
    request: Request,
    name: Annotated[FileName, Query()],
    source: Annotated[SourceName, Query()] = "web",
    priority: Annotated[Priority, Query()] = "routine",
) -> WholeShown:
    """Send a small file in one request, at most 32 MB: it is stored and enqueued when this answers.

    Where the line broke it may be sent again: what is there already counts as stored. A file that
    is larger, or a line that is bad, wants an upload in parts.
    """
    content = await request.body()
    if not content:
        raise Misuse("the file has no bytes; expected at least one; send it again")
    parcel = Parcel(name, content, source=source, is_urgent=priority == "urgent")
    ended = await run_in_threadpool(taken, parcel, caller.desk, service)
    return WholeShown(state=ended.state, outcome=ended.outcome)


@router.get("/{upload_id}", response_model=UploadShown, responses=NOT_CHANGED)
def get_upload(
    upload_id: Id, caller: Storer, response: Response, if_none_match: IfNoneMatch = None
) -> UploadShown | Response:
    """Return where an upload of one's own stands."""
    return answer(UploadShown.of(caller.desk.uploads.get(upload_id)), response, if_none_match)


@router.patch(
    "/{upload_id}",
    openapi_extra=BYTES,
)
async def append_part(
    upload_id: Id, caller: Storer, service: UseService, request: Request, offset: Offset
) -> UploadShown:
    """Add the next part, at most 32 MB. With the last one the upload is stored and enqueued.

    The answer comes when the part is on disk; that of the last part when all of it is stored. A
    part that does not begin where the upload stands gets 409: ask where it stands and go on.
    """
    content = await request.body()
    if not content:
        raise Misuse("the part has no bytes; expected at least one; send what is missing")

    def work() -> Upload:
        upload = caller.desk.uploads.append(upload_id, content, offset=offset, now=service.clock())
        return stored(upload, caller.desk, service) if upload.received == upload.size else upload

    return UploadShown.of(await run_in_threadpool(work))
