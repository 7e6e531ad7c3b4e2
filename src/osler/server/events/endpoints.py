"""/events: server-sent events, resumable by the number of the last one."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from osler.records import Action, Event, Purpose
from osler.server.events.schemas import EventShown
from osler.server.identity import Caller, allow
from osler.server.service import Service, UseService

router = APIRouter(prefix="/events", tags=["events"])
Hearer = Annotated[Caller, allow(Action.READ_EVENTS, Purpose.OPERATIONS)]
LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", pattern="^[0-9]{1,18}$", description="As browsers send it."),
]
After = Annotated[
    int | None, Query(ge=0, lt=10**18, description="The same, for clients that set no header.")
]


@router.get(
    "",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "The stream."}},
)
async def stream_events(
    caller: Hearer,
    service: UseService,
    last_event_id: LastEventId = None,
    after: After = None,
) -> StreamingResponse:
    """Stream what happens from now on, or from after the last event that the client has seen.

    Each event has its number as `id`, its kind as `event`, and ids as JSON in `data`. A client
    that was away for longer than events are kept gets `reset` first: it has to read anew.
    """
    newest = await asyncio.to_thread(caller.desk.events.listen)
    asked = int(last_event_id) if last_event_id is not None else after
    return StreamingResponse(
        _lines(service, newest if asked is None else asked, is_asked=asked is not None),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


@router.get("/history")
def list_events(
    caller: Hearer,
    service: UseService,
    after: Annotated[int, Query(ge=0, lt=10**18)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[EventShown]:
    """Return events after a number, for clients that ask now and then."""
    caller.desk.events.listen()
    return [EventShown.of(one) for one in service.own_desk.events.after(after, limit=limit)]


async def _lines(service: Service, last: int, *, is_asked: bool) -> AsyncIterator[bytes]:
    """Yield the stream."""
    yield b"retry: 2000\n\n"
    oldest = await asyncio.to_thread(service.own_desk.events.oldest)
    if is_asked and 0 < last < oldest - 1:
        yield b"event: reset\ndata: {}\n\n"
    async for event in service.broadcast.after(last):
        yield b": waiting\n\n" if event is None else _line(event)


def _line(event: Event) -> bytes:
    """Return one event as it goes over the wire."""
    told = EventShown.of(event).model_dump(mode="json", exclude={"event_id", "kind"})
    data = json.dumps(told, separators=(",", ":"))
    return f"id: {event.event_id}\nevent: {event.kind}\ndata: {data}\n\n".encode()
