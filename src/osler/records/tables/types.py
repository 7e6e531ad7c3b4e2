"""What the columns of all tables share: the kinds of values, and the names of constraints."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, ForeignKey, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
OPEN_JOB = ("waiting", "claimed", "running")


class Moment(TypeDecorator[datetime]):
    """A time with its zone, kept in UTC. SQLite has no zones: they are put back on reading."""

    impl = DateTime(timezone=True)  # type: ignore[mutable-override] # as SQLAlchemy asks for it
    cache_ok = True  # type: ignore[mutable-override]

    def process_bind_param(  # type: ignore[explicit-override] # typing has it from 3.12 on
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Refuse a time without its zone, which would be wrong by hours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the time {value.isoformat()} has no zone: give it one first")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(  # type: ignore[explicit-override]
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Give the time back in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document = JSON().with_variant(JSONB(), "postgresql")


def identity(name: str) -> Column[str]:
    """Return the primary key column of a table: an id that Osler made."""
    return Column(name, String(36), primary_key=True)


def refers(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[Any]:
    """Return a column that names a row of another table."""
    return Column(name, String(36), ForeignKey(target), nullable=nullable, index=index)
