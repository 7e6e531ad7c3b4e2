"""Ids of rows: sortable by the time they were made, so that an index grows at its end."""

import secrets
import threading
import time
import uuid
from typing import NewType

PatientId = NewType("PatientId", str)
StudyId = NewType("StudyId", str)
SeriesId = NewType("SeriesId", str)
InstanceId = NewType("InstanceId", str)
DocumentId = NewType("DocumentId", str)
ObservationId = NewType("ObservationId", str)
DraftId = NewType("DraftId", str)
JobId = NewType("JobId", str)
FindingId = NewType("FindingId", str)
ReviewId = NewType("ReviewId", str)
ReportId = NewType("ReportId", str)


_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a UUID of version 7 (RFC 9562, method 2): milliseconds, then chance that only grows.

    Of two ids made in one process the later one sorts behind, also where the clock stood still or
    was put back.
    """
    global _last  # noqa: PLW0603 - one order for the whole process
    with _lock:
        now = (time.time_ns() // 1_000_000) << 74 | secrets.randbits(74)
        _last = now if now >> 74 > _last >> 74 else _last + 1 + secrets.randbits(32)
        made = _last
    number = made >> 74 << 80 | 0x7 << 76 | (made >> 62 & 0xFFF) << 64
    number |= 0b10 << 62 | made & (1 << 62) - 1
    return str(uuid.UUID(int=number))
