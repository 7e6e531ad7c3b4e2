"""/account: signing in and out, passwords, tokens."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from osler.records import Action, Purpose
from osler.server.account.schemas import (
    PasswordChange,
    Proof,
    Session,
    SignIn,
    TokenMade,
    TokenOrder,
    TokenShown,
)
from osler.server.conditional import NOT_CHANGED, IfNoneMatch, answer
from osler.server.identity import COOKIE, Caller, allow, anybody
from osler.server.rates import slow_down
from osler.server.service import UseService

router = APIRouter(prefix="/account", tags=["account"])
Own = Annotated[Caller, allow(Action.CHANGE_OWN, Purpose.OPERATIONS)]
OwnFirst = Annotated[
    Caller, allow(Action.CHANGE_OWN, Purpose.OPERATIONS, even_with_old_password=True)
]
SESSION_S = 12 * 3600


@router.post("/session", status_code=201, dependencies=[Depends(anybody)])
def sign_in(body: SignIn, service: UseService, request: Request, response: Response) -> Session:
    """Sign in. The session is a cookie; `csrf` goes with every write as X-CSRF-Token."""
    slow_down(request)
    secret, signed_in = service.own_desk.accounts.sign_in(
        body.name, body.password, now=service.clock()
    )
    response.set_cookie(
        COOKIE,
        secret,
        max_age=SESSION_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return Session.of(signed_in)


@router.get("/session", response_model=Session, responses=NOT_CHANGED)
def get_session(
    caller: OwnFirst, response: Response, if_none_match: IfNoneMatch = None
) -> Session | Response:
    """Return who is signed in."""
    return answer(Session.of(caller.signed_in), response, if_none_match)


@router.delete("/session", status_code=204)
def sign_out(caller: OwnFirst, service: UseService, response: Response) -> None:
    """Sign out."""
    service.own_desk.accounts.sign_out(caller.signed_in, now=service.clock())
    response.delete_cookie(COOKIE, path="/")


@router.post("/proof", status_code=204)
def prove(body: Proof, caller: Own, service: UseService, request: Request) -> None:
    """Give the password again: signing a report asks for it when it was given long ago."""
    slow_down(request)
    service.own_desk.accounts.prove(caller.signed_in, body.password, now=service.clock())


@router.post("/password", status_code=204)
def change_password(
    body: PasswordChange, caller: OwnFirst, service: UseService, request: Request
) -> None:
    """Change one's own password. All sessions end, this one too."""
    slow_down(request)
    now = service.clock()
    service.own_desk.accounts.prove(caller.signed_in, body.old, now=now)
    caller.desk.accounts.set_password(caller.actor.name, body.new, now=now)


@router.get("/tokens")
def list_tokens(caller: Own) -> list[TokenShown]:
    """Return one's own tokens."""
    return [TokenShown.of(one) for one in caller.desk.tokens.list()]


@router.post("/tokens", status_code=201)
def make_token(body: TokenOrder, caller: Own, service: UseService) -> TokenMade:
    """Make a token for a program. Its secret is shown this once."""
    caller.signed_in  # noqa: B018 - a token makes no tokens
    secret, token = caller.desk.tokens.make(
        body.name, frozenset(body.roles), now=service.clock(), lasts=timedelta(days=body.days)
    )
    return TokenMade(**TokenShown.of(token).model_dump(), secret=secret)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: str, caller: Own, service: UseService) -> None:
    """Revoke a token of one's own."""
    caller.desk.tokens.revoke(token_id, now=service.clock())
