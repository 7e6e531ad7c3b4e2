"""The record of a case, cleaned before anything is made of it."""

from dataclasses import replace

from osler.clinical import Case
from osler.prepare.cleaning import clean
from osler.workflow.steps import Resources


def cleaned(case: Case, resources: Resources) -> Case:
    """Return a case with its record cleaned; what was found is among its warnings."""
    if case.record is None:
        return case
    found = clean(case.record, resources.guidelines, patient=case.patient)
    said = (f"{case.record.origin or 'record'}: {one}" for one in found.said)
    return replace(case, record=found.record, warnings=(*case.warnings, *said))
