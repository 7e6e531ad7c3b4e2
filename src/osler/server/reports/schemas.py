"""A signed report as clients see it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from osler.records import ReportRow
from osler.server.judgements import Said


class AddendumShown(BaseModel):
    """What was added after the signature."""

    addendum_id: str
    text: str
    by: str
    at: datetime


class ReportShown(BaseModel):
    """A signed report. Its content is in its files."""

    report_id: str
    draft_id: str
    study_id: str | None
    patient_id: str
    signed_by: str
    signed_at: datetime
    replaces: str | None = Field(description="The report of the same study signed before.")
    replaced_by: str | None = Field(description="The report of the same study signed after.")
    newer_draft: str | None = Field(
        description="The current result of the study, where it is newer than what was signed."
    )
    edition: int = Field(description="1 as signed, one more for each addendum.")
    addenda: list[AddendumShown]

    @classmethod
    def of(cls, row: ReportRow) -> "ReportShown":
        """Return a row as it is shown."""
        values = {name: getattr(row, name) for name in cls.model_fields}
        added = [
            AddendumShown(addendum_id=one.addendum_id, text=one.text, by=one.by, at=one.at)
            for one in row.addenda
        ]
        return cls(**{**values, "addenda": added})


class AddendumOrder(BaseModel):
    """A text to add. The password may be left out where it was given in the last five minutes."""

    model_config = ConfigDict(extra="forbid")

    text: Said
    password: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
