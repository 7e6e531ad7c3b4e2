"""The result of a study as clients see it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from osler.workflow.packages import CalibrationCard
from osler.workflow.standing import Calibrated, Standing


class CalibratedShown(BaseModel):
    """How one output of one model was calibrated."""

    model: str
    model_version: str
    model_sha256: str
    name: str
    calibration: CalibrationCard | None = Field(
        description="From the model's card; null where the package is not here any more."
    )

    @classmethod
    def of(cls, one: Calibrated) -> "CalibratedShown":
        """Return it as it is shown."""
        return cls(
            model=one.model,
            model_version=one.version,
            model_sha256=one.sha256,
            name=one.name,
            calibration=one.calibration,
        )


class AssessmentShown(BaseModel):
    """Findings and record weighed together, with the suggestions of written rules."""

    draft_id: str
    study_id: str | None
    patient_id: str
    urgency: dict[str, Any] | None
    weighings: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    recommendations: list[dict[str, Any]] = Field(
        description="Suggestions, each with why, what holds it back (`why_not`), source and "
        "whether a clinician reviewed the rule."
    )
    trends: list[dict[str, Any]]
    notes: list[str]

    @classmethod
    def of(cls, found: Standing) -> "AssessmentShown":
        """Return it as it is shown: the parts of report.json that are the assessment."""
        said = found.document
        return cls(
            draft_id=found.row.draft_id,
            study_id=found.row.study_id,
            patient_id=found.row.patient_id,
            urgency=said["urgency"],
            weighings=said["weighings"],
            scores=said["scores"],
            recommendations=said["recommendations"],
            trends=said["trends"],
            notes=said["notes"],
        )


class ResultShown(BaseModel):
    """The current result of a study, with what people made of it, in the words of report.json."""

    draft_id: str
    study_id: str | None
    patient_id: str
    job_id: str
    revision: int = Field(description="Of the study, when it was looked at.")
    made_at: datetime
    stored_at: datetime
    supersedes: str | None
    report: dict[str, Any] = Field(description="As report.json, by its schema.")
    calibrations: list[CalibratedShown]

    @classmethod
    def of(cls, found: Standing) -> "ResultShown":
        """Return it as it is shown."""
        own = set(cls.model_fields) - {"report", "calibrations"}
        return cls(
            **{name: getattr(found.row, name) for name in own},
            report=found.document,
            calibrations=[CalibratedShown.of(one) for one in found.calibrations],
        )
