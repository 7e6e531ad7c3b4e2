"""ETag, If-None-Match and If-Match: nobody overwrites what they have not seen."""

import hashlib
from typing import Annotated, Any, TypeVar

from fastapi import Header, Response
from pydantic import BaseModel

from osler.server.problems import Stale

Shown = TypeVar("Shown", bound=BaseModel)
NOT_CHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Not changed."}}
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="ETag of what the change is based on.")
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="ETag of what the client has.")
]


def etag_of(*parts: object) -> str:
    """Return the ETag of what these parts make up."""
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def etag_of_shown(shown: BaseModel) -> str:
    """Return the ETag of what a client sees."""
    return etag_of(type(shown).__name__, shown.model_dump_json())


def answer(shown: Shown, response: Response, if_none_match: str | None) -> Shown | Response:
    """Return what is to be seen with its ETag, or that nothing has changed."""
    etag = etag_of_shown(shown)
    if is_known(if_none_match, etag):
        return unchanged(etag)
    response.headers["ETag"] = etag
    return shown


def require_fresh(if_match: str | None, etag: str) -> None:
    """Refuse a change based on something else than what is there.

    Raises
    ------
    Stale
        It has changed since.
    """
    if if_match is not None and not _names(if_match, etag):
        raise Stale(
            "this has changed since you read it; expected the ETag of what is there now; read it "
            "again and repeat your change if it still applies"
        )


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Tell whether the client has what is there."""
    return if_none_match is not None and _names(if_none_match, etag)


def unchanged(etag: str) -> Response:
    """Return the answer that nothing has changed."""
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "no-cache"})


def _names(header: str, etag: str) -> bool:
    """Tell whether a header names an ETag."""
    names = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in names or etag in names
