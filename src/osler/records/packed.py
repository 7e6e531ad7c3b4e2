"""A noun of ``clinical`` as one object: its JSON and the blobs it refers to."""

import io
import json
import struct
from typing import TypeVar

from osler.clinical.serial import BlobId, from_json, to_json
from osler.errors import Damaged

Noun = TypeVar("Noun")
_LENGTH = struct.Struct(">Q")


def pack(value: object) -> bytes:
    """Return a noun as bytes: the length and text of its JSON, then each blob likewise."""
    jsonable, blobs = to_json(value)
    text = json.dumps(jsonable, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    parts = [text.encode(), *(part for name in blobs for part in (name.encode(), blobs[name]))]
    return b"".join(piece for part in parts for piece in (_LENGTH.pack(len(part)), part))


def unpack(kind: type[Noun], packed: bytes) -> Noun:
    """Return the noun that ``pack`` wrote.

    Raises
    ------
    Damaged
        The bytes are not those of a noun of this kind.
    """
    try:
        parts = list(_parts(packed))
        blobs = {BlobId(parts[i].decode()): parts[i + 1] for i in range(1, len(parts), 2)}
        return from_json(kind, json.loads(parts[0]), blobs)
    except (ValueError, IndexError, KeyError, TypeError, struct.error) as error:
        raise Damaged(
            f"a kept {kind.__name__} cannot be read back ({error}); expected what this version of "
            "Osler wrote; have the study analysed again (osler jobs retry)"
        ) from error


def _parts(packed: bytes) -> list[bytes]:
    """Return the parts of what was packed."""
    stream, parts = io.BytesIO(packed), []
    while head := stream.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        part = stream.read(length)
        if len(part) != length:
            raise ValueError("it ends too early")
        parts.append(part)
    return parts
