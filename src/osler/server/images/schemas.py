"""Series and instances as clients see them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from osler.records import InstanceRow, SeriesRow

# What is shown of all that was read of the header.
_HEADER = (
    "origin",
    "media_type",
    "modality",
    "sop_class",
    "body_part",
    "view_position",
    "instance_number",
    "manufacturer",
    "burned_in_annotation",
    "has_pixels",
    "frames",
    "warnings",
)


class SeriesShown(BaseModel):
    """A series of a study."""

    series_id: str
    study_id: str
    series_uid: str = Field(description="DICOM Series Instance UID.")
    modality: str | None
    description: str | None
    instances: int

    @classmethod
    def of(cls, row: SeriesRow) -> "SeriesShown":
        """Return a row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class InstanceShown(BaseModel):
    """An instance: what its header says of the image, and nothing of the patient."""

    instance_id: str
    series_id: str
    study_id: str
    instance_uid: str = Field(description="DICOM SOP Instance UID.")
    version: int = Field(description="Grows where another content came under the same UID.")
    is_current: bool
    supersedes: str | None
    sha256: str = Field(description="Of the file as it came.")
    size: int = Field(description="Of the file, in bytes.")
    source: str
    received_at: datetime
    origin: str = Field(description="The file name that the sender knows it by.")
    media_type: str
    modality: str | None
    sop_class: str | None
    body_part: str | None
    view_position: str | None
    instance_number: int | None
    manufacturer: str | None
    burned_in_annotation: bool | None
    has_pixels: bool
    frames: int
    warnings: list[str] = Field(description="Faults that reading recovered from.")

    @classmethod
    def of(cls, row: InstanceRow) -> "InstanceShown":
        """Return a row as it is shown."""
        own = {n: getattr(row, n) for n in cls.model_fields if n not in _HEADER}
        stated: dict[str, Any] = {name: row.header.get(name) for name in _HEADER}
        return cls(**own, **stated)
