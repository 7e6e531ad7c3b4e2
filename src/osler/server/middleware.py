"""What holds for every request: an id, a limit on its size, safe headers, and a line in the log."""

import logging
import time
import uuid
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from osler.server.metrics import REQUESTS, SECONDS

log = logging.getLogger("osler.requests")
JSON_BYTES = 1_000_000
PART_BYTES = 32_000_000
PARTS = ("/api/v1/uploads", "/api/v1/files")
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PAGES = ("/", "/docs")


@dataclass
class Guard:
    """Wraps the application."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["osler.request_id"] = str(uuid.uuid4())
        told = _Told(scope, send)
        is_part = scope["method"] in {"PATCH", "PUT"} and scope["path"].startswith(PARTS)
        limit = PART_BYTES if is_part else JSON_BYTES
        meter = _Meter(receive, limit)
        began = time.monotonic()
        try:
            await self.app(scope, meter.receive, told.send)
        finally:
            _log(scope, told.status, time.monotonic() - began)


@dataclass
class _Told:
    """Adds headers to the answer, and remembers its status."""

    scope: Scope
    onward: Send
    status: int = 500

    async def send(self, message: Message) -> None:
        """Send one part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            is_page = self.scope["path"] in PAGES or self.scope["path"].startswith("/assets/")
            headers.setdefault("Cache-Control", "no-store")
            headers["Content-Security-Policy"] = PAGE_POLICY if is_page else API_POLICY
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-Frame-Options"] = "DENY"
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            headers["X-Request-ID"] = self.scope["osler.request_id"]
            if self.scope["scheme"] == "https":
                headers["Strict-Transport-Security"] = "max-age=31536000"
        await self.onward(message)


@dataclass
class _Meter:
    """Counts the bytes of a body, and stops at the limit."""

    onward: Receive
    limit: int
    count: int = 0

    async def receive(self) -> Message:
        """Receive one part of the body."""
        message = await self.onward()
        if message["type"] == "http.request":
            self.count += len(message.get("body", b""))
            if self.count > self.limit:
                # The framework turns every other error in a body into one of its own.
                raise HTTPException(
                    413,
                    f"the body has more than {self.limit} bytes, the limit here; send less, or "
                    "use an upload (POST /api/v1/uploads) in parts",
                )
        return message


def _log(scope: Scope, status: int, seconds: float) -> None:
    """Write one line: the route as a pattern, never an address with what a client put into it."""
    route = getattr(scope.get("route"), "path", "unknown")
    REQUESTS.labels(scope["method"], route, str(status)).inc()
    SECONDS.labels(scope["method"], route).observe(seconds)
    log.info(
        "request %s %s %s %d %.1f ms",
        scope["osler.request_id"],
        scope["method"],
        route,
        status,
        1000 * seconds,
    )
