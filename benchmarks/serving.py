"""``osler serve`` from outside: its start, upload to result, many listeners, and many uploads.

A process of its own on this machine, with the shipped packages and a worker beside it; writes are
durable. Orthanc's REST upload of the same instances runs beside it where it is installed (Debian:
orthanc). Run: python benchmarks/serving.py [--studies N] [--listeners N] [--instances N]
"""

import argparse
import http.client
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Any

import numpy as np
from storing import WRITERS, by_writers, files, to_orthanc
from workflow import films

PASSWORD = "four words in no order"  # noqa: S105
API = "/api/v1"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Client:
    """A client of its own connection, signed in with a token or not yet."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Ask; return status and body."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        if body is None or isinstance(body, bytes):
            content, kind = body, "application/octet-stream"
        else:
            content, kind = json.dumps(body).encode(), "application/json"
        sent = {"Content-Type": kind, **self.headers, **headers}
        self.connection.request(method, path, content, sent)
        answer = self.connection.getresponse()
        text = answer.read()
        if "set-cookie" in answer.headers:
            self.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]
        return answer.status, json.loads(text) if text else None

    def upload(self, name: str, content: bytes) -> None:
        """Upload one file in one part."""
        status, begun = self.ask("POST", f"{API}/uploads", {"name": name, "size": len(content)})
        if status != 201:
            sys.exit(f"the upload was answered with {status}: {begun}")
        place = f"{API}/uploads/{begun['upload_id']}"
        status, done = self.ask("PATCH", place, content, **{"Upload-Offset": "0"})
        if status != 200 or done["state"] != "done":
            sys.exit(f"the upload ended with {status}: {done}")

    def send(self, name: str, content: bytes) -> None:
        """Send one file in one request."""
        status, done = self.ask("PUT", f"{API}/files?name={name}", content)
        if status != 200 or done["state"] != "done":
            sys.exit(f"the file was answered with {status}: {done}")


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[int, float, str]]:
    """Run ``osler serve``; yield its port, the seconds until it was ready, and a token."""
    port, log = free_port(), folder / "serve.log"
    environment = {
        "OSLER_DATA_DIR": str(folder / "data"),
        "OSLER_USER": "ada",
        "ORT_DISABLE_TELEMETRY": "1",
        "HOME": str(folder),
    }
    began = time.monotonic()
    command = [sys.executable, "-m", "osler.cli.main", "serve", "--port", str(port), *options]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        client = Client(port)
        while True:
            try:
                if client.ask("GET", "/ready")[0] == 200:
                    break
            except OSError:
                client.connection = None
                if process.poll() is not None:
                    sys.exit(f"the server ended at once: {log.read_text()[-2000:]}")
                time.sleep(0.02)
        seconds = time.monotonic() - began
        yield port, seconds, _token(client, log.read_text())
    finally:
        process.terminate()
        process.wait()


@contextmanager
def a_server(*options: str) -> Iterator[tuple[int, float, str]]:
    """Run ``osler serve`` on a new folder."""
    with tempfile.TemporaryDirectory(prefix="osler-bench-") as folder:
        with serving(Path(folder), *options) as served:
            yield served


def _token(client: Client, log: str) -> str:
    """Return a token of the first user, whose password for once is in the log."""
    found = re.search(r"one-time password: (\S+)", log)
    if found is None:
        sys.exit(f"the server said no password: {log}")
    for old, new in ((found.group(1), PASSWORD), (PASSWORD, "")):
        _, session = client.ask("POST", f"{API}/account/session", {"name": "ada", "password": old})
        client.headers["X-CSRF-Token"] = session["csrf"]
        if new:
            client.ask("POST", f"{API}/account/password", {"old": old, "new": new})
    roles = ["integrator", "reader", "clinician"]
    order = {"name": "benchmark", "roles": roles, "days": 1}
    return str(client.ask("POST", f"{API}/account/tokens", order)[1]["secret"])


class Listener(threading.Thread):
    """Listens to the event stream on a connection of its own."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(daemon=True)
        self.seen: list[tuple[int, str, float]] = []
        self.changed = threading.Condition()
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": "0"}
        self.connection.request("GET", f"{API}/events", headers=headers)
        self.answer = self.connection.getresponse()

    def run(self) -> None:  # type: ignore[explicit-override]  # typing has it from 3.12 on
        """Note every event with the time at which it came."""
        number = 0
        for line in self.answer:
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"event: "):
                with self.changed:
                    self.seen.append((number, line[7:].decode().strip(), time.monotonic()))
                    self.changed.notify_all()

    def wait_for(self, kind: str, count: int) -> float:
        """Wait until so many of a kind were seen; return when the last one came."""

        def found() -> list[float]:
            return [at for _, one, at in self.seen if one == kind]

        with self.changed:
            if not self.changed.wait_for(lambda: len(found()) >= count, timeout=120):
                sys.exit(f"no {kind} came within two minutes")
            return found()[count - 1]


def latency(port: int, token: str, contents: list[bytes]) -> list[float]:
    """Return milliseconds from the begin of an upload to its result on the event stream."""
    listener = Listener(port, token)
    listener.start()
    client = Client(port, {"Authorization": f"Bearer {token}"})
    spans = []
    for number, content in enumerate(contents):
        began = time.monotonic()
        client.upload("film.dcm", content)
        spans.append(1000 * (listener.wait_for("result.current", number + 1) - began))
        time.sleep(0.25)
    return spans[1:]  # the first one warms up


def many_listeners(port: int, token: str, *, count: int, contents: list[bytes]) -> tuple[int, int]:
    """Return how many listeners heard every event in order, and how many events there were."""
    listeners = [Listener(port, token) for _ in range(count)]
    for one in listeners:
        one.start()
    client = Client(port, {"Authorization": f"Bearer {token}"})
    for content in contents:
        client.upload("film.dcm", content)
    _, history = client.ask("GET", f"{API}/events/history?limit=500")
    while True:
        time.sleep(1.0)
        _, now = client.ask("GET", f"{API}/events/history?limit=500")
        if len(now) == len(history):
            break
        history = now
    time.sleep(1.0)
    wanted = [one["event_id"] for one in history]
    heard = sum([number for number, _, _ in one.seen] == wanted for one in listeners)
    return heard, len(wanted)


def uploads(port: int, token: str, contents: list[bytes]) -> float:
    """Return how many a second four clients upload."""
    own = threading.local()

    def put(content: bytes) -> None:
        if not hasattr(own, "client"):
            own.client = Client(port, {"Authorization": f"Bearer {token}"})
        own.client.send("film.dcm", content)

    return by_writers(contents, put)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=30)
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--instances", type=int, default=500)
    given = parser.parse_args()
    some = [one.content for one in films("RG1_UNCR.dcm", given.studies + 1)]
    with a_server() as (port, started, token):
        print(f"start to ready: {started:.2f} s")
        spans = latency(port, token, some)
        print(f"RG1 upload to result on the stream: median {np.median(spans):.0f} ms, ", end="")
        print(f"95th percentile {np.percentile(spans, 95):.0f} ms ({len(spans)} uploads)")
    with a_server() as (port, _, token):
        heard, events = many_listeners(
            port, token, count=given.listeners, contents=files(140, 60, 1)
        )
        print(f"{heard} of {given.listeners} listeners heard all of {events} events in order")
    contents = files(140, given.instances, 20)
    # Orthanc stores and looks at nothing: neither does this server.
    with a_server("--no-worker") as (port, _, token):
        rate = uploads(port, token, contents)
    with tempfile.TemporaryDirectory(prefix="osler-bench-") as folder:
        peer = to_orthanc(contents, Path(folder))
    beside = f", {rate / peer:.2f} x Orthanc ({peer:.0f}/s)" if peer else ", no Orthanc here"
    print(f"{given.instances} 40-KB instances, {WRITERS} clients: {rate:.0f} uploads/s{beside}")


if __name__ == "__main__":
    main()
