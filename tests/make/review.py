"""Builders of what people make of drafts: kept drafts, acts on findings, sessions that may sign."""

# ruff: noqa: ANN401

from dataclasses import replace
from datetime import datetime
from typing import Any

from make.draft import NOW as MADE
from make.draft import a_draft, a_finding
from make.kept import NOW, Kept, an_instance
from osler.clinical import Act, Claim, Finding, Review, Statement
from osler.records import SERVICE, DraftId, FindingId, Purpose, Role, SignedIn

PASSWORD = "four words in no order"  # noqa: S105


def a_kept_draft(kept: Kept, number: int = 1, **changes: Any) -> DraftId:
    """Store a study and its draft; the same number again supersedes what is there."""
    found = kept.osler.studies.list()
    films = sum(row.instances for row in found if row.study_uid == f"2.25.{number}")
    stored = kept.osler.studies.store(
        an_instance(films + 1, study=number), source="ct-1", now=NOW, priority="urgent"
    )
    kept.osler.studies.complete(stored.study_id, now=NOW)
    kept.osler.jobs.sweep(now=NOW)
    (job,) = kept.osler.jobs.claim("w1", limit=1, now=NOW)
    begun = kept.osler.jobs.begin(job.job_id, "w1", now=NOW)
    named = {"draft_id": f"draft-{number}-{films + 1}", **changes}
    return kept.osler.results.store(begun, a_draft(**named), now=NOW)


def a_finding_id(kept: Kept, draft_id: DraftId, name: str = "pneumonia") -> FindingId:
    """Return the id of a model's finding."""
    rows = kept.ada.reviews.findings(draft_id)
    return next(one.finding_id for one in rows if one.claim and one.claim.name == name)


def signed_in(kept: Kept, name: str = "ada", *, now: datetime = NOW) -> SignedIn:
    """Return a session of a clinician who has just given the password."""
    if name not in {user.name for user in kept.ada.users.list()}:
        kept.ada.users.add(name, frozenset({Role.CLINICIAN}), now=now)
    kept.ada.accounts.set_password(name, PASSWORD, now=now)
    door = kept.records.acting(SERVICE, Purpose.OPERATIONS)
    return door.accounts.sign_in(name, PASSWORD, now=now)[1]


def a_claim(finding: Finding | None = None, **changes: Any) -> Claim:
    """Return what a model said of a finding."""
    finding = finding or a_finding()
    claim = Claim(
        finding.model, finding.name, finding.display, finding.probability, finding.positive
    )
    return replace(claim, **changes)


def a_review(act: Act = Act.ACCEPT, finding: Finding | None = None, **changes: Any) -> Review:
    """Return an act of Ada's, by default on the model's pneumonia."""
    adds = act is Act.ADD
    named: dict[str, Any] = {
        "review_id": "review-1",
        "draft_id": "draft-0001",
        "finding_id": f"finding-{finding.name if finding else 'added' if adds else 'pneumonia'}",
        "act": act,
        "by": "ada",
        "at": MADE,
        "why": "a rib, not a consolidation" if act is Act.REJECT else "",
        "claim": None if adds else a_claim(finding),
        "statement": a_statement() if act in (Act.ADD, Act.EDIT) else None,
    }
    return Review(**{**named, **changes})


def a_statement(**changes: Any) -> Statement:
    """Return a finding in a person's words."""
    return replace(
        Statement("Rib fracture", place="left seventh rib", certainty="certain"), **changes
    )
