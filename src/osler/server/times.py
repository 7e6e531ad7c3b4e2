"""Days and times as parameters: as RFC 3339 writes them, and in no other way."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_LAST = datetime.max.replace(tzinfo=UTC)
_FIRST = datetime.min.replace(tzinfo=UTC)


def _day(told: object) -> object:
    """Return a day; a number of seconds is none."""
    if isinstance(told, str) and not _DAY.fullmatch(told):
        raise ValueError("expected a day as 2026-11-25")
    return told


def _time(told: object) -> object:
    """Return a time in UTC, which is also meant where no zone is named."""
    if not isinstance(told, str):
        return told
    parts = _TIME.fullmatch(told)
    if parts is None:
        raise ValueError("expected a time as 2026-11-25T09:30:00Z")
    day, time, fraction, zone = parts.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    # Seconds 60, as RFC 3339 writes a leap second, are the last moment before the next minute.
    time, fraction = (f"{time[:6]}59", "999999") if time.endswith("60") else (time, fraction)
    at = datetime.fromisoformat(f"{day}T{time}.{(fraction or '0')[:6]:0<6}{zone}")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return _FIRST if at.year == 1 else _LAST


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[
    datetime, BeforeValidator(_time), WithJsonSchema({"type": "string", "format": "date-time"})
]
