"""Which role may use which endpoint: read off the endpoints themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from osler.records import Action, Actor, Role
from osler.server.app import API, PLAIN, RESOURCES
from osler.server.identity import Allow, anybody

PEOPLE = tuple(sorted(set(Role) - {Role.SERVICE}))


@dataclass(frozen=True)
class EndpointRoles:
    """One endpoint. ``action`` is None where anybody may use it, signed in or not."""

    method: str
    path: str
    action: Action | None

    def allows(self, role: Role) -> bool:
        """Tell whether a role may use it."""
        return self.action is None or Actor("", frozenset({role})).may(self.action)


def endpoint_roles() -> tuple[EndpointRoles, ...]:
    """Return every endpoint with the act that it is.

    Raises
    ------
    LookupError
        An endpoint says neither which act it is nor that anybody may use it.
    """
    found = []
    for prefix, route in _routes():
        calls = _calls(route.dependant)
        acts = {one.action for one in calls if isinstance(one, Allow)}
        if len(acts) + (anybody in calls) != 1:
            raise LookupError(f"{route.path}: says neither its one act nor that anybody may")
        path, action = prefix + route.path, next(iter(acts), None)
        found += [EndpointRoles(method, path, action) for method in sorted(route.methods or ())]
    return tuple(sorted(found, key=lambda one: (one.path, one.method)))


def _routes() -> Iterator[tuple[str, APIRoute]]:
    """Yield all endpoints, each behind the prefix under which it is served."""
    for prefix, routers in ((API, RESOURCES), ("", PLAIN)):
        for router in routers:
            for route in router.routes:
                if isinstance(route, APIRoute):
                    yield prefix, route


def _calls(dependant: Dependant) -> list[object]:
    """Return everything that an endpoint depends on."""
    below = [call for one in dependant.dependencies for call in _calls(one)]
    return [dependant.call, *below]
