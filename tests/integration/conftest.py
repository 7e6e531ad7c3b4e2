"""Servers that integration tests share, and the places that records are kept in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from make.kept import Kept, embedded, kept_at, scaled
from make.postgres import Postgres, postgres_server
from make.stores import s3_server
from osler.records import RecordsAt


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Run an S3 server for all tests of the session; its address."""
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL for all tests of the session."""
    with postgres_server() as server:
        yield server


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
