"""What people make of findings, as clients send and see it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from osler.clinical import Act, Claim, Code, InstanceUid, Interval, Review, Statement
from osler.server.ids import PATTERN

# No control codes but those that end a line or a cell.
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(max_length=4000, pattern=TEXT)]
Said = Annotated[
    str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\S")
]
Id = Annotated[str, Field(pattern=PATTERN)]
Point = tuple[Annotated[float, Field(ge=0, le=100_000)], Annotated[float, Field(ge=0, le=100_000)]]


class CodeShown(BaseModel):
    """One concept in one code system, given by the system's URI."""

    model_config = ConfigDict(extra="forbid")

    system: Line
    code: Line
    display: Line = ""

    @classmethod
    def of(cls, code: Code) -> "CodeShown":
        """Return a code as it is shown."""
        return cls(system=code.system, code=code.code, display=code.display)


class IntervalShown(BaseModel):
    """A number with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float
    unit: str = Field(description="UCUM; '1' for a share.")

    @classmethod
    def of(cls, interval: Interval, unit: str = "1") -> "IntervalShown":
        """Return an interval as it is shown."""
        return cls(value=interval.value, low=interval.low, high=interval.high, unit=unit)


class Outline(BaseModel):
    """What a person drew on one instance."""

    model_config = ConfigDict(extra="forbid")

    instance_uid: Annotated[str, Field(pattern=r"^[0-9.]{1,64}$")]
    contour: Annotated[
        list[Point],
        Field(min_length=3, max_length=2000, description="(row, column) in pixels of it."),
    ]


class StatementBody(BaseModel):
    """A finding in a person's words. What the person leaves open stays empty."""

    model_config = ConfigDict(extra="forbid")

    display: Annotated[
        str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
    ]
    present: bool = Field(default=True, description="False: the person says that it is not there.")
    code: CodeShown | None = None
    place: Line = ""
    certainty: Line = ""
    remark: Text = ""
    outline: Outline | None = None

    def value(self) -> Statement:
        """Return the statement."""
        drawn = self.outline
        return Statement(
            display=self.display,
            present=self.present,
            code=Code(**self.code.model_dump()) if self.code is not None else None,
            place=self.place,
            certainty=self.certainty,
            remark=self.remark,
            instance_uid=InstanceUid(drawn.instance_uid) if drawn is not None else None,
            contour=tuple(drawn.contour) if drawn is not None else (),
        )

    @classmethod
    def of(cls, said: Statement) -> "StatementBody":
        """Return a statement as it is shown."""
        drawn = None
        if said.instance_uid is not None and said.contour:
            drawn = Outline(instance_uid=said.instance_uid, contour=list(said.contour))
        return cls(
            display=said.display,
            present=said.present,
            code=CodeShown.of(said.code) if said.code is not None else None,
            place=said.place,
            certainty=said.certainty,
            remark=said.remark,
            outline=drawn,
        )


class ClaimShown(BaseModel):
    """What a model had said, when a person judged it."""

    model: str
    model_version: str
    model_sha256: str
    name: str
    display: str
    probability: IntervalShown
    positive: bool = Field(description="At or above the model's operating point.")


def claim_shown(claim: Claim) -> ClaimShown:
    """Return what a model said as it is shown."""
    return ClaimShown(
        model=claim.model.name,
        model_version=claim.model.version,
        model_sha256=claim.model.sha256,
        name=claim.name,
        display=claim.display,
        probability=IntervalShown.of(claim.probability),
        positive=claim.positive,
    )


class ReviewShown(BaseModel):
    """One act of a named person on one finding."""

    review_id: str
    draft_id: str
    finding_id: str
    act: Act
    by: str
    at: datetime
    why: str
    present: bool | None = Field(description="As the person has it; null where it was rejected.")
    agrees: bool | None = Field(description="With the model; null where no model had said it.")
    claim: ClaimShown | None
    statement: StatementBody | None
    supersedes: str | None

    @classmethod
    def of(cls, review: Review) -> "ReviewShown":
        """Return an act as it is shown."""
        claim, said = review.claim, review.statement
        return cls(
            review_id=review.review_id,
            draft_id=review.draft_id,
            finding_id=review.finding_id,
            act=review.act,
            by=review.by,
            at=review.at,
            why=review.why,
            present=review.present,
            agrees=review.agrees,
            claim=claim_shown(claim) if claim is not None else None,
            statement=StatementBody.of(said) if said is not None else None,
            supersedes=review.supersedes,
        )
