"""Applying what people made of a draft to it, and the words for that."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from osler.clinical import Act, Draft, Report, Review, in_force
from osler.errors import Misuse
from osler.report.words import AI_MARK, BANNER, counted, moment

_DONE = {
    Act.ACCEPT: "accepted",
    Act.EDIT: "edited",
    Act.REJECT: "rejected",
    Act.ADD: "added",
}


def reviewed(draft: Draft, reviews: Iterable[Review]) -> Draft:
    """Return a draft with the acts that are in force; what the models said stays beside them.

    Raises
    ------
    Misuse
        An act is on another draft, or on a finding that this draft does not have.
    """
    standing = in_force(reviews)
    for one in standing:
        claim = one.claim
        is_known = claim is None or any(claim.is_of(finding) for finding in draft.findings)
        if one.draft_id != draft.draft_id or not is_known:
            raise Misuse(
                f"review {one.review_id} is on draft {one.draft_id}, finding {one.finding_id}; "
                f"expected a finding of draft {draft.draft_id}; apply it to its own draft"
            )
    return replace(draft, reviews=standing)


def draft_of(said: Draft | Report) -> Draft:
    """Return the draft, also of one that was signed."""
    return said.draft if isinstance(said, Report) else said


def written_at(said: Draft | Report) -> datetime:
    """Return when a draft was made, or the last word of a report was signed."""
    return said.written_at if isinstance(said, Report) else said.made_at


def banner(said: Draft | Report) -> str:
    """Say whether it is signed, and by whom and when."""
    if isinstance(said, Draft):
        return BANNER
    more = f" · {_addenda(said)}" if said.addenda else ""
    return f"Signed by {said.signed_by} at {moment(said.signed_at)}{more}"


def _addenda(report: Report) -> str:
    """Count the addenda."""
    count = len(report.addenda)
    return counted(count, "addendum") if count == 1 else f"{count} addenda"


def notices(said: Draft | Report) -> tuple[str, ...]:
    """Say on the first page what a reader of a signed report must not miss."""
    if isinstance(said, Draft):
        return ()
    lines = []
    if said.replaces:
        lines.append(f"This report replaces report {said.replaces}, signed before it.")
    if said.addenda:
        last = said.addenda[-1]
        lines.append(
            f"This report has {_addenda(said)}, the last by {last.by} at {moment(last.at)}: see "
            "the last page."
        )
    return tuple(lines)


def done(review: Review) -> str:
    """Say what was done: a finding that a person added is withdrawn, not rejected."""
    if review.claim is None and review.act is Act.REJECT:
        return "withdrawn"
    return _DONE[review.act]


def mark(review: Review | None) -> str:
    """Say who stands behind a finding: a model alone, or a model and a person, or a person."""
    if review is None:
        return AI_MARK
    whose = "Person" if review.claim is None else "AI"
    return f"{whose} · {done(review)} by {review.by}"
