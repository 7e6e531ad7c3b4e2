"""The places that tests of the worker keep things in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.workflow.ward import Ward, a_ward
from make.postgres import Postgres, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL for all tests of the session."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def ward(request: pytest.FixtureRequest, tmp_path: Path) -> Ward:
    """Return a new ward, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return a_ward(tmp_path)
    return a_ward(tmp_path, request.getfixturevalue("postgres").new_database())


@pytest.fixture
def embedded(tmp_path: Path) -> Ward:
    """Return a new ward on SQLite."""
    return a_ward(tmp_path)


@pytest.fixture
def scaled(postgres: Postgres, tmp_path: Path) -> Ward:
    """Return a new ward on PostgreSQL."""
    return a_ward(tmp_path, postgres.new_database())
