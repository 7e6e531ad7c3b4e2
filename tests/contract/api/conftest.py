"""Where the application keeps what it serves, on both kinds of database."""

from integration.conftest import at, postgres, s3

__all__ = ["at", "postgres", "s3"]
