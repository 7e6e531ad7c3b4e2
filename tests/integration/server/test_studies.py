"""Studies over HTTP: lists, filters, pages, ETags, and what a client misspells."""

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from make.kept import NOW, an_instance
from make.served import API, Served
from osler.records import Role, StudyId


def stored(served: Served, study: int, **elements: Any) -> StudyId:  # noqa: ANN401
    """Keep one film of a study that comes in a minute after the one before."""
    film = an_instance(study=study, **elements)
    now = NOW + timedelta(minutes=study)
    return served.kept.osler.studies.store(film, source="ct-1", now=now).study_id


def found(client: TestClient, **asked: str | int) -> list[str]:
    """Return the ids of the studies on the first page."""
    answer = client.get(f"{API}/studies", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["study_id"] for one in answer.json()["items"]]


def test_filters_and_words_narrow_the_list(served: Served) -> None:
    """A reader of chest films sees chest films, and an integrator what one machine sent."""
    one = stored(served, 1, PatientName="Müller^Anna", StudyDescription="Chest", PatientID="P1")
    two = stored(served, 2, PatientName="Orlov^Boris", Modality="CT", PatientID="P2")
    client = served.client(Role.READER)
    assert found(client) == [two, one]
    assert found(client, q="muller chest") == [one]
    assert found(client, modality="CT") == [two]
    assert found(client, source="ct-1", state="receiving", priority="routine") == [two, one]
    assert found(client, identifier="P1") == [one]
    assert found(client, study_from="2025-01-02", study_to="2025-01-02", sort="urgent") != []
    assert found(client, study_to="2025-01-01") == []
    assert found(client, q="*") == []


def test_pages_go_on_where_the_one_before_ended(served: Served) -> None:
    """Every study is on one page, and on one only."""
    expected = [stored(served, number) for number in range(1, 6)][::-1]
    client = served.client(Role.READER)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        asked: dict[str, str | int] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"{API}/studies", params=asked).json()
        seen += [one["study_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == expected


def test_a_parameter_that_is_misspelt_is_refused(served: Served) -> None:
    """`priorty=urgent` must not show everything as if it were urgent."""
    client = served.client(Role.READER)
    answer = client.get(f"{API}/studies", params={"priorty": "urgent"})
    assert answer.status_code == 422
    assert "found the parameter 'priorty', expected one of: accession_number" in answer.text
    wrong = client.get(f"{API}/studies", params={"state": "new"})
    assert wrong.status_code == 422
    assert "see the API's documentation" in wrong.json()["detail"]


def test_a_cursor_that_nobody_gave_leads_nowhere(served: Served) -> None:
    """A cursor of another list would leave studies out in silence."""
    client = served.client(Role.READER)
    for cursor in ("nonsense", "YWZ0ZXI6eA", "YWZ0ZXI6WzFd"):
        answer = client.get(f"{API}/studies", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["kind"]) == (404, "not-found")


def test_what_has_not_changed_is_not_sent_again(served: Served) -> None:
    """A list that is looked at all day costs nothing while nothing happens."""
    study_id = stored(served, 1)
    client = served.client(Role.READER)
    first = client.get(f"{API}/studies/{study_id}")
    etag = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"{API}/studies/{study_id}", headers=etag).status_code == 304
    stored(served, 1, SOPInstanceUID="2.25.1.99")
    assert client.get(f"{API}/studies/{study_id}", headers=etag).status_code == 200


def test_a_study_that_went_on_is_not_completed_from_an_old_view(served: Served) -> None:
    """Whoever completes a study has seen all of it."""
    study_id = stored(served, 1)
    client = served.client(Role.CLINICIAN)
    etag = {"If-Match": client.get(f"{API}/studies/{study_id}").headers["etag"]}
    stored(served, 1, SOPInstanceUID="2.25.1.99")
    stale = client.post(f"{API}/studies/{study_id}/completion", headers=etag)
    assert (stale.status_code, stale.json()["title"]) == (412, "Changed meanwhile")
    assert client.post(f"{API}/studies/{study_id}/completion").status_code == 204
    assert client.get(f"{API}/studies/{study_id}").json()["state"] == "complete"
