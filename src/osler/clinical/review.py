"""What a person makes of a draft: one act after another, each on one finding."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from osler.clinical.codes import Code, Interval
from osler.clinical.findings import Finding, ModelIdentity
from osler.clinical.identity import InstanceUid


class Act(StrEnum):
    """What a person may do with a finding."""

    ACCEPT = "accept"
    EDIT = "edit"
    REJECT = "reject"
    ADD = "add"


@dataclass(frozen=True)
class Claim:
    """What a model had said of a finding when a person judged it."""

    model: ModelIdentity
    name: str
    display: str
    probability: Interval
    positive: bool

    def is_of(self, finding: Finding) -> bool:
        """Tell whether a finding is the one that this claim was."""
        return (self.model, self.name) == (finding.model, finding.name)


@dataclass(frozen=True)
class Statement:
    """A finding in a person's words. What the person leaves open stays empty.

    ``present`` is False where the person says that it is not there. ``contour`` holds (row,
    column) points in pixels of the picture of ``instance_uid``.
    """

    display: str
    present: bool = True
    code: Code | None = None
    place: str = ""
    certainty: str = ""
    remark: str = ""
    instance_uid: InstanceUid | None = None
    contour: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.display.strip():
            raise ValueError("a statement needs the name of the finding")
        if self.contour and self.instance_uid is None:
            raise ValueError("a contour needs the instance that it is drawn on")


@dataclass(frozen=True)
class Review:
    """One act of a named person on one finding. A later act names the one it supersedes.

    ``claim`` is what a model had said: None for a finding that a person added. Then, and for an
    edit, ``statement`` holds the person's own. Each act on a model's finding speaks of what the
    model said: to accept it after an edit takes the edit back. To reject leaves it out, and says
    nothing of the opposite: that would be an edit with ``present`` False.
    """

    review_id: str
    draft_id: str
    finding_id: str
    act: Act
    by: str
    at: datetime
    why: str = ""
    claim: Claim | None = None
    statement: Statement | None = None
    supersedes: str | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the time of a review needs a zone")
        if not self.by.strip():
            raise ValueError("a review needs the person who made it")
        if self.act is Act.REJECT and not self.why.strip():
            raise ValueError("a finding is rejected for a reason; found none, expected a sentence")
        if self.act is Act.ADD and self.claim is not None:
            raise ValueError("a finding that a model made is accepted, edited or rejected")
        if (self.act in (Act.EDIT, Act.ADD) or self.claim is None) and self.statement is None:
            raise ValueError(f"to {self.act} a finding, a statement is needed; found none")
        if self.act in (Act.ACCEPT, Act.REJECT) and None not in (self.claim, self.statement):
            raise ValueError(f"to {self.act} what a model said takes no statement; edit it instead")

    @property
    def display(self) -> str:
        """The name of the finding that the act is on."""
        if self.statement is not None:
            return self.statement.display
        return self.claim.display if self.claim is not None else ""

    @property
    def present(self) -> bool | None:
        """Whether the finding is there as the person has it; None where it is left out."""
        if self.act is Act.REJECT:
            return None
        if self.statement is not None:
            return self.statement.present
        return self.claim.positive if self.claim is not None else None

    @property
    def agrees(self) -> bool | None:
        """Whether the person agrees with the model; None where no model had said anything."""
        return None if self.claim is None else self.present == self.claim.positive


def in_force(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """Return the acts that no other supersedes, in their order."""
    given = tuple(reviews)
    gone = {one.supersedes for one in given}
    return tuple(one for one in given if one.review_id not in gone)
