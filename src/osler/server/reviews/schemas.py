"""Acts as clients order them: each with what it needs, and nothing else."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from osler.clinical import Act
from osler.records import FindingId, NewReview
from osler.server.judgements import Id, Said, StatementBody, Text

Why = Annotated[Text, Field(description="For the next reader, and to learn from.")]


class Strict(BaseModel):
    """A body in which unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Accept(Strict):
    """The finding is as it is stated."""

    act: Literal["accept"]
    finding_id: Id
    why: Why = ""

    def value(self) -> NewReview:
        """Return the act."""
        return NewReview(Act.ACCEPT, FindingId(self.finding_id), self.why)


class Edit(Strict):
    """The finding is as the person states it."""

    act: Literal["edit"]
    finding_id: Id
    statement: StatementBody
    why: Why = ""

    def value(self) -> NewReview:
        """Return the act."""
        return NewReview(
            Act.EDIT, FindingId(self.finding_id), self.why, statement=self.statement.value()
        )


class Reject(Strict):
    """The finding is left out, for a reason; nothing is said of the opposite."""

    act: Literal["reject"]
    finding_id: Id
    why: Said

    def value(self) -> NewReview:
        """Return the act."""
        return NewReview(Act.REJECT, FindingId(self.finding_id), self.why)


class Add(Strict):
    """There is a finding that nobody had stated."""

    act: Literal["add"]
    statement: StatementBody
    why: Why = ""

    def value(self) -> NewReview:
        """Return the act."""
        return NewReview(Act.ADD, why=self.why, statement=self.statement.value())


ReviewOrder = Annotated[Accept | Edit | Reject | Add, Field(discriminator="act")]
