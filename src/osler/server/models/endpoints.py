"""/models."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from osler.errors import Conflict
from osler.records import Action, Purpose
from osler.server.conditional import (
    NOT_CHANGED,
    IfMatch,
    IfNoneMatch,
    answer,
    etag_of_shown,
    require_fresh,
)
from osler.server.identity import Caller, allow
from osler.server.models.schemas import ModelShown, StateOrder
from osler.server.paging import Cursor, Limit, Page, page_after
from osler.server.service import Service, UseService
from osler.workflow.packages import Card, RecordCard

router = APIRouter(prefix="/models", tags=["models"])
Reader = Annotated[Caller, allow(Action.READ_MODELS, Purpose.OPERATIONS)]
Setter = Annotated[Caller, allow(Action.SET_MODEL, Purpose.OPERATIONS)]
Part = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$"
Name = Annotated[str, Path(pattern=Part)]
Version = Annotated[str, Path(pattern=Part)]


@router.get("")
def list_models(
    caller: Reader, service: UseService, limit: Limit = 50, cursor: Cursor = None
) -> Page[ModelShown]:
    """List all packages by name, the newest version first, with the state of each."""
    found = service.packages.all(caller.desk.models.states())
    shown, following = page_after(
        found, limit, cursor, place=lambda one: f"{one.name}/{one.version}"
    )
    return Page(items=[ModelShown.of(one) for one in shown], next=following)


@router.get("/{name}/{version}", response_model=ModelShown, responses=NOT_CHANGED)
def get_model(
    name: Name,
    version: Version,
    caller: Reader,
    service: UseService,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> ModelShown | Response:
    """Return one package with its state."""
    return answer(_shown(caller, service, name, version=version), response, if_none_match)


@router.get("/{name}/{version}/card", response_model=Card | RecordCard, responses=NOT_CHANGED)
def get_card(
    name: Name,
    version: Version,
    caller: Reader,
    service: UseService,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> Card | RecordCard | Response:
    """Return the whole card: what a package is for, how good it is, and what it is not for."""
    caller.desk.models.states()
    return answer(service.packages.card(name, version), response, if_none_match)


@router.put("/{name}/{version}/state")
def set_model_state(
    name: Name,
    version: Version,
    body: StateOrder,
    caller: Setter,
    service: UseService,
    response: Response,
    if_match: IfMatch = None,
) -> ModelShown:
    """Set how a package is used at this site: active, in shadow, or not at all.

    A package that is refused, or is for research only and not allowed, cannot be set: 409.
    """
    shown = _shown(caller, service, name, version=version)
    require_fresh(if_match, etag_of_shown(shown))
    if shown.state in {"refused", "research only"}:
        raise Conflict(
            f"model {name}/{version} is {shown.state} ({shown.reason}); expected one that loads; "
            "nothing was changed"
        )
    caller.desk.models.set_state(
        name, version, body.state, now=service.clock(), seen=(shown.set_state,)
    )
    changed = _shown(caller, service, name, version=version)
    response.headers["ETag"] = etag_of_shown(changed)
    return changed


def _shown(caller: Caller, service: Service, name: str, *, version: str) -> ModelShown:
    """Return a package as it is shown."""
    return ModelShown.of(service.packages.one(name, version, caller.desk.models.states()))
