"""An act as clients order it."""

from pydantic import BaseModel, ConfigDict, Field

from osler.clinical import Act
from osler.errors import InputRefused
from osler.records import FindingId, NewReview
from osler.server.judgements import Id, StatementBody, Text


class ReviewOrder(BaseModel):
    """An act on a finding, or a finding to add.

    `reject` needs `why`; `edit` and `add` need `statement`; all but `add` need `finding_id`.
    """

    model_config = ConfigDict(extra="forbid")

    act: Act
    finding_id: Id | None = None
    why: Text = Field("", description="For the next reader, and to learn from.")
    statement: StatementBody | None = None

    def value(self) -> NewReview:
        """Return the act.

        Raises
        ------
        InputRefused
            The statement contradicts itself.
        """
        try:
            said = self.statement.value() if self.statement is not None else None
        except ValueError as error:
            raise InputRefused(f"statement: {error}; nothing was written") from error
        finding_id = FindingId(self.finding_id) if self.finding_id is not None else None
        return NewReview(self.act, finding_id, self.why, said)
