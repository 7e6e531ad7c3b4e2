"""Any noun of ``clinical`` to JSON with its large parts apart, and back, by its type hints.

A dataclass becomes an object with its class under ``type``. Bytes and arrays become a reference
by SHA-256, so that an archive keeps each once. Infinite and undefined floats become words,
because strict JSON has no numbers for them.
"""

import dataclasses
import functools
import hashlib
import math
import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

BlobId = NewType("BlobId", str)
Jsonable = dict[str, "Jsonable"] | list["Jsonable"] | str | int | float | bool | None
Noun = TypeVar("Noun")

_TAG = "type"
_UNORDINARY = ("inf", "-inf", "nan")


def to_json(value: object) -> tuple[Jsonable, dict[BlobId, bytes]]:
    """Return a value as strict JSON, and the bytes that it refers to by SHA-256.

    Raises
    ------
    ValueError
        The value holds something that no noun may hold, or a time without its zone.
    """
    blobs: dict[BlobId, bytes] = {}
    return _encode(value, blobs), blobs


def from_json(kind: type[Noun], jsonable: object, blobs: Mapping[BlobId, bytes]) -> Noun:
    """Return the value of type ``kind`` that ``to_json`` wrote.

    A field that is missing takes its default, so that older documents can be read; a field that
    is not known is refused. Arrays come back read-only.

    Raises
    ------
    ValueError
        The document is not one of this type, or a blob is missing or altered. The message names
        the place.
    """
    return cast(Noun, _Reader(blobs).read(kind, jsonable, kind.__name__))


def _encode(value: object, blobs: dict[BlobId, bytes]) -> Jsonable:
    """Encode one value by what it is."""
    kind: Any = type(value)
    return _encoder(kind)(value, blobs)


@functools.cache
def _encoder(kind: Any) -> "_Encoder":  # noqa: ANN401
    """Return how values of a type are written. A draft holds ten thousand: found once a type."""
    if kind in (types.NoneType, bool):
        return lambda value, _: cast(Jsonable, value)
    for known, encode in _ENCODERS:
        if issubclass(kind, known):
            return encode
    if dataclasses.is_dataclass(kind):
        return functools.partial(_encode_noun, tuple(f.name for f in dataclasses.fields(kind)))
    raise ValueError(f"a {kind.__name__} cannot be written as JSON: nouns hold no such value")


def _encode_noun(names: tuple[str, ...], value: object, blobs: dict[BlobId, bytes]) -> Jsonable:
    """Write the fields of a dataclass under its name."""
    fields = {name: _encode(getattr(value, name), blobs) for name in names}
    return {_TAG: type(value).__name__, **fields}


def _encode_float(value: Any, blobs: object) -> Jsonable:  # noqa: ANN401, ARG001
    """Write a float as a number, or as a word where JSON has no number for it."""
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _encode_time(value: Any, blobs: object) -> Jsonable:  # noqa: ANN401, ARG001
    """Write a time in UTC."""
    if value.tzinfo is None:
        raise ValueError(f"the time {value.isoformat()} has no zone: give it one first")
    return cast(str, value.astimezone(UTC).isoformat())


def _encode_bytes(value: Any, blobs: dict[BlobId, bytes]) -> Jsonable:  # noqa: ANN401
    """Put bytes aside and refer to them."""
    return {"blob": _keep(bytes(value), blobs)}


def _encode_array(value: Any, blobs: dict[BlobId, bytes]) -> Jsonable:  # noqa: ANN401
    """Put an array's values aside, in rows and little-endian, and refer to them."""
    if value.dtype.kind not in "biuf":
        raise ValueError(f"an array of {value.dtype} cannot be written: only numbers and booleans")
    dtype = value.dtype.newbyteorder("<")
    blob = _keep(np.ascontiguousarray(value, dtype=dtype).tobytes(), blobs)
    return {"blob": blob, "dtype": dtype.str, "shape": list(value.shape)}


def _keep(content: bytes, blobs: dict[BlobId, bytes]) -> str:
    """Add bytes to the blobs under their SHA-256 and return it."""
    digest = hashlib.sha256(content).hexdigest()
    blobs[BlobId(digest)] = content
    return digest


_Encoder = Callable[[Any, dict[BlobId, bytes]], Jsonable]
_ENCODERS: tuple[tuple[Any, _Encoder], ...] = (
    (Enum, lambda value, blobs: _encode(value.value, blobs)),
    (str, lambda value, _: str(value)),
    ((int, np.integer), lambda value, _: int(value)),
    ((float, np.floating), _encode_float),
    (datetime, _encode_time),
    (date, lambda value, _: cast(str, value.isoformat())),
    (bytes, _encode_bytes),
    (np.ndarray, _encode_array),
    (tuple, lambda value, blobs: [_encode(item, blobs) for item in value]),
)


@functools.lru_cache(maxsize=256)
def _fields(kind: Any) -> Mapping[str, dataclasses.Field[Any]]:  # noqa: ANN401
    """Return the fields of a dataclass by name."""
    return {field.name: field for field in dataclasses.fields(kind)}


@functools.lru_cache(maxsize=256)
def _hints(kind: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """Return the resolved type of each field."""
    return get_type_hints(kind)


class _Reader:
    """Reads JSON by type; ``where`` names the place for the message."""

    def __init__(self, blobs: Mapping[BlobId, bytes]) -> None:
        self._blobs = blobs

    def read(self, kind: Any, found: object, where: str) -> object:  # noqa: ANN401
        """Read one value of a type."""
        while isinstance(kind, NewType):
            kind = kind.__supertype__
        origin = get_origin(kind)
        if origin in (Union, types.UnionType):
            return self._read_union(get_args(kind), found, where)
        if origin is tuple:
            return self._read_tuple(get_args(kind), found, where)
        if origin is np.ndarray:
            return self._read_array(kind, found, where)
        if dataclasses.is_dataclass(kind):
            return self._read_noun(kind, found, where)
        return self._read_plain(kind, found, where)

    def _read_union(self, kinds: tuple[Any, ...], found: object, where: str) -> object:
        """Read the one member of a union that the value can be."""
        if found is None:
            if types.NoneType in kinds:
                return None
            raise ValueError(f"{where}: found null, expected {_names(kinds)}")
        kinds = tuple(kind for kind in kinds if kind is not types.NoneType)
        if len(kinds) == 1:
            return self.read(kinds[0], found, where)
        tag = found.get(_TAG) if isinstance(found, Mapping) else None
        for kind in kinds:
            if dataclasses.is_dataclass(kind):
                if tag == getattr(kind, "__name__", None):
                    return self.read(kind, found, where)
            elif tag is None and _may_be(kind, found):
                return self.read(kind, found, where)
        raise ValueError(f"{where}: found {_shown(found)}, expected {_names(kinds)}")

    def _read_tuple(self, kinds: tuple[Any, ...], found: object, where: str) -> object:
        """Read a list into a tuple, of any length or of the stated one."""
        if not isinstance(found, list):
            raise ValueError(f"{where}: found {_shown(found)}, expected a list")  # noqa: TRY004
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            kinds = (kinds[0],) * len(found)
        if len(kinds) != len(found):
            raise ValueError(f"{where}: found {len(found)} items, expected {len(kinds)}")
        pairs = zip(kinds, found, strict=True)
        return tuple(self.read(kind, x, f"{where}[{i}]") for i, (kind, x) in enumerate(pairs))

    def _read_noun(self, kind: Any, found: object, where: str) -> object:  # noqa: ANN401
        """Read one dataclass; its own checks hold."""
        if not isinstance(found, Mapping) or found.get(_TAG) != kind.__name__:
            raise ValueError(f"{where}: found {_shown(found)}, expected a {kind.__name__}")
        fields = _fields(kind)
        if unknown := set(found) - set(fields) - {_TAG}:
            raise ValueError(f"{where}: {kind.__name__} has no {_listed(unknown)}")
        missing = {n for n, f in fields.items() if n not in found and not _has_default(f)}
        if missing:
            raise ValueError(f"{where}: {kind.__name__} needs {_listed(missing)}")
        hints = _hints(kind)
        given = [name for name in fields if name in found]
        values = {n: self.read(hints[n], found[n], f"{where}.{n}") for n in given}
        try:
            return cast(object, kind(**values))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error

    def _read_plain(self, kind: Any, found: object, where: str) -> object:  # noqa: ANN401
        """Read a word, number, time, choice or bytes."""
        if kind is bytes:
            return self._blob(found, where)
        if not _may_be(kind, found):
            raise ValueError(f"{where}: found {_shown(found)}, expected {_names((kind,))}")
        try:
            value = _PLAIN[kind](found) if kind in _PLAIN else kind(found)
        except ValueError as error:
            message = f"{where}: found {_shown(found)}, expected {_names((kind,))}"
            raise ValueError(message) from error
        if kind is datetime and value.tzinfo is None:
            raise ValueError(f"{where}: the time has no zone")
        return cast(object, value)

    def _read_array(self, kind: Any, found: object, where: str) -> npt.NDArray[Any]:  # noqa: ANN401
        """Read an array of the type that the hint states."""
        content = self._blob(found, where)
        described = cast(Mapping[str, Any], found)
        wanted = get_args(get_args(kind)[1])
        try:
            dtype = np.dtype(described["dtype"])
            shape = tuple(int(n) for n in described["shape"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{where}: an array needs its dtype and shape") from error
        if dtype.kind not in "biuf" or (wanted and wanted[0] is not Any and dtype != wanted[0]):
            raise ValueError(f"{where}: found an array of {dtype}, expected {_names(wanted)}")
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(content):
            raise ValueError(f"{where}: {len(content)} bytes do not fill {dtype} {shape}")
        return np.frombuffer(content, dtype=dtype).reshape(shape)

    def _blob(self, found: object, where: str) -> bytes:
        """Fetch the bytes that a reference names and check them against it."""
        if not isinstance(found, Mapping) or not isinstance(found.get("blob"), str):
            raise ValueError(f"{where}: found {_shown(found)}, expected a blob")  # noqa: TRY004
        name = BlobId(found["blob"])
        if name not in self._blobs:
            raise ValueError(f"{where}: blob {name} is missing")
        content = self._blobs[name]
        if hashlib.sha256(content).hexdigest() != name:
            raise ValueError(f"{where}: blob {name} was altered: its SHA-256 differs")
        return content


_PLAIN: Mapping[object, Callable[[Any], Any]] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


def _may_be(kind: Any, found: object) -> bool:  # noqa: ANN401
    """Tell whether a JSON value has the shape that a plain type is written in."""
    if isinstance(found, bool) or kind is bool:
        return isinstance(found, bool) and kind is bool
    if kind is float:
        return isinstance(found, (int, float)) or found in _UNORDINARY
    if kind is int:
        return isinstance(found, int)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return any(found == member.value for member in kind)
    return kind in (str, date, datetime) and isinstance(found, str)


def _has_default(field: dataclasses.Field[Any]) -> bool:
    """Tell whether a field may be left out."""
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def _names(kinds: tuple[Any, ...]) -> str:
    """Name the types that were expected."""
    return " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds) or "numbers"


def _listed(names: set[str]) -> str:
    """List names in order."""
    return ", ".join(repr(name) for name in sorted(map(str, names)))


def _shown(found: object) -> str:
    """Describe a JSON value by its kind, never by its content: it may name a patient."""
    if isinstance(found, Mapping):
        return f"an object of type {found.get(_TAG, 'unnamed')!r}"
    return f"a {type(found).__name__}"
