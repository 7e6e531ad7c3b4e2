"""A finding as clients see it."""

from pydantic import BaseModel, Field

from osler.records import FindingRow
from osler.server.judgements import ClaimShown, CodeShown, ReviewShown, claim_shown


class FindingShown(BaseModel):
    """A statement about a patient, by a model or by a person."""

    finding_id: str
    draft_id: str
    patient_id: str
    display: str
    code: CodeShown | None
    certainty: str
    present: bool | None = Field(
        description="As it stands: a person's word, else the model's; null where it was rejected."
    )
    claim: ClaimShown | None = Field(description="What a model said; null if a person added it.")
    review: ReviewShown | None = Field(description="The act in force; null if nobody reviewed it.")

    @classmethod
    def of(cls, row: FindingRow) -> "FindingShown":
        """Return a row as it is shown."""
        claim, review = row.claim, row.review
        said = review.display if review is not None else ""
        standing = claim.positive if claim is not None else None
        return cls(
            finding_id=row.finding_id,
            draft_id=row.draft_id,
            patient_id=row.patient_id,
            display=said or (claim.display if claim is not None else ""),
            code=CodeShown.of(row.code) if row.code is not None else None,
            certainty=row.certainty,
            present=review.present if review is not None else standing,
            claim=claim_shown(claim) if claim is not None else None,
            review=ReviewShown.of(review) if review is not None else None,
        )
