"""/users."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Response

from osler.records import Action, Purpose, Role
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
from osler.server.paging import Cursor, Limit, Page, page_after
from osler.server.service import Service, UseService
from osler.server.users.schemas import NAME, PasswordOrder, RolesOrder, UserOrder, UserShown

router = APIRouter(prefix="/users", tags=["users"])
Reader = Annotated[Caller, allow(Action.READ_USERS, Purpose.ADMINISTRATION)]
Changer = Annotated[Caller, allow(Action.CHANGE_USERS, Purpose.ADMINISTRATION)]
Name = Annotated[str, Path(pattern=NAME)]


@router.get("")
def list_users(caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[UserShown]:
    """List all users by name."""
    found = caller.desk.users.list()
    shown, following = page_after(found, limit, cursor, place=lambda user: user.name)
    return Page(items=[UserShown.of(one) for one in shown], next=following)


@router.get("/{name}", response_model=UserShown, responses=NOT_CHANGED)
def get_user(
    name: Name, caller: Reader, response: Response, if_none_match: IfNoneMatch = None
) -> UserShown | Response:
    """Return one user."""
    return answer(UserShown.of(caller.desk.users.get(name)), response, if_none_match)


@router.post("", status_code=201, response_model=UserShown)
def add_user(
    body: UserOrder, caller: Changer, service: UseService, key: IdempotencyKey = None
) -> Response:
    """Add a user, with a first password if one is given."""

    def work() -> UserShown:
        caller.desk.users.add(body.name, _roles(body.roles), now=service.clock())
        if body.password is not None:
            _set_password(caller, service, body.name, body.password)
        return UserShown.of(caller.desk.users.get(body.name))

    told = ("POST", "/users", body.model_dump())
    return once(key, caller, service, request=told, status=201, work=work)


@router.put("/{name}/roles")
def set_roles(
    name: Name,
    body: RolesOrder,
    caller: Changer,
    response: Response,
    if_match: IfMatch = None,
) -> UserShown:
    """Give a user these roles and no others. What they are signed in to holds to it at once."""
    user = caller.desk.users.get(name)
    require_fresh(if_match, etag_of_shown(UserShown.of(user)))
    seen = user.roles if if_match is not None else None
    caller.desk.users.set_roles(name, _roles(body.roles), seen=seen)
    changed = UserShown.of(caller.desk.users.get(name))
    response.headers["ETag"] = etag_of_shown(changed)
    return changed


@router.put("/{name}/password", status_code=204)
def set_first_password(
    name: Name, body: PasswordOrder, caller: Changer, service: UseService
) -> None:
    """Give a user a password that they have to change at once. All of their sessions end."""
    _set_password(caller, service, name, body.password)


@router.post("/{name}/disabling")
def disable_user(
    name: Name, caller: Changer, service: UseService, if_match: IfMatch = None
) -> UserShown:
    """Let a user do nothing any more; their name stays in the trail. Repeating does no harm."""
    require_fresh(if_match, etag_of_shown(UserShown.of(caller.desk.users.get(name))))
    caller.desk.users.disable(name, now=service.clock())
    return UserShown.of(caller.desk.users.get(name))


def _set_password(caller: Caller, service: Service, name: str, password: str) -> None:
    """Set a first password."""
    caller.desk.accounts.set_password(name, password, now=service.clock(), must_change=True)


def _roles(names: Sequence[str]) -> frozenset[Role]:
    """Return roles by name."""
    return frozenset(Role(one) for one in names)
