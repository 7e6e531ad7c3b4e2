"""The objects of a backup: copied as they lie, listed with their SHA-256, looked at again."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from osler.errors import Damaged, NotFound
from osler.records.ahead import in_turn
from osler.records.backup_form import SectionWriter
from osler.records.objects import Objects
from osler.records.scrubbing import Expected, Found

OBJECTS = "objects"
LISTED = ("address", "sha256", "size")
_THREADS = 4

State = Literal["copied", "left out", "missing", "altered"]


@dataclass
class Copying:
    """Copies objects from one place into another, and lists what it copied."""

    source: Objects
    target: Objects
    listed: SectionWriter
    bytes: int = 0
    missing: Found = field(default_factory=Found)
    altered: Found = field(default_factory=Found)

    def copy(self, expected: Iterable[Expected]) -> None:
        """Copy what is there and opens; note what is not. Each copy is durable."""
        with ThreadPoolExecutor(_THREADS) as pool:
            for address, state, digest, size in in_turn(pool, self._copied, expected):
                if state == "copied":
                    self.listed.add((address, digest, size))
                    self.bytes += size
                elif state == "missing":
                    self.missing = self.missing.and_one(address)
                elif state == "altered":
                    self.altered = self.altered.and_one(address)

    def _copied(self, one: Expected) -> tuple[str, State, str, int]:
        """Copy one object; return its address, how it went, SHA-256 and size as sealed."""
        if one.key is None:
            return one.address, "left out", "", 0
        try:
            sealed = self.source.raw(one.address)
            self.source.open_raw(one.address, sealed, holder=one.holder, key=one.key)
        except NotFound:
            return one.address, "left out" if one.may_be_absent else "missing", "", 0
        except Damaged:
            return one.address, "altered", "", 0
        self.target.put_raw(one.address, sealed)
        return one.address, "copied", hashlib.sha256(sealed).hexdigest(), len(sealed)


def look_at(kept: Objects, listed: Iterable[list[Any]]) -> tuple[Found, Found]:
    """Return which listed objects are missing from a backup, and which were altered."""
    return _each(kept, listed, into=None)


def bring_back(kept: Objects, listed: Iterable[list[Any]], into: Objects) -> tuple[Found, Found]:
    """Put the objects of a backup where they belong; return the missing and altered ones.

    What lies there already, bit for bit, is left as it is.
    """
    return _each(kept, listed, into=into)


def _each(
    kept: Objects, listed: Iterable[list[Any]], *, into: Objects | None
) -> tuple[Found, Found]:
    """Read each object of a backup, and put it into a place if there is one."""

    def work(row: list[Any]) -> tuple[str, State]:
        address, digest, _ = row
        try:
            sealed = kept.raw(address)
        except NotFound:
            return address, "missing"
        if hashlib.sha256(sealed).hexdigest() != digest:
            return address, "altered"
        if into is not None and not _lies_there(into, address, sealed):
            into.put_raw(address, sealed)
        return address, "copied"

    missing, altered = Found(), Found()
    with ThreadPoolExecutor(_THREADS) as pool:
        for address, state in in_turn(pool, work, listed):
            if state == "missing":
                missing = missing.and_one(address)
            elif state == "altered":
                altered = altered.and_one(address)
    return missing, altered


def _lies_there(place: Objects, address: str, sealed: bytes) -> bool:
    """Say whether a place has exactly these bytes at an address."""
    try:
        return place.raw(address) == sealed
    except NotFound:
        return False
