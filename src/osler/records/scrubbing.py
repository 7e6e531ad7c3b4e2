"""Look whether every object that the tables name is there and opens."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from osler.errors import Damaged, NotFound, OurFault
from osler.records.ahead import in_turn
from osler.records.objects import ObjectEntry, Objects

MOST_NAMED = 1000
GRACE = timedelta(hours=1)

State = Literal["whole", "missing", "altered", "closed"]


@dataclass(frozen=True)
class Expected:
    """An object that the tables name; ``key`` is None where its patient was forgotten."""

    address: str
    holder: str
    key: bytes | None = field(repr=False)
    may_be_absent: bool = False


@dataclass(frozen=True)
class Found:
    """How many objects, and the addresses of the first thousand."""

    count: int = 0
    addresses: tuple[str, ...] = ()

    def and_one(self, address: str) -> "Found":
        """Return this with one more."""
        named = self.addresses
        if len(named) < MOST_NAMED:
            named = (*named, address)
        return Found(self.count + 1, named)


@dataclass(frozen=True)
class Scrubbed:
    """What a scrub found. ``extra`` ones are harmless: a put whose row was never committed."""

    checked: int
    missing: Found
    extra: Found
    altered: Found

    @property
    def is_clean(self) -> bool:
        """Whether everything that is named is there and opens."""
        return not self.missing.count and not self.altered.count


def scrub(
    objects: Objects,
    expected: Iterable[Expected],
    *,
    now: datetime,
    grace: timedelta = GRACE,
    threads: int = 4,
) -> Scrubbed:
    """Open every expected object, and find those that nothing names.

    Parameters
    ----------
    expected
        In the order of addresses; one that several rows name may come several times. Objects of
        a forgotten patient may be there or not: nobody can open them.
    now
        When the rows of ``expected`` began to be read.
    grace
        An object younger than this at ``now`` is never called extra: its row may be about to be
        committed.

    Raises
    ------
    TryLater
        The store went away; nothing can be said about what was not read.
    OurFault
        ``expected`` is not in order.
    """
    listed = _Listing(objects.list(), before=now - grace)
    checked, missing, altered = 0, Found(), Found()
    with ThreadPoolExecutor(threads) as pool:
        states = in_turn(pool, lambda one: (one.address, _state(objects, one)), _in_order(expected))
        for address, state in states:
            listed.pass_by(address)
            checked += state != "closed"
            if state == "missing":
                missing = missing.and_one(address)
            elif state == "altered":
                altered = altered.and_one(address)
    listed.pass_by(None)
    return Scrubbed(checked, missing, listed.extra, altered)


class _Listing:
    """Walks along the listing beside the expected ones, and counts what is only in the listing."""

    def __init__(self, entries: Iterator[ObjectEntry], *, before: datetime) -> None:
        self._entries = entries
        self._before = before
        self._next = next(entries, None)
        self.extra = Found()

    def pass_by(self, address: str | None) -> None:
        """Go on to behind an address that is expected; None goes to the end."""
        while self._next is not None and (address is None or self._next.address <= address):
            if self._next.address != address and self._next.modified < self._before:
                self.extra = self.extra.and_one(self._next.address)
            self._next = next(self._entries, None)


def _in_order(expected: Iterable[Expected]) -> Iterator[Expected]:
    """Yield each object once, after making sure that no address comes before the last."""
    last = ""
    for one in expected:
        if one.address < last:
            raise OurFault(f"object {one.address} comes after {last}, need the order of addresses")
        if one.address != last:
            yield one
        last = one.address


def _state(objects: Objects, one: Expected) -> State:
    """Say how it is with one object."""
    if one.key is None:
        return "closed"
    try:
        objects.get(one.address, holder=one.holder, key=one.key)
    except NotFound:
        return "closed" if one.may_be_absent else "missing"
    except Damaged:
        return "altered"
    return "whole"
