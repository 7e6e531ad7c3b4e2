"""Requests over HTTP: one connection a thread, repeated where that does no harm."""

import http.client
import json
import select
import ssl
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from osler.client.errors import ApiError, Unreachable

Value = str | int | float | bool | None
TIMEOUT_S = 60.0
PATIENCE_S = 30.0
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
SAFE = frozenset({"GET", "PUT", "DELETE"})
BROKEN = (http.client.HTTPException, OSError)


@dataclass(frozen=True)
class Download:
    """A file: its bytes, what they are, and the headers that came with them."""

    content: bytes = field(repr=False)
    media_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """One request. ``is_safe`` says that doing it twice is doing it once."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes | None = field(repr=False)
    is_safe: bool


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


def quoted(part: object) -> str:
    """Return a part of an address."""
    return quote(str(part), safe="")


class Transport:
    """Where Osler is, who asks, and how long to try.

    Parameters
    ----------
    url
        Such as ``https://osler.hospital.example``.
    token
        An API token; without one only what anybody may ask is answered.
    patience_s
        How long a request that may be repeated is tried again, in seconds, where the server says
        that it is busy or the line breaks.
    context
        For TLS: the certificates that are trusted; those of the system where None.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        patience_s: float = PATIENCE_S,
        timeout_s: float = TIMEOUT_S,
        context: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"found the address {url!r}, expected http://host or https://host")
        self._is_tls = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._prefix = parts.path.rstrip("/")
        self._context = context
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._own = threading.local()
        self._open: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()
        self._headers: dict[str, str] = {"User-Agent": "osler-client"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    @property
    def etag(self) -> str | None:
        """The ETag of what this thread read last: send it as ``if_match`` with a change."""
        found: str | None = getattr(self._own, "etag", None)
        return found

    def close(self) -> None:
        """Close all connections; the next request opens one anew."""
        with self._lock:
            found, self._open = self._open, set()
        for one in found:
            one.close()
        self._own.connection = None

    def _call(self, method: str, path: str, **asked: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return an answer's JSON; None where it has none."""
        answered = self._asked(method, path, **asked)
        return json.loads(answered.content) if answered.content else None

    def _download(self, method: str, path: str, **asked: Any) -> Download:  # noqa: ANN401
        """Return an answer as a file."""
        answered = self._asked(method, path, **asked)
        media_type = answered.headers.get("content-type", "").partition(";")[0]
        return Download(answered.content, media_type, answered.headers)

    def _asked(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Value] | None = None,
        headers: Mapping[str, Value] | None = None,
        body: object = None,
        content: bytes | None = None,
        is_keyed: bool = False,
    ) -> Answered:
        """Ask, and ask again where that does no harm."""
        told = {name: str(one) for name, one in (headers or {}).items() if one is not None}
        if is_keyed:
            told.setdefault("Idempotency-Key", uuid.uuid4().hex)
        if body is not None:
            content = json.dumps(body).encode()
            told["Content-Type"] = "application/json"
        elif content is not None:
            told["Content-Type"] = "application/octet-stream"
        given = {name: _written(one) for name, one in (query or {}).items() if one is not None}
        target = f"{self._prefix}{path}" + (f"?{urlencode(given)}" if given else "")
        is_safe = method in SAFE or is_keyed
        return self._patiently(
            Request(method, target, {**self._headers, **told}, content, is_safe=is_safe)
        )

    def _patiently(self, request: Request) -> Answered:
        """Send a request until it is answered, or patience ends."""
        until = time.monotonic() + self._patience_s
        wait = FIRST_WAIT_S
        while True:
            try:
                return self._checked(self._sent(request))
            except ApiError as error:
                if not error.is_transient or time.monotonic() + wait > until:
                    raise
            except BROKEN as error:
                was_sent = self._hang_up()
                is_safe = request.is_safe or not was_sent
                if not is_safe or time.monotonic() + wait > until:
                    raise Unreachable(
                        f"{request.method} {self._host}: no answer ({type(error).__name__}); "
                        "check the address and whether osler serve runs there"
                    ) from error
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)

    def _sent(self, request: Request) -> Answered:
        """Send a request over the connection of this thread."""
        connection = getattr(self._own, "connection", None)
        if connection is not None and _was_closed(connection):
            self._hang_up()
            connection = None
        if connection is None:
            connection = self._connect(self._timeout_s)
            connection.connect()
            self._own.connection = connection
            with self._lock:
                self._open.add(connection)
        connection.request(
            request.method, request.target, body=request.content, headers=dict(request.headers)
        )
        response = connection.getresponse()
        content = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answered(response.status, headers, content)

    def _hang_up(self) -> bool:
        """Close the connection of this thread; tell whether there was one."""
        connection = getattr(self._own, "connection", None)
        self._own.connection = None
        if connection is None:
            return False
        with self._lock:
            self._open.discard(connection)
        connection.close()
        return True

    def _checked(self, answered: Answered) -> Answered:
        """Return an answer that is none of an error.

        Raises
        ------
        ApiError
            What Osler says of the request.
        """
        if answered.status < 400:
            self._own.etag = answered.headers.get("etag")
            return answered
        try:
            told = json.loads(answered.content)
            detail, kind = told["detail"], told["kind"]
        except (ValueError, KeyError, TypeError):
            told, kind = {}, "exception"
            detail = f"found an answer of status {answered.status} that is not Osler's"
        raise ApiError(answered.status, kind, detail, instance=told.get("instance", ""))

    def _connect(self, timeout_s: float) -> http.client.HTTPConnection:
        """Return a new connection."""
        if not self._is_tls:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        context = self._context or ssl.create_default_context()
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=timeout_s, context=context
        )


def _was_closed(connection: http.client.HTTPConnection) -> bool:
    """Tell whether the other side has closed a connection that nothing is asked on."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def _written(value: Value) -> str:
    """Return a value as it stands in an address."""
    return str(value).lower() if isinstance(value, bool) else str(value)
