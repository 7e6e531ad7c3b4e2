"""Whatever bytes come in, the answer is a value or a sentence, never a crash."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from make.dicom import a_dataset, a_file, an_item
from osler.errors import OslerError
from osler.standards.pictures import decode, read_content

WHOLE = a_file(
    a_dataset(
        WindowCenter="5",
        WindowWidth="8",
        RescaleSlope="2",
        RescaleIntercept="-3",
        PatientAge="045Y",
        VOILUTSequence=[
            an_item(LUTDescriptor=[4, 0, 8], LUTData=b"\x00\x00\x50\x00\xa0\x00\xff\x00")
        ],
    )
)
BARE = a_file(part_10=False)

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def look(content: bytes) -> None:
    """Read and decode; let through nothing but our own errors."""
    sentence = "x: refused"
    try:
        instance = read_content(content, origin="x")
        if instance.has_pixels:
            decode(instance, max_pixels_bytes=1_000_000)
    except OslerError as error:
        sentence = str(error)
    assert sentence.startswith("x: ")


@quick
@given(st.binary(max_size=400))
@example(b"")
@example(b"\x08\x00")
@example(bytes(128) + b"DICM")
def test_random_bytes_are_refused_with_a_sentence(content: bytes) -> None:
    """One broken upload must not stop the patients queued behind it."""
    look(content)


@quick
@given(st.integers(0, len(WHOLE)))
def test_a_file_cut_anywhere_is_read_or_refused(length: int) -> None:
    """A transfer that broke off must be told, not guessed at."""
    look(WHOLE[:length])


@quick
@given(st.lists(st.tuples(st.integers(128, len(WHOLE) - 1), st.integers(0, 255)), max_size=8))
def test_a_file_with_flipped_bytes_is_read_or_refused(flips: list[tuple[int, int]]) -> None:
    """A bad disc sector must not take the service down."""
    damaged = bytearray(WHOLE)
    for at, value in flips:
        damaged[at] = value
    look(bytes(damaged))


@quick
@given(st.lists(st.tuples(st.integers(0, len(BARE) - 1), st.integers(0, 255)), max_size=8))
def test_a_bare_data_set_with_flipped_bytes_is_read_or_refused(
    flips: list[tuple[int, int]],
) -> None:
    """Old archives hold objects without file meta information, and old discs rot."""
    damaged = bytearray(BARE)
    for at, value in flips:
        damaged[at] = value
    look(bytes(damaged))


@pytest.mark.parametrize("tail", [b"", b"\0" * 64], ids=["empty", "zeros"])
def test_a_preamble_without_a_data_set_is_refused(tail: bytes) -> None:
    """An empty export looks like a file; it holds nothing that could be looked at."""
    with pytest.raises(OslerError, match="x: "):
        read_content(bytes(128) + b"DICM" + tail, origin="x")
