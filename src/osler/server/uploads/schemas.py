"""An upload as clients see it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from osler.records import Upload

MOST_BYTES = 2_000_000_000
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

FileName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        pattern=PRINTABLE,
        description="Its file name, as the user knows it.",
    ),
]
SourceName = Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE)]
Priority = Literal["urgent", "routine"]


class UploadOrder(BaseModel):
    """An upload to begin."""

    model_config = ConfigDict(extra="forbid")

    name: FileName
    size: Annotated[int, Field(ge=1, le=MOST_BYTES, description="Bytes in all.")]
    source: SourceName = "web"
    priority: Priority = "routine"


class UploadShown(BaseModel):
    """An upload. ``outcome`` says what became of it, in the words of `osler collect files`."""

    upload_id: str
    name: str
    size: int
    received: int = Field(description="Bytes that are on disk: the next part begins here.")
    state: str = Field(description="open, done or refused.")
    outcome: dict[str, Any] | None
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, upload: Upload) -> "UploadShown":
        """Return an upload as it is shown."""
        return cls(**{name: getattr(upload, name) for name in cls.model_fields})


class WholeShown(BaseModel):
    """What became of a file that was sent in one request, as of an upload that has ended."""

    state: str = Field(description="done or refused.")
    outcome: dict[str, Any]
