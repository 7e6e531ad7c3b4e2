"""FHIR out, after a signature: final, by whom, and nobody's word taken for another's."""

from dataclasses import replace
from typing import Any

import pytest

from make import draft as make
from make.review import a_review
from osler.clinical import Act, Addendum, Draft, Report, Statement
from osler.report import reviewed
from osler.standards.fhir import to_bundle, validate
from unit.report.test_reviewed import a_report, a_reviewed_draft, an_addendum

PRESENT, ABSENT = "52101004", "2667000"


def resources(said: Draft | Report, kind: str) -> list[dict[str, Any]]:
    """Return the resources of one type."""
    entries = [entry["resource"] for entry in to_bundle(said)["entry"]]
    return [one for one in entries if one["resourceType"] == kind]


def observations(said: Draft | Report, text: str) -> list[dict[str, Any]]:
    """Return the Observations whose code reads like this."""
    return [one for one in resources(said, "Observation") if one["code"]["text"] == text]


def test_every_reviewed_and_signed_bundle_is_valid_r4() -> None:
    """A receiver that refuses the bundle leaves the ward without the report."""
    withdrawn = reviewed(make.a_draft(), (a_review(Act.ADD),))
    withdrawn = reviewed(
        withdrawn,
        (a_review(Act.REJECT, claim=None, statement=Statement("Rib fracture")),),
    )
    for said in (a_reviewed_draft(), a_report(), a_report(addenda=(an_addendum(),)), withdrawn):
        bundle = to_bundle(said)
        assert validate(bundle) == ()
        for entry in bundle["entry"]:
            assert validate(entry["resource"]) == (), entry["resource"]["resourceType"]


def test_a_signed_report_is_final_and_names_who_signed_and_when() -> None:
    """The receiving system files a report under the person who answers for it."""
    (report,) = resources(a_report(), "DiagnosticReport")
    assert (report["status"], report["issued"]) == ("final", "2026-11-25T09:30:00+00:00")
    assert [one["display"] for one in report["performer"]] == ["ada"]
    assert report["resultsInterpreter"] == report["performer"]
    assert report["conclusion"].startswith("Signed by ada at 2026-11-25T09:30:00+00:00.")
    assert "Rejected on review: Cardiomegaly." in report["conclusion"]
    named = {one["id"]: one["name"][0]["text"] for one in resources(a_report(), "Practitioner")}
    assert set(named.values()) == {"ada", "bob"}
    assert named[report["performer"][0]["reference"].removeprefix("urn:uuid:")] == "ada"


def test_an_addendum_makes_it_appended_and_is_told() -> None:
    """The copy that the ward holds is no longer whole."""
    (report,) = resources(a_report(addenda=(an_addendum(),)), "DiagnosticReport")
    assert report["status"] == "appended"
    assert report["conclusion"].endswith("The CRP was 180 mg/L.")


def test_a_finding_is_final_only_where_a_person_stands_behind_it() -> None:
    """A program must not read a model's number as a doctor's word, signed or not."""
    said = a_report()
    status = {
        name: [one["status"] for one in observations(said, name)]
        for name in ("Pneumonia", "Pleural effusion", "Cardiomegaly", "Lung mass", "Rib fracture")
    }
    assert status == {
        "Pneumonia": ["final"],
        "Pleural effusion": ["cancelled", "final"],
        "Cardiomegaly": ["cancelled"],
        "Lung mass": ["preliminary"],
        "Rib fracture": ["final"],
    }
    (pneumonia,) = observations(said, "Pneumonia")
    assert [one["display"] for one in pneumonia["performer"]] == ["ada"]
    (heart,) = observations(said, "Cardiomegaly")
    assert "interpretation" not in heart
    assert any("the film was taken in bed" in note["text"] for note in heart["note"])


def test_what_a_person_states_is_an_observation_of_their_own() -> None:
    """Present or absent by a person's eyes, apart from the model that it is about."""
    said = a_report()
    model_s, person_s = observations(said, "Pleural effusion")
    assert person_s["valueCodeableConcept"]["coding"][0]["code"] == PRESENT
    assert [one["display"] for one in person_s["performer"]] == ["ada"]
    assert f"urn:uuid:{model_s['id']}" in [one.get("reference") for one in person_s["derivedFrom"]]
    absent = a_review(Act.EDIT, statement=Statement("Pneumonia", present=False))
    draft = reviewed(make.a_draft(), (absent,))
    (_, no) = observations(draft, "Pneumonia")
    assert (no["valueCodeableConcept"]["coding"][0]["code"], no["status"]) == (
        ABSENT,
        "preliminary",
    )


def test_a_signed_bundle_updates_the_resources_of_its_draft() -> None:
    """A receiver that holds the draft replaces it instead of showing both."""
    (draft,), (report,) = (
        resources(a_reviewed_draft(), "DiagnosticReport"),
        resources(a_report(), "DiagnosticReport"),
    )
    assert (draft["id"], draft["status"]) == (report["id"], "preliminary")
    assert to_bundle(a_report())["id"] != to_bundle(a_reviewed_draft())["id"]


def test_addenda_of_another_report_are_refused() -> None:
    """A note on another patient's report must not be printed on this one."""
    other = Addendum("a1", "another", "text", "bob", make.NOW)
    with pytest.raises(ValueError, match="belongs to another report"):
        a_report(addenda=(other,))


def test_a_grade_is_cancelled_where_a_person_turned_its_finding_over() -> None:
    """Nobody reviews a grade by itself: it stands and falls with what it was made from."""
    category = make.a_category()
    for act, status in ((Act.ACCEPT, "preliminary"), (Act.REJECT, "cancelled")):
        draft = reviewed(make.a_draft(categories=(category,)), (a_review(act),))
        report = replace(a_report(), draft=draft)
        (found,) = observations(report, category.subject)
        assert found["status"] == status
