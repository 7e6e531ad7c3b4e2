"""Servers that integration tests share."""

from collections.abc import Iterator

import pytest

from make.postgres import Postgres, postgres_server
from make.stores import s3_server


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
