"""Monitoring as clients see it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from osler.records.monitoring import Agreement, Alert
from osler.workflow.monitoring import Calibration, Proposal, WatchReport


class WatchShown(BaseModel):
    """One watch: an alarm comes when ``evidence`` reaches ``limit``."""

    name: str = Field(description="films, or the name of a model.")
    films: int = Field(description="Films taken in since it began or last raised an alarm.")
    evidence: float
    limit: float
    changed_at: datetime
    suspects: list[str] = Field(description="The numbers that changed most, first the most.")

    @classmethod
    def of(cls, report: WatchReport) -> "WatchShown":
        """Return a watch as it is shown."""
        return cls(**{**vars(report), "suspects": list(report.suspects)})


class AlertShown(BaseModel):
    """An alert of a watch."""

    alert_id: str
    watch: str
    raised_at: datetime
    films: int
    evidence: float
    suspects: list[str]
    closed_at: datetime | None
    closed_by: str | None
    remark: str | None

    @classmethod
    def of(cls, alert: Alert) -> "AlertShown":
        """Return an alert as it is shown."""
        return cls(**{**vars(alert), "suspects": list(alert.suspects)})


class Closure(BaseModel):
    """What was found when somebody looked into an alert."""

    model_config = ConfigDict(extra="forbid")

    remark: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]


class AgreementShown(BaseModel):
    """How often readers agreed with one output, in one subgroup."""

    model: str
    version: str
    name: str
    sex: str
    reviewed: int
    accepted: int
    changed: int
    rejected: int

    @classmethod
    def of(cls, agreement: Agreement) -> "AgreementShown":
        """Return counts as they are shown."""
        return cls(**vars(agreement))


class CalibrationShown(BaseModel):
    """How an output's probabilities agree with readers' words on its reviewed cases."""

    model: str
    version: str
    name: str
    reviewed: int
    present: int
    mean_probability: float
    brier: float
    error: float = Field(description="Expected calibration error over cases in ten equal parts.")
    error_by_chance: float = Field(
        description="95th percentile of what a perfect model would show on as many cases."
    )
    slope: float = Field(description="1 where all is well.")
    intercept: float = Field(description="0 where all is well.")

    @classmethod
    def of(cls, calibration: Calibration) -> "CalibrationShown":
        """Return a calibration as it is shown."""
        return cls(**vars(calibration))


class ProposalShown(BaseModel):
    """A recalibration that reviewed cases suggest. Nobody has applied it."""

    model: str
    version: str
    name: str
    reviewed: int
    present: int
    slope: float
    intercept: float
    applied: bool = Field(default=False, description="Always false: a person decides.")

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalShown":
        """Return a proposal as it is shown."""
        return cls(**vars(proposal))
