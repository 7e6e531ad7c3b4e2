"""The review as a table: each act in force, who, when, why, and what the model had said."""

from osler.clinical import Draft, Review, Statement
from osler.report.reviewing import done
from osler.report.sheet import Column, Table
from osler.report.words import moment, sentence, with_interval


def review_table(draft: Draft) -> Table:
    """List the acts in force in the order in which they were made."""
    columns = (
        Column("Finding", share=1.0),
        Column("Review"),
        Column("By", millimetres=24.0),
        Column("At"),
        Column("Stated, and why", share=1.3),
        Column("AI had", share=1.2),
    )
    return Table(columns, tuple(_row(one) for one in draft.reviews))


def _row(review: Review) -> tuple[str, ...]:
    """Put one act into words."""
    claim = review.claim
    had = "–"  # noqa: RUF001
    if claim is not None:
        side = "above" if claim.positive else "below"
        had = f"{claim.display}, {side} the operating point, {with_interval(claim.probability)}"
    stated = _stated(review.statement) if review.statement is not None else ""
    why = sentence(review.why) if review.why.strip() else ""
    said = " ".join(text for text in (stated, why) if text)
    return (review.display, done(review), review.by, moment(review.at), said, had)


def _stated(said: Statement) -> str:
    """Say what a person stated."""
    presence = "present" if said.present else "not present"
    parts = ", ".join(part for part in (presence, said.certainty, said.place) if part)
    remark = f" {sentence(said.remark)}" if said.remark.strip() else ""
    return f"{sentence(parts)}{remark}"
