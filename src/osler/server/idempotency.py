"""Writes that may be repeated: under one Idempotency-Key a request is done once."""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from osler.server.identity import Caller
from osler.server.service import Service

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        description="Yours; repeated with the same request, it gives the same answer.",
    ),
]


def once(
    key: str | None,
    caller: Caller,
    service: Service,
    *,
    request: tuple[Any, ...],
    status: int,
    work: Callable[[], Any],
) -> JSONResponse:
    """Do a write and answer; where its key was answered before, answer that again.

    Parameters
    ----------
    request
        What makes two requests the same: method, path and body.

    Raises
    ------
    Conflict
        The key served another request, or that request is still at work.
    """
    if key is None:
        return JSONResponse(jsonable_encoder(work()), status_code=status)
    told = json.dumps(jsonable_encoder(request), sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(told.encode()).hexdigest()
    before = caller.desk.answers.begin(key, digest, now=service.clock())
    if before is not None:
        return JSONResponse(before.body, status_code=before.status)
    try:
        body = jsonable_encoder(work())
    except BaseException:
        caller.desk.answers.take_back(key)
        raise
    caller.desk.answers.give(key, status, body)
    return JSONResponse(body, status_code=status)
