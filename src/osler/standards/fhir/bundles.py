"""A draft or a report as a FHIR R4 Bundle: a DiagnosticReport and everything it rests on.

References
----------
http://hl7.org/fhir/R4/diagnosticreport.html
"""

from osler.clinical import LOINC, OSLER, Code, Draft, Finding, Report, Review
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
from osler.standards.fhir.reviews import people_of, performer, practitioner

IMAGING_REPORT = Code(LOINC, "18748-4", "Diagnostic imaging study")
UNSIGNED = "Draft by software, not signed by a person."
RECORD_REPORT = Code(OSLER, "record-assessment", "Assessment of a patient's record")
ACCESSION = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]
}


def to_bundle(said: Draft | Report) -> Resource:
    """Return a draft or a report as a Bundle of type collection, ready for JSON.

    Parameters
    ----------
    said
        Of a draft, the report's status is preliminary, and so is each observation's. Of a report
        it is final, or appended where it has addenda; what nobody has reviewed stays preliminary.

    Returns
    -------
    DiagnosticReport, Patient, a Practitioner for each person who took part, one Device for each
    model package, and one Observation for each finding, statement of a person, measurement,
    estimate from the record and score, and for everything that was not assessed. The same draft
    gives the same ids, also when it is signed.
    """
    report = said if isinstance(said, Report) else None
    draft = said.draft if isinstance(said, Report) else said
    naming = Naming(draft.draft_id)
    results = Results(draft, naming, report).all()
    devices = [device_resource(model, draft, naming) for model in models_of(draft)]
    people = [practitioner(name, naming) for name in people_of(draft, report)]
    patient = patient_resource(draft.patient, naming)
    made = report.written_at if report is not None else draft.made_at
    whole = _diagnostic_report(draft, naming, results=results, report=report)
    return {
        "resourceType": "Bundle",
        "id": str(naming.uuid("Bundle", _state(report))),
        "identifier": {"system": f"{OSLER}/draft", "value": draft.draft_id},
        "type": "collection",
        "timestamp": instant(made),
        "entry": [_entry(one) for one in (whole, patient, *people, *devices, *results)],
    }


def _state(report: Report | None) -> str:
    """Return what tells the bundles of one draft apart: before, signed, and with each addendum."""
    return "draft" if report is None else f"report/{report.report_id}/{len(report.addenda)}"


def _diagnostic_report(
    draft: Draft, naming: Naming, *, results: tuple[Resource, ...], report: Report | None
) -> Resource:
    """Return the report that holds all together."""
    imaging = draft.study_uid is not None
    study = [{"identifier": study_identifier(draft.study_uid)}] if draft.study_uid else []
    accession = draft.accession_number
    numbers: list[Resource] = [{"type": ACCESSION, "value": accession}] if accession else []
    if report is not None:
        numbers.append({"system": f"{OSLER}/report", "value": report.report_id})
    signer = [performer(report.signed_by, naming)] if report is not None else []
    signed = "final" if report is None or not report.addenda else "appended"
    return naming.resource(
        "DiagnosticReport",
        "report",
        identifier=numbers,
        status="preliminary" if report is None else signed,
        code=concept(IMAGING_REPORT if imaging else RECORD_REPORT),
        subject=naming.reference("Patient", "patient"),
        effectiveDateTime=day(draft.study_date) or (None if imaging else instant(draft.made_at)),
        issued=instant(report.written_at if report is not None else draft.made_at),
        performer=signer,
        resultsInterpreter=signer,
        result=[{"reference": f"urn:uuid:{one['id']}", "type": "Observation"} for one in results],
        imagingStudy=study,
        conclusion=_conclusion(draft, report),
    )


def _entry(resource: Resource) -> Resource:
    return filled(fullUrl=f"urn:uuid:{resource['id']}", resource=resource)


def _conclusion(draft: Draft, report: Report | None) -> str:
    """Say who stands behind it, what was found, what was looked for, and what was not judged."""
    alone = [one for one in draft.findings if draft.review_of(one) is None]
    models = "Not reviewed, by software alone: " if draft.reviews else ""
    positive = [_said(one) for one in alone if one.positive]
    negative = [_said(one) for one in alone if not one.positive]
    missed = [
        f"{(one.name or one.model).replace('_', ' ')} ({one.reason})" for one in draft.not_assessed
    ]
    sentences = [_signed(report) if report is not None else UNSIGNED, *_on_review(draft)]
    if positive:
        sentences.append(f"{models}Above the cut-off: {'; '.join(positive)}.")
    if negative:
        sentences.append(f"{models}Below the cut-off: {'; '.join(negative)}.")
    if missed:
        sentences.append(f"Not assessed: {'; '.join(missed)}.")
    if not draft.findings and not draft.reviews:
        sentences.append("Nothing was judged.")
    added = report.addenda if report is not None else ()
    sentences += [f"Addendum by {one.by} at {instant(one.at)}: {one.text}" for one in added]
    return " ".join(sentences)


def _signed(report: Report) -> str:
    """Say who signed and when, and what that replaces."""
    replaced = f" It replaces report {report.replaces}." if report.replaces else ""
    return f"Signed by {report.signed_by} at {instant(report.signed_at)}.{replaced}"


def _on_review(draft: Draft) -> list[str]:
    """Say what people made of the findings: what is there, what is not, what they left out."""
    sentences = []
    for words, is_so in (("Present", True), ("Not present", False), ("Rejected", None)):
        names = [_named(one) for one in draft.reviews if one.present is is_so]
        if names:
            sentences.append(f"{words} on review: {'; '.join(names)}.")
    return sentences


def _named(review: Review) -> str:
    """Name a finding with what a person says of it."""
    said = review.statement
    parts = (review.display, *((said.certainty, said.place) if said is not None else ()))
    return ", ".join(part for part in parts if part)


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
