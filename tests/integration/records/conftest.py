"""The places that tests of the records keep things in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from make.kept import Kept, embedded, kept_at, scaled
from osler.records import RecordsAt


@pytest.fixture(params=["embedded", "scaled"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> RecordsAt:
    """Return a place to keep records in: one folder, or PostgreSQL and a bucket."""
    if request.param == "embedded":
        return embedded(tmp_path)
    return scaled(request.getfixturevalue("postgres"), request.getfixturevalue("s3"))


@pytest.fixture
def kept(at: RecordsAt) -> Iterator[Kept]:
    """Return open records."""
    with kept_at(at) as open_ones:
        yield open_ones
