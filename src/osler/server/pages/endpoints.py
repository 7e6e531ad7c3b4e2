"""/, /docs and /assets."""

import hashlib
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse
from swagger_ui_bundle import swagger_ui_path

from osler.errors import OslerError
from osler.server.conditional import NOT_CHANGED, IfNoneMatch, is_known, unchanged
from osler.server.identity import anybody
from osler.server.pages.front import DOCS_PAGE, DOCS_SCRIPT, Front, front_page
from osler.server.service import Service, UseService

router = APIRouter(tags=["pages"], dependencies=[Depends(anybody)])
Asset = Literal["swagger-ui.css", "swagger-ui-bundle.js", "docs.js"]
_MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_TEXT = {"schema": {"type": "string"}}
ASSET = {
    200: {
        "description": "The file.",
        "content": {kind.partition(";")[0]: _TEXT for kind in _MEDIA.values()},
    },
    **NOT_CHANGED,
}


@router.get("/", response_class=HTMLResponse)
def get_front_page(service: UseService) -> str:
    """Say what runs here: version, workers, and where the documentation is."""
    workers, waiting = 0, None
    try:
        workers = _living(service)
        waiting = service.own_desk.jobs.waiting()
    except OslerError:
        pass  # the page says that the database does not answer
    return front_page(Front(version("osler"), workers, waiting))


@router.get("/docs", response_class=HTMLResponse)
def get_documentation() -> str:
    """Return the documentation of the API (Swagger UI), to read and to try; nothing is fetched."""
    return DOCS_PAGE


@router.get("/assets/{name}", response_class=Response, responses=ASSET)
def get_asset(name: Asset, if_none_match: IfNoneMatch = None) -> Response:
    """Return a file that a page needs."""
    content, etag = _asset(name)
    if is_known(if_none_match, etag):
        return unchanged(etag)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    return Response(content, media_type=_MEDIA[name.rpartition(".")[2]], headers=headers)


@cache
def _asset(name: Asset) -> tuple[bytes, str]:
    """Return the content of a file, and its ETag."""
    ours = name == "docs.js"
    content = DOCS_SCRIPT.encode() if ours else (swagger_ui_path / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _living(service: Service) -> int:
    """Count the workers whose heart has beaten lately."""
    lately = service.clock() - timedelta(seconds=service.settings.dead_after_seconds)
    return sum(one.beat_at >= lately for one in service.own_desk.workers.list())
