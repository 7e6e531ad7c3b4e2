"""The stream of events, over a real socket: live, resumed, and for many at once."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
import uvicorn

from make.kept import an_instance
from make.served import API, Served, now
from make.stores import free_port
from osler.records import Role

KINDS = ["study.received"]


@contextmanager
def listening(served: Served) -> Iterator[str]:
    """Serve on a port while the block runs; its address."""
    config = uvicorn.Config(served.app, host="127.0.0.1", port=free_port(), log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{config.port}"
    finally:
        server.should_exit = True
        served.app.state.service.broadcast.close()
        thread.join()


def heard(address: str, token: str, count: int, **headers: str) -> list[int]:
    """Return the numbers of the next events on the stream."""
    numbers: list[int] = []
    sent = {"Authorization": f"Bearer {token}", **headers}
    with httpx2.stream("GET", f"{address}{API}/events", headers=sent, timeout=30) as stream:
        assert stream.status_code == 200
        for line in stream.iter_lines():
            if line.startswith("id: "):
                numbers.append(int(line[4:]))
            if len(numbers) == count:
                break
    return numbers


def store(served: Served, study: int) -> None:
    """Let something happen."""
    film = an_instance(study=study, PatientID=str(study))
    served.kept.osler.studies.store(film, source="x", now=now())


def test_a_client_that_comes_back_with_its_last_number_misses_nothing(served: Served) -> None:
    """The ward's screen loses its network for a minute; no urgent film is missed."""
    token = served.token(Role.READER)
    for study in (1, 2, 3):
        store(served, study)
    with listening(served) as address:
        assert heard(address, token, 2, **{"Last-Event-ID": "1"}) == [2, 3]
        later = threading.Timer(0.3, store, (served, 4))
        later.start()
        assert heard(address, token, 1, **{"Last-Event-ID": "3"}) == [4]
        later.join()


def test_every_listener_hears_every_event(served: Served) -> None:
    """Forty screens, twenty films: each screen hears of each film once, in order."""
    token = served.token(Role.READER)
    results: list[list[int]] = []
    with listening(served) as address:
        ears = [
            threading.Thread(
                target=lambda: results.append(heard(address, token, 20, **{"Last-Event-ID": "0"}))
            )
            for _ in range(40)
        ]
        for one in ears:
            one.start()
        for study in range(1, 21):
            store(served, study)
        for one in ears:
            one.join()
    assert results == [list(range(1, 21))] * 40


def test_a_client_that_was_away_for_too_long_is_told_to_read_anew(served: Served) -> None:
    """A gap must never look like quiet."""
    for study in (1, 2, 3):
        store(served, study)
    served.kept.osler.events.forget(now())
    store(served, 4)
    served.app.state.service.broadcast.close()
    client = served.client(Role.READER)
    text = client.get(f"{API}/events", headers={"Last-Event-ID": "1"}).text
    assert text.index("event: reset") < text.index("id: 4")


def test_an_event_names_ids_and_nothing_else(served: Served) -> None:
    """The stream goes to every screen of the ward; no name is on it."""
    store(served, 1)
    client = served.client(Role.READER)
    (event,) = client.get(f"{API}/events/history").json()
    assert event["kind"] == "study.received"
    assert "Doe" not in json.dumps(event)


@pytest.mark.parametrize("number", ["-1", "1; drop", "9" * 30])
def test_a_number_that_is_none_is_refused(served: Served, number: str) -> None:
    """What a client sends is data, not trust."""
    client = served.client(Role.READER)
    assert client.get(f"{API}/events", headers={"Last-Event-ID": number}).status_code == 422
