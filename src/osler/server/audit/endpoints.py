"""/audit."""

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from osler.errors import NotFound
from osler.records import Action, AuditEntry, AuditFilter, Purpose
from osler.server.audit.checking import Checks
from osler.server.audit.schemas import CheckShown, EntryShown
from osler.server.conditional import NOT_CHANGED, IfNoneMatch, answer
from osler.server.idempotency import IdempotencyKey, once
from osler.server.identity import Caller, allow
from osler.server.ids import Id, QueriedId
from osler.server.paging import Cursor, Limit, Page, page_of, place_of
from osler.server.service import UseService
from osler.server.times import Moment

router = APIRouter(prefix="/audit", tags=["audit"])
Reader = Annotated[Caller, allow(Action.READ_AUDIT, Purpose.ADMINISTRATION)]
Said = r"^[^\x00-\x1f\x7f]+$"
Word = Annotated[str | None, Query(min_length=1, max_length=200, pattern=Said)]
Since = Annotated[Moment | None, Query(description="It included; UTC where it names no zone.")]
Until = Annotated[Moment | None, Query(description="It not included; UTC where it names no zone.")]


@router.get("")
def list_audit_entries(
    caller: Reader,
    user: Word = None,
    patient_id: QueriedId | None = None,
    action: Annotated[Action | None, Query()] = None,
    outcome: Annotated[Literal["done", "not allowed"] | None, Query()] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EntryShown]:
    """List the entries of the audit trail, the newest first."""
    wanted = AuditFilter(
        patient_id=patient_id,
        user=user,
        action=str(action) if action is not None else None,
        outcome=outcome,
        since=since,
        until=until,
    )
    found = caller.desk.audit.find(wanted, limit=limit + 1, before=_place(place_of(cursor)))
    shown, following = page_of(found, limit, _told)
    return Page(items=[EntryShown.of(one) for one in shown], next=following)


@router.post("/checks", status_code=202, response_model=CheckShown)
def begin_audit_check(
    caller: Reader, service: UseService, request: Request, key: IdempotencyKey = None
) -> Response:
    """Begin to check the whole trail; ask for what it came to at /audit/checks/{check_id}."""
    checks = _checks(request)

    def work() -> CheckShown:
        return CheckShown.of(checks.begin(str(uuid.uuid4()), caller.desk, service))

    told = ("POST", "/audit/checks")
    return once(key, caller, service, request=told, status=202, work=work)


@router.get("/checks/{check_id}", response_model=CheckShown, responses=NOT_CHANGED)
def get_audit_check(
    check_id: Id,
    caller: Reader,
    request: Request,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> CheckShown | Response:
    """Return a check of the trail that this server began lately."""
    del caller
    return answer(CheckShown.of(_checks(request).get(check_id)), response, if_none_match)


def _checks(request: Request) -> Checks:
    """Return the checks of this application."""
    if not hasattr(request.app.state, "audit_checks"):
        request.app.state.audit_checks = Checks()
    found = request.app.state.audit_checks
    assert isinstance(found, Checks)  # noqa: S101 - narrows the type
    return found


def _told(entry: AuditEntry) -> str:
    """Return the place of an entry."""
    return json.dumps([entry.at.isoformat(), entry.chain, entry.seq])


def _place(told: str | None) -> tuple[datetime, str, int] | None:
    """Return the place that a cursor names."""
    if told is None:
        return None
    try:
        at, chain, seq = json.loads(told)
        return datetime.fromisoformat(at).astimezone(UTC), str(chain), int(seq)
    except (ValueError, TypeError) as error:
        raise NotFound(
            "the cursor is of another list; expected `next` of the page before; begin without one"
        ) from error
