"""Hold a resource against the published JSON Schema of FHIR R4.

The schema knows structure, data types and required codes; it knows no terminology, invariants,
profiles or targets of references. ``_generated/origin.md`` says where it comes from.
"""

import json
import lzma
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from osler.errors import OurFault

REFERENCE = "$ref"
PREFIX = "#/definitions/"
# The schema refers to two definitions it does not hold, and to all resources wherever one may be
# contained: those are checked one by one instead, so that a fault is named where it lies.
STUBS: Mapping[str, Any] = {
    "Resource": {"type": "object"},
    "integer64": {"type": ["integer", "string"]},
    "ResourceList": {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"type": "string"}},
    },
}


def validate(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the faults of a resource, each with its place; none where it is valid R4.

    Contained resources and the entries of a Bundle are checked as well.

    Parameters
    ----------
    resource
        Decoded JSON.
    """
    return tuple(_faults(resource, ""))


def envelope_faults(bundle: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the faults of a Bundle itself, whatever its entries hold."""
    return tuple(_own_faults(bundle, "Bundle"))


def _own_faults(resource: Mapping[str, Any], here: str) -> Iterator[str]:
    """Yield the faults of a resource without those of the resources inside it."""
    for error in _validator(str(resource.get("resourceType"))).iter_errors(resource):
        path = ".".join(str(step) for step in error.instance_path)
        yield f"{here}{'.' if path else ''}{path}: {error.message[:300]}"


def _faults(resource: object, place: str) -> Iterator[str]:
    """Yield the faults of a resource and of those inside it."""
    if not isinstance(resource, dict):
        yield f"{place or 'the resource'}: not an object"
        return
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not _is_resource_type(kind):
        yield f"{place or 'the resource'}: resourceType is {kind!r}, which is no R4 resource"
        return
    here = f"{place}{kind}"
    yield from _own_faults(resource, here)
    for inner_place, inside in _inside(resource):
        yield from _faults(inside, f"{here}.{inner_place}: ")


def _inside(resource: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield contained resources and those of a Bundle's entries, each with its place."""
    for index, contained in enumerate(_listed(resource.get("contained"))):
        yield f"contained[{index}]", contained
    if resource.get("resourceType") != "Bundle":
        return
    for index, entry in enumerate(_listed(resource.get("entry"))):
        if isinstance(entry, dict) and "resource" in entry:
            yield f"entry[{index}].resource", entry["resource"]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


@cache
def _definitions() -> Mapping[str, Any]:
    path = files("osler.standards.fhir") / "_generated" / "fhir.schema.json.xz"
    schema = json.loads(lzma.decompress(path.read_bytes()))
    return {**{name: _object(part) for name, part in schema["definitions"].items()}, **STUBS}


def _object(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask for an object where a definition lists properties: the schema forgets to."""
    return {"type": "object", **definition} if "properties" in definition else definition


@cache
def _is_resource_type(kind: str) -> bool:
    definition = _definitions().get(kind, {})
    properties = definition.get("properties", {})
    return bool(properties.get("resourceType", {}).get("const") == kind)


@cache
def _validator(kind: str) -> jsonschema_rs.Validator:
    """Build the validator of one resource type from the definitions that it needs."""
    definitions = _definitions()
    needed: dict[str, Any] = {}
    waiting = [kind]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        if name not in definitions:
            raise OurFault(f"the FHIR schema refers to {name!r}, which it does not define")
        needed[name] = definitions[name]
        waiting += _referred(definitions[name])
    schema = {
        "$schema": "http://json-schema.org/draft-06/schema#",
        REFERENCE: f"{PREFIX}{kind}",
        "definitions": needed,
    }
    return jsonschema_rs.validator_for(schema)


def _referred(part: object) -> Iterator[str]:
    """Yield the names of the definitions that a part of the schema refers to."""
    if isinstance(part, dict):
        target = part.get(REFERENCE)
        if isinstance(target, str) and target.startswith(PREFIX):
            yield target.removeprefix(PREFIX)
        for value in part.values():
            yield from _referred(value)
    elif isinstance(part, list):
        for value in part:
            yield from _referred(value)
