"""Small parts that every part of report.json is made of."""

import math
from datetime import UTC, datetime
from typing import Any

from osler.clinical import Code, Draft

Object = dict[str, Any]


def origin_of(instance_uid: str | None, draft: Draft) -> str | None:
    """Name the film that an instance is known by, or the instance where no film is shown."""
    origins = {str(film.instance_uid): film.origin for film in draft.films}
    return origins.get(instance_uid, instance_uid) if instance_uid else None


def code_part(code: Code) -> Object:
    """Describe one code."""
    return {"system": code.system, "code": code.code, "display": code.display}


def finite(value: float) -> float | None:
    """Return a number that JSON has, or null where a bound is open."""
    return value if math.isfinite(value) else None


def time_part(time: datetime | None) -> str | None:
    """Write a time in UTC."""
    return time.astimezone(UTC).isoformat() if time else None
