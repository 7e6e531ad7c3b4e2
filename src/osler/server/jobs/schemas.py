"""A job as clients see it."""

from datetime import datetime

from pydantic import BaseModel, Field

from osler.records import Job


class JobShown(BaseModel):
    """One piece of work: a study to analyse, or a record that brought something new."""

    job_id: str
    kind: str = Field(description="study or record.")
    study_id: str | None
    patient_id: str
    revision: int = Field(description="Of the study, when the work began.")
    priority: str
    state: str = Field(description="waiting, claimed, running, done, quarantined or cancelled.")
    attempts: int
    reason_kind: str | None = Field(description="A FHIR R4 issue type.")
    reason: str | None = Field(description="Why it waits again or was given up.")
    due_at: datetime
    not_before: datetime
    worker_id: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> "JobShown":
        """Return a job as it is shown."""
        return cls(**{name: getattr(job, name) for name in cls.model_fields})
