"""A study as clients see it."""

from datetime import datetime

from pydantic import BaseModel, Field

from osler.records import StudyRow


class StudyShown(BaseModel):
    """A study: no name, no number of its patient; those are read with the patient."""

    study_id: str
    study_uid: str = Field(description="DICOM Study Instance UID.")
    patient_id: str
    state: str = Field(description="receiving, complete, queued, analysed, failed or cancelled.")
    result: str = Field(
        description="none, draft, signed, or newer: there is a result newer than what was signed."
    )
    priority: str
    revision: int = Field(description="Grows with every instance that comes in.")
    instances: int
    modalities: list[str]
    description: str | None
    accession_number: str | None
    study_date: str | None
    source: str
    first_received_at: datetime
    last_received_at: datetime

    @classmethod
    def of(cls, row: StudyRow) -> "StudyShown":
        """Return a row as it is shown."""
        values = {name: getattr(row, name) for name in cls.model_fields}
        return cls(**{**values, "modalities": list(row.modalities)})
