"""HL7's times (DTM, TS): from the year down to fractions of a second, with or without a zone."""

import re
from datetime import UTC, datetime, timedelta, timezone

from osler.errors import NotReadable
from osler.standards.terminology.times import Moment

TIME = re.compile(
    r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.\d{1,6})?(?:([+-])(\d{2})(\d{2}))?"
)


def read_time(stated: str) -> Moment:
    """Read a DTM.

    Returns
    -------
    The time in UTC: a part that is not stated stands for its first moment, a time without a zone
    is taken as UTC, and both are said.

    Raises
    ------
    NotReadable
        The text is no time.
    """
    found = TIME.fullmatch(stated.strip())
    if found is None:
        raise NotReadable(f"the time is {stated[:30]!r}, expected one such as 20261120083000+0100")
    year, month, day, hour, minute, second = (
        int(one) if one else default
        for one, default in zip(found.groups()[:6], (1, 1, 1, 0, 0, 0), strict=True)
    )
    notes = []
    zone = UTC
    if found[7]:
        offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
        zone = timezone(offset if found[7] == "+" else -offset) if offset else UTC
    elif found[4]:
        notes.append("no time zone stated, taken as UTC")
    if not found[4]:
        notes.append("no time of day stated, taken as the start of the day in UTC")
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        return Moment(at.astimezone(UTC), tuple(notes))
    except (ValueError, OverflowError) as fault:
        raise NotReadable(f"the time is {stated[:30]!r}, which no calendar has") from fault
