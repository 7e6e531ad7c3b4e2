"""A draft as clients see it in lists, and a signature to put under it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from osler.records import DraftRow


class DraftShown(BaseModel):
    """A result of a study, or of a patient's record alone. Its content is its preview as JSON."""

    draft_id: str
    study_id: str | None
    patient_id: str
    job_id: str
    revision: int = Field(description="Of the study, when it was looked at.")
    made_at: datetime
    stored_at: datetime
    supersedes: str | None
    superseded_at: datetime | None = Field(description="Null for the current one.")

    @classmethod
    def of(cls, row: DraftRow) -> "DraftShown":
        """Return a row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class SignatureOrder(BaseModel):
    """A signature. The password may be left out where it was given in the last five minutes."""

    model_config = ConfigDict(extra="forbid")

    password: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


class Signed(BaseModel):
    """The report that a draft has become."""

    report_id: str
    draft_id: str
    signed_by: str
    signed_at: datetime
    replaces: str | None
