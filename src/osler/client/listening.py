"""The stream of events: nothing is missed when the line breaks."""

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from osler.client.errors import ApiError, Unreachable
from osler.client.transport import BROKEN, FIRST_WAIT_S, LONGEST_WAIT_S, Answered, Transport

# The server says something at least every second.
SILENCE_S = 15.0
RESET = "reset"


@dataclass(frozen=True)
class Event:
    """Something that happened: ``kind`` such as 'result.current', and ids in ``data``.

    ``event_id`` is its number: events after it are asked for with ``after``. The kind 'reset',
    without a number, says that older events are forgotten: read anew what you keep.
    """

    event_id: int | None
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def listen(transport: Transport, path: str, *, after: int | None) -> Iterator[Event]:
    """Yield events for ever, each once, also where the server was away in between.

    Raises
    ------
    ApiError
        Whoever asks may not listen.
    Unreachable
        Nobody answers for longer than the patience of the client.
    """
    last, wait = after, FIRST_WAIT_S
    until = time.monotonic() + transport._patience_s  # noqa: SLF001 - of the same room
    while True:
        try:
            for event in _stream(transport, path, after=last):
                wait, until = FIRST_WAIT_S, time.monotonic() + transport._patience_s  # noqa: SLF001
                if event is None:
                    continue
                if event.event_id is not None:
                    last = event.event_id
                yield event
        except ApiError as error:
            if not error.is_transient:
                raise
        except BROKEN as error:
            if time.monotonic() > until:
                raise Unreachable("the stream of events does not come back") from error
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_S)


def _stream(transport: Transport, path: str, *, after: int | None) -> Iterator[Event | None]:
    """Yield events of one connection; None where the server only says that it is there."""
    connection = transport._connect(SILENCE_S)  # noqa: SLF001 - of the same room
    try:
        headers = {**transport._headers, "Accept": "text/event-stream"}  # noqa: SLF001
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        connection.request("GET", f"{transport._prefix}{path}", headers=headers)  # noqa: SLF001
        response = connection.getresponse()
        if response.status != 200:
            found = {name.lower(): value for name, value in response.getheaders()}
            transport._checked(Answered(response.status, found, response.read()))  # noqa: SLF001
        yield from _events(response)
    finally:
        connection.close()


def _events(response: http.client.HTTPResponse) -> Iterator[Event | None]:
    """Yield what a stream says."""
    said: dict[str, str] = {}
    while line := response.readline():
        text = line.decode().rstrip("\r\n")
        if not text:
            if "event" in said:
                number = said.get("id")
                data = json.loads(said.get("data", "{}"))
                yield Event(int(number) if number else None, said["event"], data)
            else:
                yield None
            said = {}
        else:
            name, _, value = text.partition(":")
            said[name] = value.removeprefix(" ")
    raise ConnectionError("the stream has ended")
