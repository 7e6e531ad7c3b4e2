"""The application over records of a test, and clients that are signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from make.kept import FIRST_USER, Kept, kept_at
from osler.records import Purpose, RecordsAt, Role
from osler.server.app import create_app
from osler.server.identity import CSRF_HEADER
from osler.server.running import a_service
from osler.server.service import Service
from osler.settings import Settings

PASSWORD = "four words in no order"  # noqa: S105
API = "/api/v1"


@dataclass(frozen=True)
class Served:
    """An application, and the records behind it."""

    kept: Kept
    app: FastAPI

    @property
    def service(self) -> Service:
        """Return what the application works with."""
        found: Service = self.app.state.service
        return found

    def client(self, *roles: Role) -> TestClient:
        """Return a client that is signed in as a user with these roles, or as nobody."""
        client = TestClient(self.app, base_url="https://osler.test", raise_server_exceptions=False)
        if roles:
            self.sign_in(client, self.user(*roles))
        return client

    def user(self, *roles: Role) -> str:
        """Return the name of a user with these roles, made if need be."""
        name = "-".join(sorted(roles)).replace(" ", "-")
        if all(one.name != name for one in self.kept.ada.users.list()):
            self.kept.ada.users.add(name, frozenset(roles), now=now())
            self.kept.ada.accounts.set_password(name, PASSWORD, now=now())
        return name

    def sign_in(self, client: TestClient, name: str, password: str = PASSWORD) -> None:
        """Sign a client in; its writes carry what they need."""
        answer = client.post(f"{API}/account/session", json={"name": name, "password": password})
        assert answer.status_code == 201, answer.text
        client.headers[CSRF_HEADER] = answer.json()["csrf"]

    def token(self, *roles: Role) -> str:
        """Return a token of a user with these roles."""
        actor = self.kept.records.actor(self.user(*roles))
        desk = self.kept.records.acting(actor, Purpose.OPERATIONS)
        secret, _ = desk.tokens.make("tests", frozenset(roles), now=now(), lasts=timedelta(days=1))
        return secret


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@contextmanager
def served_at(at: RecordsAt, **settings: Any) -> Iterator[Served]:  # noqa: ANN401 - any setting
    """Serve records while the block runs; no worker works."""
    with kept_at(at) as kept, a_service(kept.records, Settings(**settings)) as service:
        kept.ada.accounts.set_password(FIRST_USER, PASSWORD, now=now())
        yield Served(kept, create_app(service))
