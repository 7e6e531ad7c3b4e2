"""What an assessment finds urgent moves up in the list, and never down again."""

from dataclasses import replace

from make.draft import a_draft
from make.kept import NOW, Kept, an_instance
from osler.clinical import Draft, Urgency


def a_result(kept: Kept, number: int, urgency: Urgency | None) -> str:
    """Keep a routine study and its result, and return the priority that the list shows."""
    stored = kept.osler.studies.store(an_instance(study=number), source="ct-1", now=NOW)
    kept.osler.studies.complete(stored.study_id, now=NOW)
    kept.osler.jobs.sweep(now=NOW)
    (job,) = kept.osler.jobs.claim("w1", limit=1, now=NOW)
    begun = kept.osler.jobs.begin(job.job_id, "w1", now=NOW)
    draft: Draft = a_draft(draft_id=f"draft-{number}")
    draft = replace(draft, assessment=replace(draft.assessment, urgency=urgency))
    kept.osler.results.store(begun, draft, now=NOW)
    return kept.ada.studies.get(stored.study_id).priority


def test_a_study_whose_assessment_is_immediate_becomes_urgent(kept: Kept) -> None:
    """A pneumothorax that came in as routine must not wait for its turn."""
    assert a_result(kept, 1, Urgency("immediate", ("pneumothorax is marked",), "")) == "urgent"
    assert a_result(kept, 2, Urgency("routine", (), "")) == "routine"
    assert a_result(kept, 3, None) == "routine"
