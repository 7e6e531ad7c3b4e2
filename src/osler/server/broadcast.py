"""Events to everybody who listens: one thread reads them, each listener has a queue of its own."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from osler.errors import OslerError
from osler.records import Event, Events

log = logging.getLogger(__name__)
LOOK_S = 0.03
PAUSE_S = 1.0
MOST_BEHIND = 2000
PAGE = 500


@dataclass(eq=False)
class Listener:
    """One client that listens. ``is_lost`` where it fell so far behind that it must come again."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(MOST_BEHIND))
    is_lost: bool = False

    def offer(self, events: tuple[Event, ...]) -> None:
        """Take events, in the listener's own loop."""
        for event in events:
            try:
                self.queue.put_nowait(event)
            except asyncio.QueueFull:
                self.is_lost = True
                return


class Broadcast:
    """Reads what happened, once for all listeners.

    A listener joins first and then reads what it missed from the database, so that nothing falls
    between; what comes twice by that is told by its number.
    """

    def __init__(self, events: Callable[[], Events]) -> None:
        self._events = events
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="osler-events", daemon=True)
        self._last = 0

    def open(self) -> None:
        """Begin to read; from what is newest now."""
        self._last = self._newest()
        self._thread.start()

    def close(self) -> None:
        """Stop reading. Listeners are told by their server."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def is_closed(self) -> bool:
        """Tell whether no more will come."""
        return self._stopped.is_set()

    def __len__(self) -> int:
        with self._lock:
            return len(self._listeners)

    async def after(self, event_id: int) -> AsyncIterator[Event | None]:
        """Yield every event after one, for ever; None now and then while nothing happens."""
        listener = Listener(asyncio.get_running_loop())
        with self._lock:
            self._listeners.add(listener)
        try:
            last = event_id
            while missed := await asyncio.to_thread(self._page, last):
                for event in missed:
                    yield event
                last = missed[-1].event_id
            while not (listener.is_lost or self.is_closed):
                try:
                    event = await asyncio.wait_for(listener.queue.get(), PAUSE_S)
                except TimeoutError:
                    yield None
                    continue
                if event.event_id > last:
                    last = event.event_id
                    yield event
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def _page(self, event_id: int) -> tuple[Event, ...]:
        """Return the next events from the database."""
        return self._events().after(event_id, limit=PAGE)

    def _newest(self) -> int:
        """Return the number of the newest event."""
        return self._events().newest()

    def _run(self) -> None:
        """Read what happened, and tell all listeners."""
        wait = LOOK_S
        while not self._stopped.wait(wait):
            try:
                found = self._page(self._last)
            except OslerError as error:
                log.warning("events could not be read (%s); they are read later", error.kind)
                wait = PAUSE_S
                continue
            wait = LOOK_S
            if found:
                self._last = found[-1].event_id
                self._tell(found)

    def _tell(self, found: tuple[Event, ...]) -> None:
        """Hand events to every listener, in its own loop."""
        with self._lock:
            listeners = tuple(self._listeners)
        for one in listeners:
            try:
                one.loop.call_soon_threadsafe(one.offer, found)
            except RuntimeError:  # its loop has ended
                with self._lock:
                    self._listeners.discard(one)
