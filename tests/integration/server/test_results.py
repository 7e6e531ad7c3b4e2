"""The result of a study over HTTP, in the words of the report."""

import json
from dataclasses import replace

import jsonschema_rs

from house.tree import REPOSITORY
from make.draft import a_finding, a_model
from make.kept import NOW, an_instance
from make.review import a_finding_id, a_kept_draft
from make.served import API, Served
from osler.clinical import Act
from osler.records import NewReview, Role
from osler.report import render_json, reviewed

SCHEMA = json.loads(
    (REPOSITORY / "docs" / "reference" / "report.schema.json").read_text(encoding="utf-8")
)


def test_the_result_is_said_in_the_words_of_the_report(served: Served) -> None:
    """Screen, report and API must not say three different things."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(Role.READER)
    study_id = client.get(f"{API}/studies").json()["items"][0]["study_id"]
    answer = client.get(f"{API}/studies/{study_id}/result")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    draft = served.kept.ada.results.draft(draft_id)
    assert shown["report"] == json.loads(json.dumps(render_json(draft)))
    jsonschema_rs.validator_for(SCHEMA).validate(shown["report"])
    assert (shown["draft_id"], shown["revision"], shown["supersedes"]) == (draft_id, 1, None)
    etag = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"{API}/studies/{study_id}/result", headers=etag).status_code == 304


def test_every_finding_names_its_model_and_how_it_was_calibrated(served: Served) -> None:
    """A probability without its calibration is only a number."""
    shipped = a_finding(model=replace(a_model(), version="1.0.0"), explanation=None)
    a_kept_draft(served.kept, findings=(shipped, a_finding("Rib fracture", explanation=None)))
    client = served.client(Role.READER)
    study_id = client.get(f"{API}/studies").json()["items"][0]["study_id"]
    shown = client.get(f"{API}/studies/{study_id}/result").json()
    assert {(one["model"], one["model_version"]) for one in shown["report"]["findings"]} == {
        ("cxr-adult", "1.0.0"),
        ("cxr-adult", "1.2.0"),
    }
    known = {one["name"]: one["calibration"] for one in shown["calibrations"]}
    assert known["rib_fracture"] is None
    card = client.get(f"{API}/models/cxr-adult/1.0.0/card").json()
    assert known["pneumonia"] == next(
        (one["calibration"] for one in card["outputs"] if one["name"] == "pneumonia"), None
    )


def test_a_review_changes_the_result_and_its_etag(served: Served) -> None:
    """What a reader rejected is not shown on as if nobody had looked."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(Role.READER)
    study_id = client.get(f"{API}/studies").json()["items"][0]["study_id"]
    etag = {"If-None-Match": client.get(f"{API}/studies/{study_id}/result").headers["etag"]}
    reject = NewReview(Act.REJECT, a_finding_id(served.kept, draft_id), why="a nipple shadow")
    served.kept.ada.reviews.make(draft_id, reject, now=NOW)
    after = client.get(f"{API}/studies/{study_id}/result", headers=etag)
    assert after.status_code == 200
    draft = reviewed(
        served.kept.ada.results.draft(draft_id), served.kept.ada.reviews.list(draft_id)
    )
    assert after.json()["report"] == json.loads(json.dumps(render_json(draft)))


def test_a_study_without_a_result_says_in_which_state_it_is(served: Served) -> None:
    """'Not there yet' and 'nothing found' are different answers."""
    stored = served.kept.osler.studies.store(an_instance(), source="x", now=NOW)
    answer = served.client(Role.READER).get(f"{API}/studies/{stored.study_id}/result")
    assert answer.status_code == 404
    assert "is receiving and has no result yet" in answer.json()["detail"]


def test_the_assessment_is_what_the_report_says_of_it(served: Served) -> None:
    """A worklist reads urgency and suggestions without the whole report."""
    a_kept_draft(served.kept)
    client = served.client(Role.READER)
    study_id = client.get(f"{API}/studies").json()["items"][0]["study_id"]
    report = client.get(f"{API}/studies/{study_id}/result").json()["report"]
    shown = client.get(f"{API}/studies/{study_id}/assessment").json()
    for name in ("urgency", "weighings", "scores", "recommendations", "trends", "notes"):
        assert shown[name] == report[name]


def test_rules_are_listed_with_both_counts(served: Served) -> None:
    """Who reads advice may ask how much of it anybody checked."""
    client = served.client(Role.READER)
    shown = client.get(f"{API}/guidelines/rules").json()
    assert shown["total"] == len(shown["items"]) > shown["verified"] > 0
    assert shown["reviewed"] == 0
    names = {one["name"] for one in client.get(f"{API}/guidelines/scores").json()}
    assert {"news2", "curb65", "egfr"} <= names
