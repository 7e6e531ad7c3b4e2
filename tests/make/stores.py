"""Real stores for tests: an S3 server of its own, and a server that answers what it is told."""

import http.client
import importlib.util
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_connection, socket

import pytest

START_SECONDS = 30


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def s3_server() -> Iterator[str]:
    """Run an S3 server in a process of its own; yield its address. Skip without moto."""
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask") is None:
        pytest.skip("moto[server] is not installed; it is the S3 store of the tests")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def options_of(endpoint: str) -> dict[str, str]:
    """Return the options of Osler's objects for a server of the tests."""
    return {
        "endpoint": endpoint,
        "region": "us-east-1",
        "access_key_id": "test",
        "secret_access_key": "test",
        "allow_http": "true",
    }


def make_bucket(endpoint: str, name: str) -> None:
    """Make a bucket."""
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))
    try:
        connection.request("PUT", f"/{name}")
        assert connection.getresponse().status == 200
    finally:
        connection.close()


class Answering(ThreadingHTTPServer):
    """A server that answers every request with ``status``, and counts them."""

    daemon_threads = True

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status = status
        self.requests = 0

    @property
    def endpoint(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    """Answers without a body."""

    def _answer(self) -> None:
        """Take the request and answer it."""
        assert isinstance(self.server, Answering)
        self.server.requests += 1
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer  # noqa: N815 - names of the library

    def log_message(self, *_: object) -> None:  # type: ignore[explicit-override]
        """Say nothing."""


@contextmanager
def answering(status: int) -> Iterator[Answering]:
    """Run a server that answers every request with one status."""
    with Answering(status) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server takes connections."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "the S3 server ended at once"
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the S3 server did not start within {START_SECONDS} s")
