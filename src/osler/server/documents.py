"""Reports and previews as files: one form each, under a name without a patient in it."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Response

Kind = Literal["pdf", "html", "json", "fhir"]
MEDIA: Mapping[str, str] = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "fhir": "application/fhir+json",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            "application/pdf": _BINARY,
            "text/html": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
            "application/fhir+json": {"schema": {"type": "object"}},
        },
    },
    304: {"description": "Not changed."},
}


def file(content: bytes, kind: Kind, *, name: str, etag: str) -> Response:
    """Return a file to be saved, never to be run in the page that asked for it."""
    ending = "fhir.json" if kind == "fhir" else kind
    return Response(
        content,
        media_type=MEDIA[kind],
        headers={"ETag": etag, "Content-Disposition": f'attachment; filename="{name}.{ending}"'},
    )
