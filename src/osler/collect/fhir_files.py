"""FHIR in files: the JSON objects of JSON, NDJSON and either packed by gzip, one at a time."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from osler.clinical import Refusal
from osler.collect.folder import found_at
from osler.collect.limits import Limits
from osler.collect.portions import TurnedAway
from osler.errors import NotReadable, NotSupported, OslerError, TooLarge

GZIP = b"\x1f\x8b"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
Numbered = tuple[int, bytes]
ACCEPTED = "expected a FHIR R4 resource or Bundle as JSON, or NDJSON with one a line"


@dataclass(frozen=True)
class Placed:
    """One JSON object, its bytes, and the place it stands at."""

    place: str
    content: bytes
    document: dict[str, Any]


def objects_of(paths: Sequence[Path], limits: Limits) -> Iterator[Placed | TurnedAway]:
    """Yield each JSON object under the paths; what is none, or no file, counts once."""
    seen: set[Path] = set()
    for path in paths:
        for found in found_at(path, limits, seen):
            if isinstance(found, Refusal):
                yield TurnedAway(found)
            elif found.path is not None:
                yield from _objects(found.path, found.origin, limits)


def _objects(path: Path, origin: str, limits: Limits) -> Iterator[Placed | TurnedAway]:
    """Yield the objects of one file. A damaged end costs what stands behind it."""
    try:
        with closing(_opened(path)) as stream:
            lines = _numbered(stream, limits)
            first, second = next(lines, None), next(lines, None)
            if second is None or not (_is_object(first) or _is_object(second)):
                yield _whole(_rest(first, second, stream, limits=limits), origin, limits)
                return
            begun = [one for one in (first, second) if one is not None]
            for number, line in chain(begun, lines):
                yield _line(line, f"{origin}, line {number}")
    except (OSError, EOFError, zlib.error) as fault:
        error = NotReadable(f"{origin}: cannot be read to its end ({fault}); send it again")
        yield TurnedAway.of(origin, error)
    except OslerError as error:
        yield TurnedAway.of(origin, error)


def _opened(path: Path) -> IO[bytes]:
    """Open a file, unpacked where it is gzip."""
    with path.open("rb") as looked:
        packed = looked.read(2) == GZIP
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _numbered(stream: IO[bytes], limits: Limits) -> Iterator[Numbered]:
    """Yield the lines that are not empty, each with its number."""
    number = 0
    while line := stream.readline(limits.file_bytes + 1):
        number += 1
        if line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield number, line


def _is_object(numbered: Numbered | None) -> bool:
    """Tell whether a line is a whole JSON object."""
    return numbered is not None and isinstance(_decoded(numbered[1]), dict)


def _rest(
    first: Numbered | None, second: Numbered | None, stream: IO[bytes], *, limits: Limits
) -> bytes:
    """Return a file that is no NDJSON as one."""
    begun = [line for one in (first, second) if one is not None for line in one[1:]]
    return b"".join([*begun, stream.read(limits.file_bytes)])


def _decoded(line: bytes) -> object | None:
    """Return the JSON of a line, None where it is none by itself."""
    try:
        return cast("object", json.loads(line.decode("utf-8-sig")))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return None


def _line(line: bytes, place: str) -> Placed | TurnedAway:
    """Return the object of a line."""
    found = _decoded(line)
    if found is None:
        error = NotReadable(f"{place}: not JSON; {ACCEPTED}")
        return TurnedAway.of(place, error, content=line)
    return _placed(found, line, place)


def _whole(content: bytes, origin: str, limits: Limits) -> Placed | TurnedAway:
    """Read a file that is one JSON document over several lines."""
    if len(content) > limits.file_bytes:
        sentence = f"{origin}: more than {limits.file_bytes} bytes in one JSON document, the limit"
        return TurnedAway.of(origin, TooLarge(f"{sentence}; export it as NDJSON"))
    text = ""
    try:
        text = content.decode("utf-16" if content[:2] in UTF16 else "utf-8-sig")
        decoded = json.loads(text)
    except UnicodeDecodeError as fault:
        error: OslerError = NotReadable(f"{origin}: not text in UTF-8 ({fault.reason}); {ACCEPTED}")
    except RecursionError:
        error = NotReadable(f"{origin}: JSON nested too deeply; {ACCEPTED}")
    except json.JSONDecodeError as fault:
        error = _no_json(text, origin, fault)
    else:
        return _placed(decoded, content, origin)
    return TurnedAway.of(origin, error, content=content)


def _no_json(text: str, origin: str, fault: json.JSONDecodeError) -> OslerError:
    """Return the refusal of what is not JSON."""
    if text.lstrip().startswith("<"):
        return NotSupported(f"{origin}: this looks like XML; {ACCEPTED}")
    if not text.strip():
        return NotReadable(f"{origin}: the file is empty; {ACCEPTED}")
    place = f"line {fault.lineno}, column {fault.colno}"
    return NotReadable(f"{origin}, {place}: not JSON ({fault.msg}); {ACCEPTED}")


def _placed(decoded: object, content: bytes, place: str) -> Placed | TurnedAway:
    """Return an object at its place, or the refusal of what is none."""
    if isinstance(decoded, dict):
        return Placed(place, content.strip(b"\xef\xbb\xbf\r\n"), decoded)
    error = NotReadable(f"{place}: JSON, but no object; {ACCEPTED}")
    return TurnedAway.of(place, error, content=content)
