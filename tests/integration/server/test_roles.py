"""Every endpoint as every role and as nobody, against the table of the reference."""

import re
import runpy
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from make.served import Served
from osler.records import Role
from osler.server.app import create_app
from osler.server.rates import new_limiter
from osler.server.roles import PEOPLE, EndpointRoles, endpoint_roles

ROOT = Path(__file__).parents[3]
TABLE = endpoint_roles()


def test_the_page_is_what_the_application_does() -> None:
    """An integrator who reads the table reads the truth."""
    tool = runpy.run_path(str(ROOT / "tools" / "roles_page.py"))
    assert tool["PAGE"].read_text(encoding="utf-8") == tool["current"]()


def test_no_endpoint_is_without_a_row(served: Served) -> None:
    """What the documentation of the API names and the table does not would be nobody's."""
    documented = {
        (method.upper(), path)
        for path, methods in create_app(served.app.state.service).openapi()["paths"].items()
        for method in methods
    }
    assert documented == {(row.method, row.path) for row in TABLE}


def called(served: Served, row: EndpointRoles, client: TestClient) -> int:
    """Call an endpoint with nothing that it could use; return the status."""
    served.app.state.limiter = new_limiter()
    path = re.sub(r"\{\w+\}", "nothing", row.path)
    return int(client.request(row.method, path, json={}).status_code)


def test_every_endpoint_answers_every_role_and_nobody_as_the_table_says(served: Served) -> None:
    """One forgotten check is a door that stands open."""
    served.app.state.service.broadcast.close()  # else a stream would never end
    wrong = []
    nobody_s = served.client()
    clients = {role: served.client(role) for role in PEOPLE}
    for row in TABLE:
        if row.path.endswith("/account/session") and row.method == "DELETE":
            continue  # it would sign out; its own test calls it
        nobody = called(served, row, nobody_s)
        if (nobody == 401) == (row.action is None) and row.method + row.path != (
            "POST/api/v1/account/session"
        ):
            wrong.append((row.method, row.path, "nobody", nobody))
        for role in PEOPLE:
            status = called(served, row, clients[role])
            if (status in (401, 403)) == row.allows(role):
                wrong.append((row.method, row.path, str(role), status))
    assert wrong == []


@pytest.mark.parametrize("role", PEOPLE)
def test_a_token_has_the_doors_of_its_role(served: Served, role: Role) -> None:
    """A program is held to the same table as a person."""
    headers = {"Authorization": f"Bearer {served.token(role)}"}
    status = served.client().get("/api/v1/studies", headers=headers).status_code
    row = next(one for one in TABLE if (one.method, one.path) == ("GET", "/api/v1/studies"))
    assert status == (200 if row.allows(role) else 403)
