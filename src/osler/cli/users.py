"""``osler users``: who may do what."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli.kept import Json, kept, row, table
from osler.cli.talk import print_json
from osler.errors import Misuse

if TYPE_CHECKING:
    from osler.records import Role

app = typer.Typer(help="Users and their roles: list, add, roles, disable.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of a user.")]
Roles = Annotated[
    list[str],
    typer.Argument(
        help="clinician, reader, integrator, 'data scientist', auditor or administrator."
    ),
]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the users."""
    with kept("ADMINISTRATION") as opened:
        rows = [row(one) for one in opened.desk.users.list()]
    if as_json:
        print_json(rows)
        return
    table(rows, "name", "roles", "disabled_at")


@app.command("add")
def add(name: Name, roles: Roles) -> None:
    """Add a user with one or more roles.

    Example:

      osler users add anna clinician reader
    """
    wanted = _roles(roles)
    with kept("ADMINISTRATION") as opened:
        opened.desk.users.add(name, wanted, now=datetime.now(UTC))


@app.command("roles")
def roles_(name: Name, roles: Roles) -> None:
    """Give a user these roles and no others."""
    wanted = _roles(roles)
    with kept("ADMINISTRATION") as opened:
        opened.desk.users.set_roles(name, wanted)


@app.command("disable")
def disable(name: Name) -> None:
    """Let a user do nothing any more; the name stays in the audit trail."""
    with kept("ADMINISTRATION") as opened:
        opened.desk.users.disable(name, now=datetime.now(UTC))


def _roles(names: list[str]) -> "frozenset[Role]":
    """Return the roles of a person by name; Osler's own worker is none."""
    from osler.records import Role

    known = {str(one): one for one in Role if one is not Role.SERVICE}
    for name in names:
        if name not in known:
            raise Misuse(f"{name!r} is no role; expected one of {', '.join(known)}")
    return frozenset(known[name] for name in names)
