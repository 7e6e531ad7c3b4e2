"""What a named person has signed, and what was added to it afterwards."""

from dataclasses import dataclass
from datetime import datetime

from osler.clinical.draft import Draft


@dataclass(frozen=True)
class Addendum:
    """What a named person added to a report that was signed, and when."""

    addendum_id: str
    report_id: str
    text: str
    by: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("an addendum needs a text")
        if self.at.tzinfo is None:
            raise ValueError("the time of an addendum needs a zone")


@dataclass(frozen=True)
class Report:
    """A draft, with its reviews, that a named person has signed.

    ``replaces`` is the report of the same study that this one takes the place of.
    """

    report_id: str
    draft: Draft
    signed_by: str
    signed_at: datetime
    replaces: str | None = None
    addenda: tuple[Addendum, ...] = ()

    def __post_init__(self) -> None:
        if self.signed_at.tzinfo is None:
            raise ValueError("the time of a signature needs a zone")
        if not self.signed_by.strip():
            raise ValueError("a report needs the person who signed it")
        if any(one.report_id != self.report_id for one in self.addenda):
            raise ValueError("an addendum belongs to another report")

    @property
    def written_at(self) -> datetime:
        """When the last word was signed: the report's own, or its last addendum's."""
        return self.addenda[-1].at if self.addenda else self.signed_at
