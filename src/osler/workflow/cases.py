"""What a job works on: the stored study, joined with the stored record of its patient."""

from dataclasses import dataclass
from datetime import datetime

from osler.clinical import Case, Record, Study
from osler.errors import IdentityConflict
from osler.records import Desk, Job, StudyId
from osler.workflow.joining import join


@dataclass(frozen=True)
class Found:
    """The case of a job, and the study and revision that its draft will be of."""

    case: Case
    study_id: StudyId | None
    revision: int | None


def find_case(desk: Desk, job: Job, *, now: datetime) -> Found | None:
    """Load what a job is about.

    A job on a record is about the patient's newest study that has a result, which is assessed
    again with all that is known now; a patient without one gets a draft of the record alone.

    Returns
    -------
    None where there is nothing left to work on.

    Raises
    ------
    IdentityConflict
        Sex or birth date of film and record contradict each other.
    NotFound
        The study, or an object of it, is gone.
    """
    study_id = job.study_id or desk.results.newest_study(job.patient_id)
    revision = desk.studies.revision(study_id) if study_id is not None else None
    study = desk.studies.load(study_id) if study_id is not None else None
    record = desk.documents.record(job.patient_id)
    if study is None and record is None:
        return None
    return Found(_joined(study, record, now), study_id, revision)


def _joined(study: Study | None, record: Record | None, now: datetime) -> Case:
    """Make one case of them.

    Both are of one patient by the records: by identifier, or because somebody merged two numbers.
    """
    studies = [study] if study is not None else []
    by_word = (
        study is not None
        and record is not None
        and not study.patient.shares_identifier_with(record.patient)
    )
    joined = join(studies, record, same_patient=by_word, now=now)
    if joined.refusals:
        raise IdentityConflict("; ".join(one.sentence for one in joined.refusals))
    return joined.cases[0]
