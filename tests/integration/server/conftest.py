"""The application that tests of the server call: over SQLite, and over PostgreSQL with a bucket."""

from collections.abc import Iterator

import pytest

from make.served import Served, served_at
from osler.records import RecordsAt


@pytest.fixture
def served(at: RecordsAt) -> Iterator[Served]:
    """Return the application over new records."""
    with served_at(at) as one:
        yield one
