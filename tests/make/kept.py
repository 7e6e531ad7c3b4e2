"""Places to keep records in: embedded (SQLite, a folder) or scaled (PostgreSQL, a bucket)."""

# ruff: noqa: ANN401

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from make.dicom import a_file
from make.postgres import Postgres
from make.stores import make_bucket, options_of
from osler.clinical import Instance
from osler.records import (
    SERVICE,
    Actor,
    Desk,
    MasterKey,
    Purpose,
    Records,
    RecordsAt,
    Role,
    open_records,
)
from osler.standards.pictures import read_content

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MASTER = MasterKey.of("5a" * 32)
EVERYONE = frozenset(Role) - {Role.SERVICE}
FIRST_USER = "ada"
_NUMBERS = count()


def embedded(folder: Path, **changes: Any) -> RecordsAt:
    """Return a place in one folder."""
    at = {"database": f"sqlite:///{folder / 'osler.db'}", "objects": str(folder / "objects")}
    return RecordsAt(**{**at, "master": MASTER, "quiet": timedelta(seconds=60), **changes})


def scaled(postgres: Postgres, endpoint: str, **changes: Any) -> RecordsAt:
    """Return a place on servers."""
    bucket = f"kept-{next(_NUMBERS)}"
    make_bucket(endpoint, bucket)
    at = {
        "database": postgres.new_database(),
        "objects": f"s3://{bucket}/osler",
        "objects_options": options_of(endpoint),
    }
    return RecordsAt(**{**at, "master": MASTER, "quiet": timedelta(seconds=60), **changes})


@dataclass(frozen=True)
class Kept:
    """Records that are open, and the desks that tests work at."""

    records: Records

    @property
    def osler(self) -> Desk:
        """Return the desk of Osler's own worker."""
        return self.records.acting(SERVICE, Purpose.TREATMENT)

    @property
    def ada(self) -> Desk:
        """Return the desk of the user who set it up, with every role of a person."""
        return self.records.acting(Actor(FIRST_USER, EVERYONE), Purpose.OPERATIONS)

    def as_role(self, *roles: Role) -> Desk:
        """Return the desk of somebody with these roles."""
        return self.records.acting(Actor("somebody", frozenset(roles)), Purpose.TREATMENT)


@contextmanager
def kept_at(at: RecordsAt) -> Iterator[Kept]:
    """Open records while the block runs."""
    with open_records(at, create=True, first_user=FIRST_USER) as records:
        yield Kept(records)


def an_instance(number: int = 1, *, study: int = 1, **elements: object) -> Instance:
    """Return an instance; another number is another instance, another study another study."""
    named: dict[str, Any] = {
        "SOPInstanceUID": f"2.25.{study}.{number}",
        "SeriesInstanceUID": f"2.25.{study}.0",
        "StudyInstanceUID": f"2.25.{study}",
        "InstanceNumber": number,
    }
    return read_content(a_file(**{**named, **elements}), origin=f"film-{study}-{number}.dcm")
