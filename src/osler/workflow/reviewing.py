"""From a draft to a signed report: preview, signature, addendum. One place for all doors."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from osler.clinical import Draft, Report, in_force
from osler.errors import Conflict
from osler.records import Desk, DraftId, ReportId, ReportRow, SignedIn
from osler.report import forms, reviewed

KINDS = ("pdf", "html", "json", "fhir")


@dataclass(frozen=True)
class Preview:
    """What a draft would be signed as, or was.

    ``seen`` stands for the acts that it shows: handed to `sign`, nothing else is signed.
    ``edition`` is that of the report where it was signed, else 0.
    """

    draft: Draft
    forms: dict[str, bytes]
    seen: str
    edition: int = 0


def reviewed_draft(desk: Desk, draft_id: DraftId) -> Draft:
    """Return a draft with the acts that are in force.

    Raises
    ------
    NotFound
        There is none of this id.
    """
    return reviewed(desk.results.draft(draft_id), desk.reviews.list(draft_id))


def seen_mark(draft_id: str, reviews: Collection[str]) -> str:
    """Return what stands for a draft with these acts in force: another act, another mark."""
    told = "\n".join((draft_id, *sorted(reviews)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def standing_mark(desk: Desk, draft_id: DraftId) -> str:
    """Return what stands for a draft with the acts that are in force.

    Raises
    ------
    NotFound
        There is none of this id.
    """
    return seen_mark(draft_id, [one.review_id for one in in_force(desk.reviews.list(draft_id))])


def preview(desk: Desk, draft_id: DraftId, kinds: Collection[str] = KINDS) -> Preview:
    """Print a draft as it would be signed now, but as a draft; one that was signed, as a report.

    Raises
    ------
    NotFound
        There is none of this id.
    """
    row = desk.reports.of_draft(draft_id)
    draft = reviewed_draft(desk, draft_id)
    if row is None:
        return Preview(draft, forms(draft, kinds), _mark(draft))
    return Preview(draft, forms(_report(row, draft), kinds), _mark(draft), row.edition)


def sign(
    desk: Desk, draft_id: DraftId, *, signed_in: SignedIn, now: datetime, seen: str | None = None
) -> ReportRow:
    """Sign a draft with its reviews: print it in every form, and keep all of it.

    Parameters
    ----------
    seen
        From the preview that the person looked at; None signs what is in force now.

    Raises
    ------
    NotFound
        There is none of this id.
    NotAllowed
        The actor is no clinician.
    NotSignedIn
        The password was not given lately.
    Conflict
        It was signed, reviewed or superseded meanwhile.
    """
    draft = reviewed_draft(desk, draft_id)
    report = desk.reports.begin(draft, signed_in=signed_in, now=now)
    if seen is not None and seen != _mark(draft):
        raise Conflict(
            f"draft {draft_id} was reviewed since it was looked at; expected what was seen; "
            "nothing was signed; look at it again"
        )
    return desk.reports.sign(report, forms(report), signed_in=signed_in)


def append(
    desk: Desk, report_id: ReportId, text: str, *, signed_in: SignedIn, now: datetime
) -> ReportRow:
    """Add an addendum to a signed report: print it again with the text at its end.

    Raises
    ------
    NotFound
        There is no such report.
    NotAllowed
        The actor is no clinician.
    NotSignedIn
        The password was not given lately.
    InputRefused
        It says nothing.
    Conflict
        Somebody else added one meanwhile.
    """
    addendum = desk.reports.begin_addendum(report_id, text, signed_in=signed_in, now=now)
    report = report_of(desk, desk.reports.get(report_id))
    report = replace(report, addenda=(*report.addenda, addendum))
    return desk.reports.append(report, forms(report), signed_in=signed_in)


def report_of(desk: Desk, row: ReportRow) -> Report:
    """Return a signed report whole: its draft, its reviews, its addenda."""
    return _report(row, reviewed_draft(desk, row.draft_id))


def _report(row: ReportRow, draft: Draft) -> Report:
    """Return a row and its draft as a report."""
    return Report(
        row.report_id, draft, row.signed_by, row.signed_at, row.replaces, addenda=row.addenda
    )


def _mark(draft: Draft) -> str:
    """Return what stands for the acts that a draft shows."""
    return seen_mark(draft.draft_id, [one.review_id for one in draft.reviews])
