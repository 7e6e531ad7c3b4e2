"""From the findings of a draft to its signed report, over HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from make.kept import NOW
from make.review import a_finding_id, a_kept_draft
from make.served import API, PASSWORD, Served
from osler.records import Role

STATEMENT = {"display": "Rib fracture", "place": "left seventh rib"}
CLINICIAN, READER = Role.CLINICIAN, Role.READER


def review(client: TestClient, draft_id: str, *, etag: str | None = None, **body: Any) -> Any:  # noqa: ANN401
    """Do an act; return the answer."""
    headers = {"If-Match": etag} if etag else {}
    return client.post(f"{API}/drafts/{draft_id}/reviews", json=body, headers=headers)


def sign(client: TestClient, draft_id: str, *, etag: str | None = None, **body: Any) -> Any:  # noqa: ANN401
    """Sign a draft; return the answer."""
    headers = {"If-Match": etag} if etag else {}
    return client.post(f"{API}/drafts/{draft_id}/signature", json=body, headers=headers)


def etag_of(client: TestClient, draft_id: str) -> str:
    """Return the ETag of a draft's preview."""
    answer = client.get(f"{API}/drafts/{draft_id}/preview/json")
    assert answer.status_code == 200, answer.text
    return str(answer.headers["etag"])


def test_a_finding_is_accepted_the_draft_signed_and_the_pdf_downloaded(served: Served) -> None:
    """The way of every working day."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(CLINICIAN)
    findings = client.get(f"{API}/findings", params={"draft_id": draft_id}).json()["items"]
    pneumonia = next(one for one in findings if one["display"] == "Pneumonia")
    assert pneumonia["claim"]["probability"] == {
        "value": 0.62,
        "low": 0.49,
        "high": 0.74,
        "unit": "1",
    }
    assert (pneumonia["claim"]["model"], pneumonia["claim"]["model_version"]) == (
        "cxr-adult",
        "1.2.0",
    )
    made = review(client, draft_id, act="accept", finding_id=pneumonia["finding_id"])
    assert made.status_code == 201, made.text
    assert (made.json()["by"], made.json()["agrees"]) == ("clinician", True)
    shown = client.get(f"{API}/drafts/{draft_id}/preview/pdf")
    assert shown.headers["content-type"] == "application/pdf"
    signed = sign(client, draft_id, etag=shown.headers["etag"], password=PASSWORD)
    assert signed.status_code == 201, signed.text
    report_id = signed.json()["report_id"]
    pdf = client.get(f"{API}/reports/{report_id}/files/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["content-disposition"] == f'attachment; filename="report-{report_id}-1.pdf"'
    known = {"If-None-Match": pdf.headers["etag"]}
    assert client.get(f"{API}/reports/{report_id}/files/pdf", headers=known).status_code == 304
    document = client.get(f"{API}/reports/{report_id}/files/json").json()
    assert document["state"].startswith("Signed by clinician at ")
    bundle = client.get(f"{API}/reports/{report_id}/files/fhir")
    assert bundle.headers["content-type"] == "application/fhir+json"
    page = client.get(f"{API}/drafts/{draft_id}/preview/html").text
    assert "Signed by clinician at" in page
    kinds = [one.kind for one in served.kept.osler.events.after(0)]
    assert kinds[-2:] == ["review.made", "report.signed"]


def test_an_addendum_makes_the_next_edition(served: Served) -> None:
    """What was signed can still be had as it was."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(CLINICIAN)
    report_id = sign(client, draft_id).json()["report_id"]
    etag = client.get(f"{API}/reports/{report_id}").headers["etag"]
    url = f"{API}/reports/{report_id}/addenda"
    order = {"text": "CRP was 180 mg/L.", "password": PASSWORD}
    added = client.post(url, json=order, headers={"If-Match": etag})
    assert added.status_code == 201, added.text
    assert (added.json()["edition"], added.json()["addenda"][0]["by"]) == (2, "clinician")
    late = client.post(url, json=order, headers={"If-Match": etag})
    assert late.status_code == 412
    newest = client.get(f"{API}/reports/{report_id}/files/html").text
    first = client.get(f"{API}/reports/{report_id}/files/html", params={"edition": 1}).text
    assert ("CRP was" in newest, "CRP was" in first) == (True, False)
    (row,) = client.get(f"{API}/reports").json()["items"]
    assert row["report_id"] == report_id


def test_two_readers_sign_one_draft_and_the_second_hears_who_was_first(served: Served) -> None:
    """Not 'an error occurred', but whom to call."""
    draft_id = a_kept_draft(served.kept)
    one, other = served.client(CLINICIAN), served.client(CLINICIAN, READER)
    etag = etag_of(other, draft_id)
    assert sign(one, draft_id).status_code == 201
    for asked in (etag, None):
        refused = sign(other, draft_id, etag=asked)
        assert refused.status_code == 409
        assert "was signed by clinician at" in refused.json()["detail"]


def test_what_was_read_and_has_changed_since_is_neither_reviewed_nor_signed(
    served: Served,
) -> None:
    """A stale screen overrules nobody."""
    draft_id = a_kept_draft(served.kept)
    accept = {"act": "accept", "finding_id": a_finding_id(served.kept, draft_id)}
    client, colleague = served.client(CLINICIAN), served.client(READER)
    etag = etag_of(client, draft_id)
    assert review(colleague, draft_id, etag=etag, **accept).status_code == 201
    assert review(client, draft_id, etag=etag, **accept).status_code == 412
    assert sign(client, draft_id, etag=etag).status_code == 412
    listed = client.get(f"{API}/drafts/{draft_id}/reviews")
    assert listed.headers["etag"] == etag_of(client, draft_id)
    assert sign(client, draft_id, etag=listed.headers["etag"]).status_code == 201
    refused = review(client, draft_id, **accept)
    assert refused.status_code == 409


def test_a_signature_asks_for_the_password_when_it_was_given_long_ago(served: Served) -> None:
    """A browser left open signs nothing."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(CLINICIAN)
    service = served.app.state.service
    served.app.state.service = replace(
        service, clock=lambda: service.clock() + timedelta(minutes=6)
    )
    refused = sign(client, draft_id)
    assert refused.status_code == 401
    assert "give it again" in refused.json()["detail"]
    assert sign(client, draft_id, password="wrong").status_code == 401  # noqa: S106
    assert sign(client, draft_id, password=PASSWORD).status_code == 201


def test_a_token_reviews_but_does_not_sign(served: Served) -> None:
    """A program may pass a person's act on; it has no signature of its own."""
    draft_id = a_kept_draft(served.kept)
    headers = {"Authorization": f"Bearer {served.token(CLINICIAN)}"}
    client = served.client()
    client.headers.update(headers)
    assert review(client, draft_id, act="add", statement=STATEMENT).status_code == 201
    refused = sign(client, draft_id)
    assert refused.status_code == 403
    assert "needs a person who is signed in" in refused.json()["detail"]


def test_an_act_sent_twice_under_one_key_is_done_once(served: Served) -> None:
    """The network fails after the click; the retry must not add a second fracture."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(READER)
    client.headers["Idempotency-Key"] = "one-click-1"
    first = review(client, draft_id, act="add", statement=STATEMENT)
    again = review(client, draft_id, act="add", statement=STATEMENT)
    assert (first.status_code, again.json()) == (201, first.json())
    del client.headers["Idempotency-Key"]
    listed = client.get(f"{API}/drafts/{draft_id}/reviews").json()["items"]
    assert [one["review_id"] for one in listed] == [first.json()["review_id"]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"act": "reject"}, 422),
        ({"act": "edit"}, 422),
        ({"act": "reject", "finding_id": "nothing", "why": "x"}, 404),
        ({"act": "add"}, 422),
        ({"act": "add", "statement": {"display": " "}}, 422),
        ({"act": "add", "statement": {**STATEMENT, "outline": {"contour": [[1, 2], [3, 4]]}}}, 422),
        ({"act": "add", "statement": {**STATEMENT, "remark": "a\u0000b"}}, 422),
        ({"act": "add", "statement": {**STATEMENT, "colour": "red"}}, 422),
        ({"act": "accept", "finding_id": "nothing", "statement": STATEMENT}, 422),
        ({"act": "approve"}, 422),
    ],
)
def test_an_act_that_cannot_be_is_answered_with_what_it_lacks(
    served: Served, body: dict[str, Any], status: int
) -> None:
    """A client's programmer reads the sentence, and nothing is half done."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(READER)
    answer = review(client, draft_id, **body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get(f"{API}/drafts/{draft_id}/reviews").json()["items"] == []


def test_what_a_person_outlines_comes_back_as_it_was_drawn(served: Served) -> None:
    """The next reader sees the same line on the same film."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(READER)
    outline = {"instance_uid": "2.25.101", "contour": [[1.0, 2.5], [3.0, 4.0], [5.0, 6.0]]}
    code = {"system": "http://snomed.info/sct", "code": "33737001", "display": "Rib fracture"}
    statement = {**STATEMENT, "outline": outline, "code": code, "remark": "old"}
    made = review(client, draft_id, act="add", statement=statement)
    assert made.status_code == 201, made.text
    shown = client.get(f"{API}/findings/{made.json()['finding_id']}").json()
    assert shown["review"]["statement"] == {
        **statement,
        "present": True,
        "certainty": "",
    }
    assert (shown["claim"], shown["present"], shown["code"]) == (None, True, code)


def test_what_is_not_there_is_not_found(served: Served) -> None:
    """A link that is old says so."""
    client = served.client(CLINICIAN)
    for path in (
        "findings?draft_id=nothing",
        "findings/nothing",
        "drafts?study_id=nothing",
        "drafts/nothing/preview/pdf",
        "drafts/nothing/reviews",
        "reports/nothing",
        "reports/nothing/files/pdf",
    ):
        assert client.get(f"{API}/{path}").status_code == 404, path
    assert client.get(f"{API}/reports/nothing/files/docx").status_code == 422
    assert client.get(f"{API}/findings/a%00b").status_code == 422
    assert sign(client, "nothing").status_code == 404


def test_lists_come_in_pages_and_a_newer_result_is_told(served: Served) -> None:
    """Two pages of one finding each are both findings, each once."""
    first = a_kept_draft(served.kept)
    client = served.client(CLINICIAN)
    params: dict[str, Any] = {"draft_id": first, "limit": 1}
    page = client.get(f"{API}/findings", params=params).json()
    rest = client.get(f"{API}/findings", params={**params, "cursor": page["next"]}).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (1, 1, None)
    report = sign(client, first).json()
    second = a_kept_draft(served.kept)
    shown = client.get(f"{API}/reports/{report['report_id']}").json()
    assert shown["newer_draft"] == second
    drafts = client.get(f"{API}/drafts", params={"study_id": shown["study_id"]}).json()["items"]
    assert {one["draft_id"]: one["superseded_at"] is None for one in drafts} == {
        first: False,
        second: True,
    }
    study = client.get(f"{API}/studies/{shown['study_id']}").json()
    assert study["result"] == "newer"
    assert NOW.isoformat().startswith(drafts[0]["stored_at"][:10])
