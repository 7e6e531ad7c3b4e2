"""Errors as clients see them: problem+json (RFC 9457), by the error's kind alone."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from osler.errors import Conflict, OslerError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "5"
STATUS: Mapping[str, int] = {
    "invalid": 422,
    "structure": 422,
    "not-supported": 422,
    "invariant": 422,
    "value": 422,
    "business-rule": 422,
    "too-long": 413,
    "conflict": 409,
    "not-found": 404,
    "security": 403,
    "login": 401,
    "required": 400,
    "transient": 503,
    "exception": 500,
}
TITLES: Mapping[int, str] = {
    400: "The request contradicts itself",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported media type",
    422: "Cannot be used",
    429: "Too many requests",
    500: "Our fault",
    503: "Try later",
}


class Stale(Conflict):
    """The thing has changed since the client read it (If-Match)."""


class TooMany(OslerError):
    """More requests than the limit allows."""

    kind = "transient"


class Problem(BaseModel):
    """What is wrong: found, expected, what to do. ``kind`` is a FHIR R4 issue type."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    kind: str
    instance: str = Field(description="The request's id, as in the log.")


def status_of(error: OslerError) -> int:
    """Return the HTTP status of an error."""
    if isinstance(error, Stale):
        return 412
    if isinstance(error, TooMany):
        return 429
    return STATUS[error.kind]


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    kind: str,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return an answer that says what is wrong."""
    told = Problem(
        title=TITLES.get(status, "Error"),
        status=status,
        detail=detail,
        kind=kind,
        instance=request_id(request),
    )
    return JSONResponse(
        told.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def request_id(request: Request) -> str:
    """Return the id of a request."""
    return str(request.scope.get("osler.request_id") or uuid.uuid4())


async def of_ours(request: Request, error: Exception) -> JSONResponse:
    """Answer an error that Osler raised on purpose."""
    assert isinstance(error, OslerError)  # noqa: S101 - registered for these alone
    status = status_of(error)
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = RETRY_AFTER_S
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    detail = str(error)
    if status == 500:
        log.error("request %s: %s", request_id(request), type(error).__name__)
        detail = f"something went wrong on our side; tell the operator {request_id(request)}"
    return problem(request, status, detail, kind=error.kind, headers=headers)


async def of_a_form(request: Request, error: Exception) -> JSONResponse:
    """Answer a request whose parts are not as the documentation says."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for these alone
    faults = "; ".join(_fault(one) for one in error.errors()[:5])
    status = 400 if any(one["type"] == "json_invalid" for one in error.errors()) else 422
    return problem(request, status, f"{faults}; see the API's documentation", kind="invalid")


def _fault(one: Mapping[str, Any]) -> str:
    """Return one fault of a form as a sentence; the value itself is not told."""
    place = ".".join(str(part) for part in one["loc"])
    return f"{place}: {one['msg']}"


async def of_http(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refused."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these alone
    kinds = {404: "not-found", 405: "not-supported", 413: "too-long", 415: "not-supported"}
    kind = kinds.get(error.status_code, "invalid")
    headers = dict(error.headers or {})
    if error.status_code == 405:  # the framework names those of one route alone
        headers["Allow"] = ", ".join(request.app.state.methods_at(request.url.path))
    return problem(request, error.status_code, str(error.detail), kind=kind, headers=headers)


async def of_nobody_foresaw(request: Request, error: Exception) -> JSONResponse:
    """Answer a fault of ours without telling anything of it; the log has its class."""
    told = request_id(request)
    log.error("request %s failed in a way nobody foresaw (%s)", told, type(error).__name__)
    detail = f"something went wrong on our side; tell the operator {told}"
    return problem(request, 500, detail, kind="exception")


def answer_problems(app: FastAPI) -> None:
    """Let every error be answered as a problem."""
    app.add_exception_handler(OslerError, of_ours)
    app.add_exception_handler(RequestValidationError, of_a_form)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, of_nobody_foresaw)
