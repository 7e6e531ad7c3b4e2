"""FHIR out: what leaves Osler is valid, complete, and marked as a draft."""

import json
import math
from typing import Any

import pytest

from make.draft import (
    a_category,
    a_crowded_draft,
    a_draft,
    a_finding,
    a_patient,
    a_record_draft,
    a_refused_draft,
    a_score,
    an_estimate,
    an_undecided_category,
)
from osler.clinical import (
    Assessment,
    Draft,
    Identifier,
    Interval,
    NotAssessed,
    Patient,
    StudyUid,
)
from osler.standards.fhir import to_bundle, validate
from osler.standards.record import read_record


def resources(draft: Draft, kind: str) -> list[dict[str, Any]]:
    """Return the resources of one type."""
    entries = [entry["resource"] for entry in to_bundle(draft)["entry"]]
    return [one for one in entries if one["resourceType"] == kind]


def observation(draft: Draft, text: str) -> dict[str, Any]:
    """Return the Observation whose code reads like this."""
    return next(one for one in resources(draft, "Observation") if one["code"]["text"] == text)


def component(found: dict[str, Any], code: str) -> float:
    """Return the number of one component."""
    for one in found["component"]:
        if one["code"]["coding"][0]["code"] == code:
            return float(one["valueQuantity"]["value"])
    raise AssertionError(code)


@pytest.mark.parametrize(
    "draft",
    [
        a_draft(),
        a_record_draft(),
        a_refused_draft(),
        a_crowded_draft(),
        a_draft(categories=(a_category(), an_undecided_category())),
    ],
)
def test_every_draft_is_valid_r4(draft: Draft) -> None:
    """A receiver that refuses the bundle leaves the ward without the result."""
    bundle = to_bundle(draft)
    assert validate(bundle) == ()
    for entry in bundle["entry"]:
        assert validate(entry["resource"]) == (), entry["resource"]["resourceType"]


def test_the_report_is_preliminary_and_says_that_nobody_signed() -> None:
    """A draft that looks final would be acted on."""
    report = resources(a_draft(), "DiagnosticReport")[0]
    assert report["status"] == "preliminary"
    assert report["conclusion"].startswith("Draft by software, not signed by a person.")
    assert report["code"]["coding"][0] == {
        "system": "http://loinc.org",
        "code": "18748-4",
        "display": "Diagnostic imaging study",
    }


def test_the_report_refers_to_every_observation() -> None:
    """A finding outside the report is a finding that nobody opens."""
    draft = a_crowded_draft()
    listed = {one["reference"] for one in resources(draft, "DiagnosticReport")[0]["result"]}
    assert listed == {f"urn:uuid:{one['id']}" for one in resources(draft, "Observation")}
    assert len(listed) == len(draft.findings) + len(draft.not_assessed) + 1


def test_a_finding_carries_probability_interval_and_side() -> None:
    """A bare percentage hides how sure it is."""
    found = observation(a_draft(), "Pneumonia")
    assert found["valueQuantity"]["value"] == 62.0
    assert found["valueQuantity"]["code"] == "%"
    assert found["interpretation"][0]["coding"][0]["code"] == "POS"
    assert component(found, "probability-low") == 49.0
    assert component(found, "probability-high") == 74.0
    assert component(found, "likelihood-ratio") == 6.1
    assert component(found, "posttest-probability") == 45.4
    assert found["bodySite"]["text"] == "right lower zone"


def test_a_finding_below_the_cut_off_is_negative_and_present() -> None:
    """'Looked for and not found' is an answer."""
    found = observation(a_draft(), "Pleural effusion")
    assert found["interpretation"][0]["coding"][0]["code"] == "NEG"
    assert "bodySite" not in found


def test_what_was_not_assessed_has_no_value_and_a_reason() -> None:
    """'Could not look' must never arrive as 'nothing seen'."""
    found = observation(a_draft(), "lung nodule: not assessed")
    assert not any(key.startswith("value") for key in found)
    assert found["dataAbsentReason"]["coding"][0]["code"] == "not-performed"
    assert "under its floor (0.70)" in found["note"][0]["text"]
    assert "interpretation" not in found


def test_a_model_that_did_not_look_is_named_in_the_conclusion() -> None:
    """A refused film must not read as a normal one."""
    conclusion = resources(a_refused_draft(), "DiagnosticReport")[0]["conclusion"]
    assert "Not assessed: cxr-adult (the film is lateral" in conclusion
    assert "Nothing was judged." in conclusion


def test_a_score_that_cannot_be_computed_is_sent_without_a_value() -> None:
    """A missing NEWS2 must not become a NEWS2 of zero."""
    score = a_score(value=None, band="", reason="cannot be computed: the age is not known")
    draft = a_draft(assessment=Assessment(scores=(score,)))
    found = observation(draft, "National Early Warning Score 2 total score")
    assert "valueInteger" not in found
    assert found["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert found["note"][0]["text"] == "cannot be computed: the age is not known"


def test_a_score_of_zero_is_sent_as_zero() -> None:
    """Zero is a value."""
    draft = a_draft(assessment=Assessment(scores=(a_score(value=0),)))
    assert observation(draft, "National Early Warning Score 2 total score")["valueInteger"] == 0


def test_an_estimate_from_the_record_is_sent_with_every_share_and_what_was_missing() -> None:
    """The receiver must not take a score of a set of the ill for a probability of this patient."""
    draft = a_draft(estimates=(an_estimate(),))
    assert validate(to_bundle(draft)) == ()
    found = observation(draft, "Liver disease")
    assert (found["status"], found["valueQuantity"]["value"]) == ("preliminary", 67.0)
    assert component(found, "probability-high") == pytest.approx(71.0)
    assert component(found, "f0") == pytest.approx(-0.7)
    said = [one["text"] for one in found["note"]]
    assert said[0].startswith("A score that stands alone")
    assert said[1] == "Missing: Feature 14"
    assert found["device"]["reference"] in {
        entry["fullUrl"]
        for entry in to_bundle(draft)["entry"]
        if entry["resource"]["resourceType"] == "Device"
    }


def test_each_package_is_a_device_with_its_hash() -> None:
    """A recalled model must be traceable to every result it gave."""
    device = resources(a_draft(), "Device")[0]
    assert device["deviceName"] == [{"name": "cxr-adult", "type": "model-name"}]
    assert device["version"] == [{"value": "1.2.0"}]
    assert device["identifier"][0]["value"] == "5e" * 32
    assert "udiCarrier" not in device
    assert any(note["text"] == "Research only." for note in device["note"])


def test_the_same_draft_gives_the_same_ids() -> None:
    """Sending twice must update, not duplicate."""
    assert to_bundle(a_draft()) == to_bundle(a_draft())
    other = to_bundle(a_draft(draft_id="draft-0002"))
    ids = {entry["fullUrl"] for entry in to_bundle(a_draft())["entry"]}
    assert ids.isdisjoint(entry["fullUrl"] for entry in other["entry"])
    assert len(ids) == len(to_bundle(a_draft())["entry"])


def test_an_unknown_patient_has_no_invented_details() -> None:
    """A picture without identity must not become somebody's."""
    patient = resources(a_draft(patient=Patient()), "Patient")[0]
    assert set(patient) == {"resourceType", "id"}


def test_an_issuer_that_is_no_uri_is_the_assigner() -> None:
    """'St Example' is not a system; as one it would be refused, or merge two hospitals."""
    named = resources(a_draft(), "Patient")[0]["identifier"][0]
    assert named == {"value": "4711-0815", "assigner": {"display": "St Example"}}
    patient = a_patient(identifiers=(Identifier("1", "urn:oid:1.2.3"),))
    stated = resources(a_draft(patient=patient), "Patient")[0]["identifier"][0]
    assert stated == {"system": "urn:oid:1.2.3", "value": "1"}


def test_the_study_is_named_by_its_dicom_uid() -> None:
    """The receiver joins the report to the images by it."""
    study = resources(a_draft(), "DiagnosticReport")[0]["imagingStudy"][0]
    assert study["identifier"] == {"system": "urn:dicom:uid", "value": "urn:oid:2.25.100"}


def test_a_study_without_a_dicom_uid_claims_none() -> None:
    """A PNG has no UID; an invented one could match somebody's study."""
    draft = a_draft(study_uid=StudyUid("picture-7f"))
    study = resources(draft, "DiagnosticReport")[0]["imagingStudy"][0]
    assert study["identifier"]["system"] == "https://osler.example/codes/study"
    assert validate(to_bundle(draft)) == ()


def test_an_infinite_bound_is_left_out_of_strict_json() -> None:
    """JSON has no infinity; a receiver's parser would refuse everything."""
    finding = a_finding(likelihood_ratio=Interval(5.0, 2.0, math.inf))
    draft = a_draft(findings=(finding,))
    bundle = to_bundle(draft)
    assert json.loads(json.dumps(bundle, allow_nan=False)) == bundle
    assert validate(bundle) == ()


def test_a_gate_of_an_undescribed_model_is_still_sent() -> None:
    """The reason must arrive even where the package could not be loaded."""
    missed = NotAssessed("broken", "package", "the package did not load")
    draft = a_draft(not_assessed=(missed,))
    found = observation(draft, "broken: not assessed")
    assert "device" not in found
    assert validate(to_bundle(draft)) == ()


def test_osler_reads_its_own_bundle() -> None:
    """The way out and the way in agree on the patient."""
    bundle = to_bundle(a_draft())
    record = read_record(json.dumps(bundle).encode(), origin="osler.json")
    assert record.patient.identifiers[0].value == "4711-0815"
    assert len(record.observations) > 4


def test_a_grade_is_an_observation_derived_from_its_findings() -> None:
    """A receiving system files the grade, and can see what it was made from."""
    draft = a_draft(categories=(a_category(),))
    found = observation(draft, "Emphysema on chest films")
    assert found["valueCodeableConcept"] == {"text": "grade 2"}
    assert component(found, "grade-2") == 75.0
    own = [one["id"] for one in resources(draft, "Observation") if "interpretation" in one]
    made_from = {one["reference"] for one in found["derivedFrom"] if "reference" in one}
    assert made_from
    assert made_from <= {f"urn:uuid:{one}" for one in own}


def test_what_is_undecided_has_no_value_and_says_why() -> None:
    """The likelier class alone, in a field for the answer, would be taken for it."""
    draft = a_draft(categories=(an_undecided_category(),))
    found = observation(draft, "Lesion of the lung")
    assert "valueCodeableConcept" not in found
    assert found["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert found["note"][0]["text"] == "more than one class is not ruled out"
    assert component(found, "class-malignant") == 40.0
