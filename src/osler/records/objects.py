"""The object store: content by a keyed hash of itself, sealed under the key of its holder.

The address is an HMAC over the holder and the SHA-256 of the content: equal content of one
patient is kept once, and nobody can tell from outside that two patients have the same.
"""

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from osler.errors import Damaged, Misuse, NotAllowed, NotFound
from osler.records.buckets import BucketPlace
from osler.records.folders import FolderPlace
from osler.records.keys import MasterKey
from osler.records.places import MARKER, Place
from osler.records.sealing import MARK, OVERHEAD_BYTES, seal, seal_parts, unseal

FORMAT = 1
_ADDRESS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Kept:
    """What was put: where it is, and SHA-256 (hexadecimal) and size (bytes) of the content."""

    address: str
    sha256: str
    size: int


@dataclass(frozen=True)
class ObjectEntry:
    """One object of a listing; ``sealed_size`` in bytes, as it lies there."""

    address: str
    sealed_size: int
    modified: datetime


@dataclass(frozen=True)
class Objects:
    """The objects in one place. May be used by many threads at once.

    Every method may raise TryLater (disk full or read-only, store away) or NotAllowed (the
    system or the store does not permit it).
    """

    place: Place
    store_id: str
    _address_key: bytes = field(repr=False)

    @classmethod
    def open(
        cls,
        where: str,
        *,
        master: MasterKey,
        create: bool,
        options: Mapping[str, str] | None = None,
    ) -> Self:
        """Open the objects in a folder or in ``s3://bucket/prefix``.

        A small sealed marker tells a place of ours from any other, and one master key from
        another, before anything is read or written under the wrong one.

        Raises
        ------
        NotFound
            Nothing is there, and nothing was to be made.
        Misuse
            The place holds something else, or cannot be named so.
        NotAllowed
            The objects there were sealed under another master key.
        """
        place = _place(where, create=create, options=options or {})
        return cls(place, _identified(place, master, create=create), master.derive("address"))

    def put(self, content: bytes, *, holder: str, key: bytes, durable: bool = True) -> Kept:
        """Keep content. It is on the disk, file and folder, when this returns.

        Without ``durable`` it may be lost with the power, but is never half there. An object
        that is there already is left alone if it opens, and written anew if it does not.

        Raises
        ------
        TooLarge
            More than 2 GiB.
        """
        digest = hashlib.sha256(content).digest()
        kept = Kept(self._address(b"content", digest, holder=holder), digest.hex(), len(content))
        path = _path(kept.address)
        if not self.place.may_hold(path) or not self._opens(kept.address, holder=holder, key=key):
            parts = seal_parts(content, key, bound_to=_bound(kept.address, holder))
            self.place.write(path, parts, durable=durable)
        elif durable:
            self.place.settle(path)
        return kept

    def put_named(
        self, name: str, content: bytes, *, holder: str, key: bytes, durable: bool = True
    ) -> Kept:
        """Keep content under a name, in place of what was kept under it before."""
        address = self.address_of_name(name, holder=holder)
        parts = seal_parts(content, key, bound_to=_bound(address, holder))
        self.place.write(_path(address), parts, durable=durable)
        return Kept(address, hashlib.sha256(content).hexdigest(), len(content))

    def address_of(self, sha256: str, *, holder: str) -> str:
        """Return the address of content whose SHA-256 (hexadecimal) is known."""
        return self._address(b"content", bytes.fromhex(sha256), holder=holder)

    def address_of_name(self, name: str, *, holder: str) -> str:
        """Return the address of what is kept under a name."""
        return self._address(b"name", hashlib.sha256(name.encode()).digest(), holder=holder)

    def get(self, address: str, *, holder: str, key: bytes) -> bytes:
        """Return the content at an address.

        Raises
        ------
        NotFound
            Nothing is there.
        Damaged
            What is there is not what was put: altered, cut, or under another key or holder.
        """
        return self.open_raw(address, self._sealed(address), holder=holder, key=key)

    def open_raw(
        self, address: str, sealed: bytes | memoryview, *, holder: str, key: bytes
    ) -> bytes:
        """Return the content of sealed bytes that lie, or are to lie, at an address.

        Raises
        ------
        Damaged
            They are not what was put there.
        """
        return unseal(sealed, key, bound_to=_bound(address, holder))

    def delete(self, address: str) -> None:
        """Remove an object; one that is absent is fine. A crash may bring it back, sealed."""
        self.place.delete(_path(address))

    def list(self) -> Iterator[ObjectEntry]:
        """Yield all objects in the order of their addresses, in bounded memory."""
        for entry in self.place.list():
            address = entry.path.rpartition("/")[2]
            if _ADDRESS.fullmatch(address) and entry.path == _path(address):
                yield ObjectEntry(address, entry.size, entry.modified)

    def raw(self, address: str) -> bytes:
        """Return the sealed bytes at an address as they lie there, unopened."""
        return bytes(self._sealed(address))

    def put_raw(self, address: str, sealed: bytes, *, durable: bool = True) -> None:
        """Put sealed bytes as they are at their address; they open only if they belong there."""
        if len(sealed) < OVERHEAD_BYTES or not sealed.startswith(MARK):
            raise Damaged(f"object {address}: {len(sealed)} bytes that are not a sealed object")
        self.place.write(_path(address), (sealed,), durable=durable)

    def free_bytes(self) -> int | None:
        """Return the free space of a folder, None for a bucket."""
        return self.place.free_bytes()

    def clear_leftovers(self, *, older_than: datetime) -> int:
        """Remove what writers that were killed left behind; return how many files.

        Give a time before which no writer that still lives can have begun.
        """
        return self.place.clear_leftovers(older_than=older_than)

    def _address(self, kind: bytes, digest: bytes, *, holder: str) -> str:
        """Return the keyed hash; kind and digest have no free length, so nothing is ambiguous."""
        text = kind + b"\0" + digest + holder.encode()
        return hmac.digest(self._address_key, text, "sha256").hex()

    def _sealed(self, address: str) -> memoryview:
        """Return the sealed bytes at an address."""
        found = self.place.read(_path(address))
        if found is None:
            raise NotFound(
                f"object {address} is not in the store; restore it from a backup "
                "(osler records restore)"
            )
        return found

    def _opens(self, address: str, *, holder: str, key: bytes) -> bool:
        """Say whether an object is there and whole."""
        try:
            self.get(address, holder=holder, key=key)
        except (NotFound, Damaged):
            return False
        return True


def _path(address: str) -> str:
    """Return where an address lies, from the top of the place."""
    if not _ADDRESS.fullmatch(address):
        raise Misuse(f"{address!r} is no address of an object, need 64 hexadecimal digits")
    return f"{address[:2]}/{address}"


def _bound(address: str, holder: str) -> str:
    """Return what an object's seal is bound to."""
    return f"object {address} of {holder}"


def _place(where: str, *, create: bool, options: Mapping[str, str]) -> Place:
    """Return the place that a setting names."""
    if where.startswith("s3://"):
        return BucketPlace.open(where, options)
    if "://" in where:
        raise Misuse(f"objects are kept in a folder or in s3://bucket/prefix, not in {where}")
    if options:
        raise Misuse(
            f"the options {', '.join(sorted(options))} are for s3://…, but objects are kept in "
            f"the folder {where}; remove the options"
        )
    return FolderPlace.open(Path(where), create=create)


def _identified(place: Place, master: MasterKey, *, create: bool) -> str:
    """Return the id of the store in a place, after making its marker if need be."""
    key = master.derive("store")
    found = place.read(MARKER)
    if found is None and not create:
        raise NotFound(
            f"{place.name} holds no objects of Osler; see that the setting names their place, and "
            "that its disk is mounted"
        )
    if found is None:
        found = _marked(place, key)
    try:
        marker = json.loads(unseal(found, key, bound_to=MARKER))
    except Damaged as error:
        raise NotAllowed(
            f"the objects in {place.name} do not open with this master key (its fingerprint is "
            f"{master.fingerprint()}); give the key under which they were put"
        ) from error
    if marker["format"] != FORMAT:
        raise Misuse(f"{place.name} is in format {marker['format']}, need {FORMAT}: update Osler")
    place.prepare()
    return str(marker["store"])


def _marked(place: Place, key: bytes) -> memoryview:
    """Make the marker of an empty place, or take that of whoever was faster; return it."""
    if place.is_empty():
        text = json.dumps({"format": FORMAT, "store": str(uuid.uuid4())}).encode()
        place.create(MARKER, seal(text, key, bound_to=MARKER))
    found = place.read(MARKER)
    if found is None:
        raise Misuse(f"{place.name} holds other things and no marker of Osler; give an empty place")
    return found
