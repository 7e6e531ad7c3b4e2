"""The stores that tests of the records keep objects in."""

from collections.abc import Iterator

import pytest

from make.stores import s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Run an S3 server for all tests of the session; its address."""
    with s3_server() as endpoint:
        yield endpoint
