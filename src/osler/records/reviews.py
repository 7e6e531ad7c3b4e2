"""Reviews: what people make of the findings of a draft, one row an act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from osler.clinical import (
    Act,
    Claim,
    Code,
    Interval,
    ModelIdentity,
    Review,
    Statement,
    in_force,
)
from osler.clinical.serial import to_json
from osler.errors import InputRefused, NotFound
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.events import About, EventKind, emit
from osler.records.ids import DraftId, FindingId, PatientId, new_id
from osler.records.open_drafts import draft_row, kept_reviews, open_draft, require_same
from osler.records.study_texts import index_study
from osler.records.tables import findings, predictions, reviews


@dataclass(frozen=True)
class NewReview:
    """What a person wants to do; ``finding_id`` is None for a finding that they add."""

    act: Act
    finding_id: FindingId | None = None
    why: str = ""
    statement: Statement | None = None


@dataclass(frozen=True)
class FindingRow:
    """A finding of a draft as lists show it, with the act on it that is in force.

    ``claim`` is None for a finding that a person added.
    """

    finding_id: FindingId
    draft_id: DraftId
    patient_id: PatientId
    claim: Claim | None
    code: Code | None
    certainty: str
    review: Review | None


@dataclass(frozen=True)
class Reviews:
    """What may be done with reviews, by one actor for one purpose."""

    door: Door

    def make(
        self,
        draft_id: DraftId,
        wanted: NewReview,
        *,
        now: datetime,
        seen: Sequence[str] | None = None,
    ) -> Review:
        """Do one act on one finding; one that is there already is superseded and named.

        Parameters
        ----------
        seen
            The ids of the acts that were in force when the person looked; not checked where None.

        Raises
        ------
        InputRefused
            The act lacks what it needs: a reason, a statement.
        NotFound
            Draft or finding is not there.
        Conflict
            The draft was signed or superseded, or another act was made since ``seen``.
        """
        by = self.door.actor.name

        def work(connection: Connection) -> tuple[Review, Sequence[Subject]]:
            draft = open_draft(connection, draft_id)
            if seen is not None:
                require_same(connection, draft_id, seen)
            review = _review(connection, draft_id, wanted, by=by, now=now)
            _put(connection, review)
            if draft.study_id is not None:
                index_study(connection, draft.study_id)
            about = About(draft.study_id, draft.patient_id, draft.job_id, draft_id)
            told = {
                "review": review.review_id,
                "finding": review.finding_id,
                "act": str(wanted.act),
            }
            emit(connection, EventKind.REVIEW_MADE, about, now=now, detail=told)
            detail = tuple(sorted(told.items()))
            return review, [Subject(f"draft/{draft_id}", draft.patient_id, detail)]

        return self.door.write(Action.REVIEW, work)

    def list(self, draft_id: DraftId) -> tuple[Review, ...]:
        """Return all acts on a draft in their order, those that were superseded too.

        Raises
        ------
        NotFound
            There is no such draft.
        """

        def query(connection: Connection) -> tuple[tuple[Review, ...], Sequence[Subject]]:
            draft = draft_row(connection, draft_id)
            found = kept_reviews(connection, draft_id)
            return found, [Subject(f"draft/{draft_id}", draft.patient_id)]

        return self.door.read(Action.READ_RESULT, query)

    def findings(self, draft_id: DraftId) -> tuple[FindingRow, ...]:
        """Return the findings of a draft: those of models, then those that people added.

        Raises
        ------
        NotFound
            There is no such draft.
        """

        def query(connection: Connection) -> tuple[tuple[FindingRow, ...], Sequence[Subject]]:
            draft = draft_row(connection, draft_id)
            return _findings(connection, draft), [Subject(f"draft/{draft_id}", draft.patient_id)]

        return self.door.read(Action.READ_RESULT, query)

    def finding(self, finding_id: FindingId) -> FindingRow:
        """Return one finding.

        Raises
        ------
        NotFound
            There is none of this id.
        """

        def query(connection: Connection) -> tuple[FindingRow, Sequence[Subject]]:
            draft_id = connection.scalar(
                select(findings.c.draft_id).where(findings.c.finding_id == finding_id)
            ) or connection.scalar(
                select(reviews.c.draft_id).where(reviews.c.finding_id == finding_id).limit(1)
            )
            if draft_id is None:
                raise _absent(finding_id)
            rows = _findings(connection, draft_row(connection, draft_id))
            (found,) = (one for one in rows if one.finding_id == finding_id)
            return found, [Subject(f"draft/{draft_id}", found.patient_id)]

        return self.door.read(Action.READ_RESULT, query)


def _review(
    connection: Connection, draft_id: DraftId, wanted: NewReview, *, by: str, now: datetime
) -> Review:
    """Return the act that is wanted, with what it is about and what it supersedes."""
    claim, before = None, None
    if wanted.act is not Act.ADD:
        claim, before = _known(connection, draft_id, wanted.finding_id)
    elif wanted.finding_id is not None:
        raise InputRefused(
            f"draft {draft_id}: a finding that is added gets an id; found {wanted.finding_id}, "
            "expected none; nothing was written"
        )
    statement = wanted.statement
    if claim is None and statement is None and before is not None:
        statement = before.statement
    try:
        return Review(
            review_id=new_id(),
            draft_id=draft_id,
            finding_id=wanted.finding_id or new_id(),
            act=wanted.act,
            by=by,
            at=now,
            why=wanted.why.strip(),
            claim=claim,
            statement=statement,
            supersedes=before.review_id if before is not None else None,
        )
    except ValueError as error:
        raise InputRefused(f"draft {draft_id}: {error}; nothing was written") from error


def _known(
    connection: Connection, draft_id: DraftId, finding_id: FindingId | None
) -> tuple[Claim | None, Review | None]:
    """Return what a model said of a finding of a draft, and the act on it that is in force."""
    if finding_id is None:
        raise InputRefused(
            f"draft {draft_id}: the act names no finding; expected the id of one (or to add one); "
            "nothing was written"
        )
    row = connection.execute(
        _claimed().where(findings.c.draft_id == draft_id, findings.c.finding_id == finding_id)
    ).one_or_none()
    standing = in_force(kept_reviews(connection, draft_id))
    before = next((one for one in standing if one.finding_id == finding_id), None)
    if row is None and before is None:
        raise _absent(finding_id)
    return (_claim(row) if row is not None else None), before


def _absent(finding_id: str) -> NotFound:
    """Return the error for a finding that is not there."""
    return NotFound(
        f"finding {finding_id} is not one of this draft, or is not kept; expected the id of one "
        "that is; nothing was written"
    )


def _put(connection: Connection, review: Review) -> None:
    """Insert an act."""
    claim = review.claim
    value, _ = to_json(review)
    connection.execute(
        insert(reviews).values(
            review_id=review.review_id,
            draft_id=review.draft_id,
            finding_id=review.finding_id,
            act=str(review.act),
            reviewed_by=review.by,
            reviewed_at=review.at,
            model=claim.model.name if claim is not None else None,
            model_version=claim.model.version if claim is not None else None,
            name=claim.name if claim is not None else None,
            probability=claim.probability.value if claim is not None else None,
            is_positive=claim.positive if claim is not None else None,
            agrees=review.agrees,
            value=value,
            supersedes=review.supersedes,
        )
    )


def _claimed() -> Select[Any]:
    """Return the query for what models said over all films of a study."""
    same = (
        (predictions.c.draft_id == findings.c.draft_id)
        & (predictions.c.model == findings.c.model)
        & (predictions.c.name == findings.c.name)
        & predictions.c.instance_uid.is_(None)
        & predictions.c.is_shadow.is_(False)
    )
    said = predictions.c
    return select(
        findings, said.model_version, said.model_sha256, said.probability, said.low, said.high
    ).join(predictions, same)


def _claim(row: Row[Any]) -> Claim:
    """Return a row as what a model said."""
    return Claim(
        model=ModelIdentity(row.model, row.model_version, row.model_sha256),
        name=row.name,
        display=row.display,
        probability=Interval(row.probability, row.low, row.high),
        positive=row.is_positive,
    )


def _findings(connection: Connection, draft: Row[Any]) -> tuple[FindingRow, ...]:
    """Return the findings of a draft."""
    standing = {one.finding_id: one for one in in_force(kept_reviews(connection, draft.draft_id))}
    rows = connection.execute(
        _claimed().where(findings.c.draft_id == draft.draft_id).order_by(findings.c.finding_id)
    )
    whose = (draft.draft_id, draft.patient_id)
    made = tuple(
        FindingRow(
            FindingId(row.finding_id),
            *whose,
            claim=_claim(row),
            code=Code(row.code_system, row.code, row.display),
            certainty=row.certainty,
            review=standing.get(row.finding_id),
        )
        for row in rows
    )
    added = tuple(_added(one, draft) for one in standing.values() if one.claim is None)
    return (*made, *added)


def _added(review: Review, draft: Row[Any]) -> FindingRow:
    """Return a finding that a person added."""
    statement = review.statement
    return FindingRow(
        FindingId(review.finding_id),
        draft.draft_id,
        draft.patient_id,
        claim=None,
        code=statement.code if statement is not None else None,
        certainty=statement.certainty if statement is not None else "",
        review=review,
    )
