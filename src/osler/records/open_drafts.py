"""Drafts that may still be reviewed and signed: the current result, not signed yet."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from osler.clinical import Review, in_force
from osler.clinical.serial import from_json
from osler.errors import Conflict, NotFound
from osler.records.tables import drafts, reports, reviews


def draft_row(connection: Connection, draft_id: str, *, held: bool = False) -> Row[Any]:
    """Return the row of a draft; ``held`` keeps others from changing it until the end.

    Raises
    ------
    NotFound
        There is none of this id.
    """
    query = select(drafts).where(drafts.c.draft_id == draft_id)
    row = connection.execute(query.with_for_update() if held else query).one_or_none()
    if row is None:
        raise NotFound(
            f"draft {draft_id} is not there, or was deleted with its patient; expected the id of a "
            "result that is kept (osler records show STUDY)"
        )
    return row


def open_draft(connection: Connection, draft_id: str) -> Row[Any]:
    """Return the row of a draft that may be reviewed and signed, held until the end.

    Raises
    ------
    NotFound
        There is none of this id.
    Conflict
        It was signed, or a newer result has superseded it.
    """
    row = draft_row(connection, draft_id, held=True)
    signed = connection.execute(select(reports).where(reports.c.draft_id == draft_id)).one_or_none()
    if signed is not None:
        raise Conflict(
            f"draft {draft_id} was signed by {signed.signed_by} at {signed.signed_at.isoformat()} "
            f"(report {signed.report_id}); nothing was written; what is missing goes into an "
            "addendum"
        )
    if row.superseded_at is not None:
        newer = newest_after(connection, row)
        raise Conflict(
            f"draft {draft_id} was superseded at {row.superseded_at.isoformat()} by "
            f"{newer or 'a newer result'}; expected the current one; nothing was written; read "
            "that one"
        )
    return row


def newest_after(connection: Connection, row: Row[Any]) -> str | None:
    """Return the current draft that came in the place of one; None where it is current itself."""
    if row.superseded_at is None:
        return None
    later = (drafts.c.patient_id == row.patient_id) & (drafts.c.stored_at >= row.superseded_at)
    same = drafts.c.study_id == row.study_id if row.study_id is not None else later
    query = select(drafts.c.draft_id).where(same, drafts.c.superseded_at.is_(None))
    return connection.scalar(query.order_by(drafts.c.stored_at.desc()).limit(1))


def kept_reviews(connection: Connection, draft_id: str) -> tuple[Review, ...]:
    """Return all acts on a draft, in their order."""
    values = connection.scalars(
        select(reviews.c.value)
        .where(reviews.c.draft_id == draft_id)
        .order_by(reviews.c.reviewed_at, reviews.c.review_id)
    )
    return tuple(from_json(Review, value, {}) for value in values)


def require_same(connection: Connection, draft_id: str, seen: Sequence[str]) -> None:
    """Refuse to go on from acts that are not those in force.

    Raises
    ------
    Conflict
        Somebody has made another meanwhile.
    """
    now = {one.review_id for one in in_force(kept_reviews(connection, draft_id))}
    if now != set(seen):
        raise Conflict(
            f"draft {draft_id}: its review has {len(now - set(seen))} acts that were not seen "
            "here; expected none; nothing was written; read the draft again"
        )
