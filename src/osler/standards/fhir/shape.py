"""Typed access to decoded JSON: the right kind, or a sentence that says what was found.

Every reader of FHIR goes through these, so that a malformed resource is refused as such and
nothing else in the program has to guess what a stranger's JSON may hold.
"""

from collections.abc import Mapping
from typing import Any

from osler.errors import NotReadable

Json = Mapping[str, Any]


def table(value: object, where: str) -> Json:
    """Return a JSON object."""
    if isinstance(value, dict):
        return value
    raise NotReadable(_sentence(where, value, "an object"))


def listed(holder: Json, key: str) -> tuple[object, ...]:
    """Return the items of a list under a key; none where the key is absent."""
    value = holder.get(key)
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(value)
    raise NotReadable(_sentence(key, value, "a list"))


def tables(holder: Json, key: str) -> tuple[Json, ...]:
    """Return the objects of a list under a key; none where the key is absent."""
    return tuple(table(item, key) for item in listed(holder, key))


def inner(holder: Json, key: str) -> Json | None:
    """Return the object under a key, None where it is absent."""
    value = holder.get(key)
    return None if value is None else table(value, key)


def text(holder: Json, key: str) -> str | None:
    """Return the text under a key, None where it is absent."""
    value = holder.get(key)
    if value is None or isinstance(value, str):
        return value
    raise NotReadable(_sentence(key, value, "text"))


def number(holder: Json, key: str) -> float | None:
    """Return the number under a key, None where it is absent."""
    value = holder.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(value, key)
    raise NotReadable(_sentence(key, value, "a number"))


def _finite(value: float, key: str) -> float:
    """Return a number as float; an integer beyond its range is refused."""
    try:
        return float(value)
    except OverflowError as fault:
        raise NotReadable(f"{key} is a number beyond any measurement; correct it") from fault


def _sentence(where: str, value: object, expected: str) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    found = kinds.get(type(value), "nothing" if value is None else "a number")
    return f"{where} is {found}, expected {expected}; correct it at the source"
