"""What every endpoint works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from osler.records import SERVICE, Desk, Purpose, Records
from osler.server.broadcast import Broadcast
from osler.settings import Settings
from osler.workflow.guidelines import Guidelines, guidelines_of
from osler.workflow.packages import Packages
from osler.workflow.pressure import Pressure


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Service:
    """What is kept, the settings, and what is shared between requests."""

    records: Records
    settings: Settings
    pressure: Pressure
    broadcast: Broadcast
    clock: Callable[[], datetime] = field(default=now_utc)

    @property
    def own_desk(self) -> Desk:
        """Return Osler's own desk, at which people sign in and events are read."""
        return self.records.acting(SERVICE, Purpose.OPERATIONS)

    @cached_property
    def packages(self) -> Packages:
        """Return the model packages."""
        return Packages(self.settings)

    @cached_property
    def guidelines(self) -> Guidelines:
        """Return the guidelines that the settings name."""
        return guidelines_of(self.settings)


def service_of(request: Request) -> Service:
    """Return what the application was made with."""
    found = request.app.state.service
    assert isinstance(found, Service)  # noqa: S101 - narrows the type; `create_app` sets it
    return found


UseService = Annotated[Service, Depends(service_of)]
