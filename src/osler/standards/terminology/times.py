"""Times as records write them: always with a zone in the end, every assumption named."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from osler.errors import NotReadable

FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?")
DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?"
)


@dataclass(frozen=True)
class Moment:
    """A time in UTC, and what had to be assumed to know it."""

    at: datetime
    repairs: tuple[str, ...] = ()


def read_moment(text: str) -> Moment:
    """Read an ISO 8601 or FHIR dateTime, whole or partial.

    Returns
    -------
    The time in UTC. A date without a time of day stands for its first moment, so that what is
    too old is never taken for fresh; a time without a zone is taken as UTC.

    Raises
    ------
    NotReadable
        The text is no time.
    """
    found = text.strip()
    try:
        if FULL_DATE.fullmatch(found):
            day = date.fromisoformat(found)
            return _start_of(day.year, day.month, day.day)
        partial = PARTIAL.fullmatch(found)
        if partial:
            return _start_of(int(partial[1]), int(partial[2] or 1), 1)
        match = DATE_TIME.fullmatch(found)
        if match:
            return _zoned(datetime.fromisoformat(found), stated=match[1] is not None)
    except (ValueError, OverflowError) as fault:
        raise NotReadable(_sentence(text)) from fault
    raise NotReadable(_sentence(text))


def read_day(text: str) -> date | None:
    """Read a date of birth; None where only the year or the month is stated.

    Raises
    ------
    NotReadable
        The text is no date.
    """
    found = text.strip()
    if PARTIAL.fullmatch(found):
        return None
    try:
        if FULL_DATE.fullmatch(found):
            return date.fromisoformat(found)
        if DATE_TIME.fullmatch(found):
            return datetime.fromisoformat(found).date()
    except ValueError as fault:
        raise NotReadable(_sentence(text)) from fault
    raise NotReadable(_sentence(text))


def _start_of(year: int, month: int, day: int) -> Moment:
    return Moment(
        datetime(year, month, day, tzinfo=UTC),
        ("no time of day stated, taken as the start of the day in UTC",),
    )


def _zoned(found: datetime, *, stated: bool) -> Moment:
    if stated:
        return Moment(found.astimezone(UTC))
    return Moment(found.replace(tzinfo=UTC), ("no time zone stated, taken as UTC",))


def _sentence(text: str) -> str:
    return (
        f"the time is {text[:40]!r}, expected a date and time such as 2026-11-20T08:00:00Z; "
        "correct it at the source"
    )
