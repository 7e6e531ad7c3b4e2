"""The audit trail as clients see it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from osler.records import AuditEntry
from osler.server.audit.checking import Check


class EntryShown(BaseModel):
    """Who did what, to which row, and how it ended: ids only."""

    chain: str = Field(description="The process that wrote it.")
    seq: int
    at: datetime
    user: str
    purpose: str = Field(description="HL7 v3 PurposeOfUse.")
    action: str
    outcome: str = Field(description="done or not allowed.")
    subject: str | None = Field(description="kind/id.")
    patient_id: str | None
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> "EntryShown":
        """Return an entry as it is shown."""
        values = {name: getattr(entry, name) for name in cls.model_fields}
        return cls(**{**values, "detail": dict(entry.detail)})


class CheckShown(BaseModel):
    """A check of the whole trail."""

    check_id: str
    state: Literal["running", "whole", "damaged", "failed"]
    began_at: datetime
    ended_at: datetime | None
    chains: int | None
    entries: int | None
    faults: list[str] = Field(description="A sentence for each thing that is wrong.")

    @classmethod
    def of(cls, check: Check) -> "CheckShown":
        """Return a check as it is shown."""
        found = check.verified
        state: Literal["running", "whole", "damaged", "failed"] = "running"
        if check.ended_at is not None:
            state = "failed" if found is None else "damaged" if found.faults else "whole"
        faults = list(found.faults) if found is not None else []
        return cls(
            check_id=check.check_id,
            state=state,
            began_at=check.began_at,
            ended_at=check.ended_at,
            chains=found.chains if found is not None else None,
            entries=found.entries if found is not None else None,
            faults=[*faults, *([check.fault] if check.fault is not None else [])],
        )
