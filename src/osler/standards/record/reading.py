"""The one door for patient records: look at the bytes, then call the reader of their format."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from osler.clinical import Record
from osler.errors import NotReadable, NotSupported
from osler.standards.fhir import read_fhir
from osler.standards.guideline import Guidelines, shipped
from osler.standards.record.opening import open_text
from osler.standards.record.simple_csv import looks_like_csv, read_simple_csv
from osler.standards.record.simple_json import KEYS, read_simple_json
from osler.standards.terminology import Bounds

Placed = tuple[str, dict[str, Any]]
ACCEPTED = "FHIR R4 JSON or NDJSON, or the simple JSON or CSV of docs/reference/record.md"


def read_record(
    content: bytes,
    *,
    origin: str,
    now: datetime | None = None,
    guidelines: Guidelines | None = None,
) -> Record:
    """Read the record of one patient from a document of any format that Osler knows.

    Parameters
    ----------
    content
        The bytes, plain or gzip: a FHIR R4 Bundle, a FHIR resource, FHIR NDJSON, simple JSON or
        simple CSV.
    origin
        The name that the user knows the document by.
    now
        Where given, observations dated after it are flagged; without it nobody is asked for the
        time.
    guidelines
        Where the plausible ranges come from; the shipped ones by default.

    Raises
    ------
    NotReadable
        The bytes are none of these.
    NotSupported
        FHIR in XML.
    IdentityConflict
        Two patients in one document.
    TooLarge
        More bytes than the limit.
    """
    text = open_text(content, origin=origin)
    bounds = _bounds(guidelines)
    documents = _documents(text, origin)
    if documents is None:
        return _read_table(text, origin=origin, bounds=bounds, now=now)
    return _read_documents(documents, origin=origin, bounds=bounds, now=now)


def read_records(
    content: bytes,
    *,
    origin: str,
    now: datetime | None = None,
    guidelines: Guidelines | None = None,
) -> tuple[Record, ...]:
    """Read the records of many patients from NDJSON that holds one Bundle a line.

    Any other document is of one patient and gives one record. Parameters and errors are those of
    ``read_record``; a line that cannot be read stops the reading and is named.
    """
    text = open_text(content, origin=origin)
    bounds = _bounds(guidelines)
    documents = _documents(text, origin)
    if documents is None:
        return (_read_table(text, origin=origin, bounds=bounds, now=now),)
    bundles = [placed for placed in documents if placed[1].get("resourceType") == "Bundle"]
    if len(bundles) < 2:
        return (_read_documents(documents, origin=origin, bounds=bounds, now=now),)
    return tuple(
        read_fhir([("the document", bundle)], origin=f"{origin}, {place}", bounds=bounds, now=now)
        for place, bundle in bundles
    )


def record_kind(content: bytes, *, origin: str) -> str:
    """Return the format of a document that `read_record` reads: 'fhir', 'json' or 'csv'."""
    text = open_text(content, origin=origin)
    if text.lstrip()[:1] not in ("{", "["):
        return "csv"
    return "fhir" if '"resourceType"' in text else "json"


def _bounds(guidelines: Guidelines | None) -> Mapping[str, Bounds]:
    return (guidelines or shipped()).plausible_ranges


def _read_documents(
    documents: list[Placed], *, origin: str, bounds: Mapping[str, Bounds], now: datetime | None
) -> Record:
    """Read JSON objects: FHIR, or the simple format where it is one object of that shape."""
    first = documents[0][1]
    if "resourceType" not in first and KEYS & set(first):
        if len(documents) > 1:
            raise NotReadable(
                f"{origin}: {len(documents)} objects of the simple JSON, expected one; give a "
                "document for each patient"
            )
        return read_simple_json(first, origin=origin, bounds=bounds, now=now)
    return read_fhir(documents, origin=origin, bounds=bounds, now=now)


def _read_table(
    text: str, *, origin: str, bounds: Mapping[str, Bounds], now: datetime | None
) -> Record:
    if text.lstrip().startswith("<"):
        raise NotSupported(f"{origin}: this looks like XML, expected {ACCEPTED}; export it as JSON")
    text = text.lstrip("\r\n")
    if not looks_like_csv(text):
        raise NotReadable(
            f"{origin}: neither JSON nor a CSV whose first line names the columns code and value; "
            f"expected {ACCEPTED}"
        )
    return read_simple_csv(text, origin=origin, bounds=bounds, now=now)


def _documents(text: str, origin: str) -> list[Placed] | None:
    """Return the JSON objects of a document, None where it is not JSON at all."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return [("the document", _object(json.loads(text), origin, "the document"))]
    except json.JSONDecodeError as fault:
        if fault.msg != "Extra data":
            raise NotReadable(
                f"{origin}, line {fault.lineno}, column {fault.colno}: not JSON ({fault.msg}); "
                "export it again"
            ) from fault
    except RecursionError as fault:
        raise NotReadable(f"{origin}: JSON nested too deeply; expected {ACCEPTED}") from fault
    return list(_lines(text, origin))


def _lines(text: str, origin: str) -> Iterator[Placed]:
    """Yield the object of each line of NDJSON."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            decoded = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as fault:
            raise NotReadable(
                f"{origin}, line {number}: not JSON ({fault}); NDJSON needs one object a line"
            ) from fault
        yield f"line {number}", _object(decoded, origin, f"line {number}")


def _object(decoded: object, origin: str, place: str) -> dict[str, Any]:
    if isinstance(decoded, dict):
        return decoded
    raise NotReadable(f"{origin}: {place} is JSON but no object; expected {ACCEPTED}")
