"""What a job works on: the stored study, joined with the stored record of its patient."""

from datetime import datetime

from osler.clinical import Case, Record, Study
from osler.errors import IdentityConflict
from osler.records import Inputs
from osler.workflow.joining import join


def case_of(inputs: Inputs, *, now: datetime) -> Case | None:
    """Make the case of a job.

    Both study and record are of one patient by the records: by identifier, or because somebody
    merged two numbers.

    Returns
    -------
    None where there is nothing left to work on.

    Raises
    ------
    IdentityConflict
        Sex or birth date of film and record contradict each other.
    """
    if inputs.study is None and inputs.record is None:
        return None
    studies = [inputs.study] if inputs.study is not None else []
    by_word = _were_merged(inputs.study, inputs.record)
    joined = join(studies, inputs.record, same_patient=by_word, now=now)
    if joined.refusals:
        raise IdentityConflict("; ".join(one.sentence for one in joined.refusals))
    return joined.cases[0]


def _were_merged(study: Study | None, record: Record | None) -> bool:
    """Tell whether only a merge says that study and record are of one patient."""
    if study is None or record is None:
        return False
    return not study.patient.shares_identifier_with(record.patient)
