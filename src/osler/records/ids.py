"""Ids of rows: sortable by the time they were made, so that an index grows at its end."""

import secrets
import time
import uuid
from typing import NewType

PatientId = NewType("PatientId", str)
StudyId = NewType("StudyId", str)
InstanceId = NewType("InstanceId", str)
DocumentId = NewType("DocumentId", str)
DraftId = NewType("DraftId", str)
JobId = NewType("JobId", str)


def new_id() -> str:
    """Return a UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, then chance."""
    milliseconds = time.time_ns() // 1_000_000
    chance = secrets.randbits(74)
    number = (milliseconds & (1 << 48) - 1) << 80
    number |= 0x7 << 76 | (chance >> 62) << 64
    number |= 0b10 << 62 | chance & (1 << 62) - 1
    return str(uuid.UUID(int=number))
