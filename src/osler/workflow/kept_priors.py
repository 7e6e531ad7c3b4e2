"""Earlier results of a patient that are kept, to compare measurements with."""

from collections.abc import Sequence

from osler.clinical import Case, MeasuredStudy
from osler.records import Desk, Job, StudyId
from osler.workflow.priors import Priors, measured_in

MOST_PRIORS = 3


def kept(desk: Desk, job: Job, study_id: StudyId | None) -> Priors:
    """Look for priors among the stored results of the patient, the newest three."""

    def find(case: Case) -> Sequence[MeasuredStudy]:
        """Return what was measured in other studies of the patient."""
        del case
        rows = [
            row
            for row in desk.results.of_person(job.patient_id)
            if row.study_id is not None and row.study_id != study_id
        ]
        drafts = [desk.results.draft(row.draft_id) for row in rows[:MOST_PRIORS]]
        return [found for one in drafts if (found := measured_in(one)) is not None]

    return find
