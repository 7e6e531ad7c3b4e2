"""The scrubber finds what is missing, extra and altered, and nothing else."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from osler.errors import OurFault, TryLater
from osler.records.keys import MasterKey
from osler.records.objects import Objects
from osler.records.scrubbing import Expected, Found, scrub

MASTER = MasterKey.of("0b" * 32)
KEY = bytes(range(32))
LATER = timedelta(hours=2)


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    """Return a new, empty folder of objects."""
    return Objects.open(str(tmp_path / "objects"), master=MASTER, create=True)


def later() -> datetime:
    """Return a time at which nothing is young any more."""
    return datetime.now(UTC) + LATER


def put(objects: Objects, count: int) -> list[Expected]:
    """Put objects; return them in the order of their addresses."""
    kept = [objects.put(f"film {i}".encode(), holder="p1", key=KEY) for i in range(count)]
    return sorted((Expected(one.address, "p1", KEY) for one in kept), key=lambda one: one.address)


def test_a_whole_store_is_clean(objects: Objects) -> None:
    """Two rows that name one object are no fault."""
    expected = put(objects, 100)
    found = scrub(objects, [one for one in expected for _ in range(2)], now=later())
    assert found.is_clean
    assert (found.checked, found.missing, found.extra, found.altered) == (
        100,
        Found(),
        Found(),
        Found(),
    )


def test_each_fault_is_named_by_its_address(objects: Objects) -> None:
    """Whoever restores needs to know which film, and whether it is gone or wrong."""
    expected = put(objects, 60)
    missing, altered, extra = expected[0], expected[30], expected[59]
    objects.delete(missing.address)
    sealed = bytearray(objects.raw(altered.address))
    sealed[20] ^= 1
    objects.put_raw(altered.address, bytes(sealed))
    found = scrub(objects, [one for one in expected if one != extra], now=later())
    assert not found.is_clean
    assert found.checked == 59
    assert found.missing == Found(1, (missing.address,))
    assert found.altered == Found(1, (altered.address,))
    assert found.extra == Found(1, (extra.address,))


def test_a_young_object_is_never_called_extra(objects: Objects) -> None:
    """Its row may be about to be committed."""
    put(objects, 3)
    assert scrub(objects, [], now=datetime.now(UTC)).extra.count == 0
    assert scrub(objects, [], now=later()).extra.count == 3


def test_objects_of_a_forgotten_patient_are_no_fault(objects: Objects) -> None:
    """Nobody can open them; whether they still lie there says nothing."""
    there, gone = put(objects, 2)
    objects.delete(gone.address)
    closed = [Expected(one.address, "p1", None) for one in (there, gone)]
    found = scrub(objects, closed, now=later())
    assert found.is_clean
    assert (found.checked, found.extra.count) == (0, 0)


def test_a_thousand_are_named_and_all_are_counted(objects: Objects) -> None:
    """A disk that is lost as a whole must not fill the screen or the memory."""
    gone = [Expected(f"{i:064x}", "p1", KEY) for i in range(1500)]
    found = scrub(objects, gone, now=later())
    assert found.missing.count == 1500
    assert len(found.missing.addresses) == 1000


def test_rows_out_of_order_are_noticed(objects: Objects) -> None:
    """Silently, half of the store would be called extra."""
    expected = put(objects, 2)
    with pytest.raises(OurFault, match="need the order of addresses"):
        scrub(objects, reversed(expected), now=later())


def test_a_store_that_goes_away_is_not_called_missing(objects: Objects, tmp_path: Path) -> None:
    """A scrub that could not look must not say that films are lost."""
    expected = put(objects, 20)

    def rows() -> Iterator[Expected]:
        yield from expected[:10]
        (tmp_path / "objects").rename(tmp_path / "away")
        yield from expected[10:]

    with pytest.raises(TryLater, match="gone"):
        scrub(objects, rows(), now=later())


def test_memory_does_not_grow_with_the_number_of_rows(objects: Objects) -> None:
    """A hospital has millions."""

    def peak(count: int) -> int:
        rows = (Expected(f"{i:064x}", "p1", None) for i in range(count))
        tracemalloc.start()
        scrub(objects, rows, now=later())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(20_000) < peak(2_000) + 200_000
