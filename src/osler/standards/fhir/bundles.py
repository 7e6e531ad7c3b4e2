"""A draft as a FHIR R4 Bundle: a preliminary DiagnosticReport and everything it rests on.

References
----------
http://hl7.org/fhir/R4/diagnosticreport.html
"""

from osler.clinical import LOINC, OSLER, Code, Draft, Finding
from osler.standards.fhir.parts import (
    Naming,
    Resource,
    concept,
    day,
    filled,
    instant,
    study_identifier,
)
from osler.standards.fhir.people import device_resource, models_of, patient_resource
from osler.standards.fhir.results import Results

IMAGING_REPORT = Code(LOINC, "18748-4", "Diagnostic imaging study")
RECORD_REPORT = Code(OSLER, "record-assessment", "Assessment of a patient's record")
ACCESSION = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]
}


def to_bundle(draft: Draft) -> Resource:
    """Return a draft as a Bundle of type collection, ready for JSON.

    Parameters
    ----------
    draft
        Not signed: the report's status is preliminary, and so is each observation's.

    Returns
    -------
    DiagnosticReport, Patient, one Device for each model package, and one Observation for each
    finding, measurement and score and for everything that was not assessed. The same draft gives
    the same ids.
    """
    naming = Naming(draft.draft_id)
    results = Results(draft, naming).all()
    devices = [device_resource(model, draft, naming) for model in models_of(draft)]
    report = _report(draft, naming, results)
    patient = patient_resource(draft.patient, naming)
    return {
        "resourceType": "Bundle",
        "id": str(naming.uuid("Bundle", "draft")),
        "identifier": {"system": f"{OSLER}/draft", "value": draft.draft_id},
        "type": "collection",
        "timestamp": instant(draft.made_at),
        "entry": [_entry(one) for one in (report, patient, *devices, *results)],
    }


def _report(draft: Draft, naming: Naming, results: tuple[Resource, ...]) -> Resource:
    imaging = draft.study_uid is not None
    study = [{"identifier": study_identifier(draft.study_uid)}] if draft.study_uid else []
    accession = draft.accession_number
    return naming.resource(
        "DiagnosticReport",
        "report",
        identifier=[{"type": ACCESSION, "value": accession}] if accession else [],
        status="preliminary",
        code=concept(IMAGING_REPORT if imaging else RECORD_REPORT),
        subject=naming.reference("Patient", "patient"),
        effectiveDateTime=day(draft.study_date) or (None if imaging else instant(draft.made_at)),
        issued=instant(draft.made_at),
        result=[{"reference": f"urn:uuid:{one['id']}", "type": "Observation"} for one in results],
        imagingStudy=study,
        conclusion=_conclusion(draft),
    )


def _entry(resource: Resource) -> Resource:
    return filled(fullUrl=f"urn:uuid:{resource['id']}", resource=resource)


def _conclusion(draft: Draft) -> str:
    """Say what was found, what was looked for, and what was not judged."""
    positive = [_said(one) for one in draft.findings if one.positive]
    negative = [_said(one) for one in draft.findings if not one.positive]
    missed = [
        f"{(one.name or one.model).replace('_', ' ')} ({one.reason})" for one in draft.not_assessed
    ]
    sentences = ["Draft by software, not signed by a person."]
    if positive:
        sentences.append(f"Above the cut-off: {'; '.join(positive)}.")
    if negative:
        sentences.append(f"Below the cut-off: {'; '.join(negative)}.")
    if missed:
        sentences.append(f"Not assessed: {'; '.join(missed)}.")
    if not positive and not negative:
        sentences.append("Nothing was judged.")
    return " ".join(sentences)


def _said(finding: Finding) -> str:
    low, value, high = (
        100 * part
        for part in (
            finding.probability.low,
            finding.probability.value,
            finding.probability.high,
        )
    )
    return f"{finding.display}, probability {value:.1f} % ({low:.1f} to {high:.1f})"
