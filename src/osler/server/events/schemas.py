"""An event as clients see it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from osler.records import Event, EventKind


class EventShown(BaseModel):
    """One thing that happened: ids only."""

    event_id: int
    at: datetime
    kind: EventKind
    study_id: str | None
    patient_id: str | None
    job_id: str | None
    draft_id: str | None
    detail: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> "EventShown":
        """Return an event as it is shown."""
        values = {name: getattr(event, name) for name in cls.model_fields}
        return cls(**{**values, "detail": dict(event.detail)})
