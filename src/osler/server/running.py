"""``osler serve``: the application, a worker beside it, and an orderly end."""

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, repeat
from socket import socket

import numpy as np
import uvicorn

from osler.errors import OslerError
from osler.records import SERVICE, SETTING_UP, Purpose, Records
from osler.server.app import create_app
from osler.server.broadcast import Broadcast
from osler.server.service import Service, now_utc
from osler.server.uploads.storing import LEFT_ALONE, store_what_was_left
from osler.settings import Settings
from osler.workflow.hiring import work_beside
from osler.workflow.monitoring import catch_up
from osler.workflow.opening import open_kept, pressure_on

log = logging.getLogger(__name__)
GRACE_S = 30
WORDS = 3
EVENTS_KEPT = timedelta(days=7)
UPLOADS_KEPT = timedelta(days=2)
TIDY_S = 3600.0
WATCH_S = 60.0


@dataclass(frozen=True)
class Door:
    """Where the server listens, and whether a worker runs in the same process."""

    host: str = "127.0.0.1"
    port: int = 8080
    with_worker: bool = True


def serve(settings: Settings, door: Door, *, say: Callable[[str], None]) -> None:
    """Serve until told to stop: no request is cut off, no job is lost.

    Parameters
    ----------
    say
        Told once where the server is and, on the first start, the administrator's password.
    """
    with ExitStack() as around:
        records = around.enter_context(open_kept(settings, create=True))
        greet(records, settings, say)
        service = around.enter_context(a_service(records, settings))
        stop = threading.Event()
        if door.with_worker:
            worker = threading.Thread(
                target=_work, args=(records, settings, stop), name="osler-worker"
            )
            worker.start()
            around.callback(worker.join)
            around.callback(stop.set)
        server = _Server(
            uvicorn.Config(
                create_app(service),
                host=door.host,
                port=door.port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
                h11_max_incomplete_event_size=64 * 1024,
            ),
            service.broadcast,
            lambda: say(f"Osler serves at http://{door.host}:{door.port}"),
        )
        limit = settings.films_between_false_alarms
        around.enter_context(_now_and_then(TIDY_S, lambda: _tidy(records)))
        around.enter_context(_now_and_then(WATCH_S, lambda: _watch(records, limit)))
        # At the start, what a killed server left is at nobody's hands; storing twice does no harm.
        alone_for = chain([timedelta()], repeat(LEFT_ALONE))
        around.enter_context(
            _now_and_then(
                WATCH_S,
                lambda: store_what_was_left(service, left_alone=next(alone_for)),
                at_once=True,
            )
        )
        server.run()


class _Server(uvicorn.Server):
    """Says when it listens; ends the event streams before it waits for its requests to end."""

    def __init__(
        self, config: uvicorn.Config, broadcast: Broadcast, on_listening: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._broadcast = broadcast
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket] | None = None) -> None:  # type: ignore[explicit-override]  # as below
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            self._on_listening()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:  # type: ignore[explicit-override]  # typing has it from 3.12 on
        """Take no more, and finish what is at work."""
        self._broadcast.close()
        await super().shutdown(sockets)


def greet(records: Records, settings: Settings, say: Callable[[str], None]) -> None:
    """Give whoever set Osler up a password for once, where they have none, and say it once."""
    if records.acting(SERVICE, Purpose.OPERATIONS).accounts.has_password(settings.user):
        return
    setting_up = records.acting(SETTING_UP, Purpose.ADMINISTRATION)
    password = "-".join(secrets.token_hex(3) for _ in range(WORDS))
    setting_up.accounts.set_password(settings.user, password, now=now_utc(), must_change=True)
    say(f"administrator: {settings.user}, one-time password: {password} (shown this once)")


@contextmanager
def a_service(records: Records, settings: Settings) -> Iterator[Service]:
    """Return what the application works with; events are read while the block runs."""
    broadcast = Broadcast(lambda: records.acting(SERVICE, Purpose.OPERATIONS).events)
    broadcast.open()
    try:
        yield Service(records, settings, pressure_on(records, settings), broadcast)
    finally:
        broadcast.close()


def _work(records: Records, settings: Settings, stop: threading.Event) -> None:
    """Work until told to stop; a worker that cannot start is told, and the server goes on."""
    try:
        work_beside(records, settings, stop)
    except OslerError as error:
        log.error("no worker runs beside this server: %s", error)  # noqa: TRY400 - a sentence


def _tidy(records: Records) -> None:
    """Forget old events and uploads that nobody ends."""
    desk = records.acting(SERVICE, Purpose.OPERATIONS)
    desk.events.forget(now_utc() - EVENTS_KEPT)
    desk.uploads.forget(now_utc() - UPLOADS_KEPT)


def _watch(records: Records, limit: float) -> None:
    """Let the watches on what comes in take in the films that came since."""
    desk = records.acting(SERVICE, Purpose.OPERATIONS)
    rng = np.random.default_rng()
    while catch_up(desk, limit=limit, now=now_utc(), rng=rng):
        pass


@contextmanager
def _now_and_then(
    seconds: float, act: Callable[[], None], *, at_once: bool = False
) -> Iterator[None]:
    """Do something at intervals while the block runs; what fails is done the next time."""
    stopped = threading.Event()

    def run() -> None:
        waits = chain([0.0 if at_once else seconds], repeat(seconds))
        while not stopped.wait(next(waits)):
            try:
                act()
            except OslerError as error:
                log.warning("what is done now and then failed (%s)", error.kind)

    thread = threading.Thread(target=run, name="osler-now-and-then", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
