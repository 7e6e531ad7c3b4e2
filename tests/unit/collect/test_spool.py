"""What waits for its patient can be read by nobody else."""

import pytest

from osler.collect import spool
from osler.collect.spool import Spool


def test_what_is_put_aside_comes_back_and_lies_sealed_on_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bulk export of a hospital must not lie in a temporary folder for all to read."""
    monkeypatch.setattr(spool, "IN_MEMORY_BYTES", 10)
    texts = [f"Zebedee Quux {number}".encode() for number in range(50)]
    with Spool() as waiting:
        spots = [waiting.add("x", text) for text in texts]
        waiting._file.seek(0)
        assert waiting._file._rolled  # type: ignore[attr-defined] # on disk by now
        assert b"Zebedee" not in waiting._file.read()
        assert [waiting.read(spot) for spot in reversed(spots)] == texts[::-1]
        assert waiting.read(waiting.add("x", b"")) == b""
