"""The quality of the data as clients see it."""

from datetime import datetime

from pydantic import BaseModel, Field

from osler.clinical import Quantity
from osler.records import Quality


class RefusalShown(BaseModel):
    """What was turned away, and the sentence that says why."""

    refusal_id: str
    origin: str
    sentence: str
    kind: str = Field(description="A FHIR R4 issue type.")
    source: str
    received_at: datetime


class QuarantinedShown(BaseModel):
    """A job that is not tried again."""

    job_id: str
    study_id: str | None
    patient_id: str
    attempts: int
    reason_kind: str | None
    reason: str | None
    finished_at: datetime | None


class MeasuredShown(BaseModel):
    """A number with its unit."""

    value: float
    unit: str = Field(description="UCUM.")


class ImplausibleShown(BaseModel):
    """A value of a record that cannot be right, and is not used."""

    patient_id: str
    document_id: str
    display: str
    quantity: MeasuredShown | None
    raw: str
    repairs: list[str]
    implausible: str = Field(description="Why.")


class QualityShown(BaseModel):
    """What is kept, counted by state, and the newest of what was not right."""

    since: datetime
    patients: int
    studies: dict[str, int] = Field(description="By state.")
    documents: dict[str, int] = Field(description="By state.")
    refused: dict[str, int] = Field(description="Since `since`, by kind (FHIR R4 issue type).")
    refusals: list[RefusalShown] = Field(description="The newest 20.")
    quarantined: list[QuarantinedShown] = Field(description="The newest 20.")
    results_looked_at: int = Field(description="How many of the newest results: at most 200.")
    stale: dict[str, int] = Field(description="Of those, scores with an item too old, by item.")
    missing: dict[str, int] = Field(description="Of those, scores that lack an item, by item.")
    implausible_count: int = Field(description="At most 10,000: there may be more.")
    implausible: list[ImplausibleShown] = Field(description="The newest 20.")

    @classmethod
    def of(cls, found: Quality) -> "QualityShown":
        """Return it as it is shown."""
        return cls(
            since=found.since,
            patients=found.patients,
            studies=dict(found.studies),
            documents=dict(found.documents),
            refused=dict(found.refused),
            refusals=[RefusalShown(**vars(one)) for one in found.refusals],
            quarantined=[
                QuarantinedShown(**{n: getattr(one, n) for n in QuarantinedShown.model_fields})
                for one in found.quarantined
            ],
            results_looked_at=found.results_looked_at,
            stale=dict(found.stale),
            missing=dict(found.missing),
            implausible_count=found.implausible_count,
            implausible=[
                ImplausibleShown(
                    patient_id=one.patient_id,
                    document_id=one.document_id,
                    display=one.value.code.display or one.value.code.code,
                    quantity=MeasuredShown(**vars(one.value.value))
                    if isinstance(one.value.value, Quantity)
                    else None,
                    raw=one.value.raw,
                    repairs=list(one.value.repairs),
                    implausible=one.value.implausible or "",
                )
                for one in found.implausible
            ],
        )
