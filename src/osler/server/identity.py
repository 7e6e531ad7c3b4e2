"""Who is asking, and whether they may: every endpoint says which act it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import APIKeyCookie, HTTPBearer

from osler.errors import InputRefused, NotAllowed, NotSignedIn
from osler.records import Action, Actor, Desk, Purpose, SignedIn, is_same_secret
from osler.server.service import Service, UseService

COOKIE = "osler_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
cookie_scheme = APIKeyCookie(
    name=COOKIE, auto_error=False, description="A session; writes also need X-CSRF-Token."
)
bearer_scheme = HTTPBearer(auto_error=False, description="An API token.")
Cookie = Annotated[str | None, Depends(cookie_scheme)]
Bearer = Annotated[Any, Depends(bearer_scheme)]


@dataclass(frozen=True)
class Caller:
    """Who asks, and the desk they work at. ``session`` is None for a token."""

    actor: Actor
    desk: Desk
    session: SignedIn | None

    @property
    def signed_in(self) -> SignedIn:
        """Return the session; what needs one cannot be done with a token.

        Raises
        ------
        NotAllowed
            The caller came with a token.
        """
        if self.session is None:
            raise NotAllowed(
                "this needs a person who is signed in; found an API token; sign in with a password"
            )
        return self.session


@dataclass(frozen=True)
class Allow:
    """A dependency: the caller, if a role of theirs allows the act."""

    action: Action
    purpose: Purpose = Purpose.TREATMENT
    even_with_old_password: bool = False

    def __call__(  # noqa: PLR0917 - FastAPI hands them over by name
        self, request: Request, service: UseService, cookie: Cookie, bearer: Bearer
    ) -> Caller:
        """Return who is asking.

        Raises
        ------
        NotSignedIn
            Nobody known.
        NotAllowed
            No role allows it, a write without its CSRF token, or a first password to be changed.
        """
        require_known_parameters(request)
        token = bearer.credentials if bearer is not None else None
        caller = caller_of(request, service, cookie=cookie, token=token, purpose=self.purpose)
        caller.desk.door.require(self.action)
        is_old = caller.session is not None and caller.session.must_change
        if is_old and not self.even_with_old_password:
            raise NotAllowed(
                "the password was made for you; expected one of your own; change it first "
                "(POST /api/v1/account/password)"
            )
        return caller


def caller_of(
    request: Request, service: Service, *, cookie: str | None, token: str | None, purpose: Purpose
) -> Caller:
    """Return who is asking, by token or by session."""
    now = service.clock()
    own = service.own_desk
    if token is not None:
        actor = own.tokens.actor(token, now=now)
        return Caller(actor, service.records.acting(actor, purpose), None)
    if cookie is None:
        raise NotSignedIn("found neither a session nor a token; sign in or send one")
    session = own.accounts.session(cookie, now=now)
    given = request.headers.get(CSRF_HEADER, "")
    if request.method not in SAFE and not is_same_secret(given, session.csrf):
        raise NotAllowed(
            f"a write with a session needs its {CSRF_HEADER} header; found none that fits; "
            "take the value that signing in returned"
        )
    return Caller(session.actor, service.records.acting(session.actor, purpose), session)


def require_known_parameters(request: Request) -> None:
    """Refuse a parameter that the endpoint does not know: a misspelt filter would show too much.

    Raises
    ------
    InputRefused
        Names it.
    """
    route = request.scope["route"]
    known = _parameters(route.dependant)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        expected = ", ".join(sorted(known)) or "none"
        raise InputRefused(
            f"found the parameter {unknown[0]!r}, expected one of: {expected}; see the API's "
            "documentation"
        )


def _parameters(dependant: Dependant) -> set[str]:
    """Return the names of all parameters that an endpoint or one of its dependencies takes."""
    below = (_parameters(one) for one in dependant.dependencies)
    return {one.alias for one in dependant.query_params}.union(*below)


def allow(action: Action, purpose: Purpose = Purpose.TREATMENT, **more: bool) -> Any:  # noqa: ANN401
    """Return the dependency for an endpoint that is this act."""
    return Depends(Allow(action, purpose, **more))


def anybody() -> None:
    """Mark an endpoint that needs no sign-in. The table of roles shows it as such."""


Endpoint = Callable[..., Any]
