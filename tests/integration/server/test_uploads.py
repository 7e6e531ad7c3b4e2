"""Uploads: whole, in parts, broken off, continued twice, and of what is no image."""

from datetime import timedelta

from fastapi.testclient import TestClient
from httpx2 import Response

from make.kept import an_instance
from make.record import a_bundle, as_bytes, fhir_observation, fhir_patient
from make.served import API, Served
from osler.records import Role
from osler.server.uploads.storing import store_what_was_left


def begin(client: TestClient, name: str, size: int, **headers: str) -> str:
    """Begin an upload; return its id."""
    answer = client.post(f"{API}/uploads", json={"name": name, "size": size}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["upload_id"])


def send(client: TestClient, upload_id: str, content: bytes, *, offset: int = 0) -> Response:
    """Send a part; return the answer."""
    headers = {"Upload-Offset": str(offset)}
    return client.patch(f"{API}/uploads/{upload_id}", content=content, headers=headers)


def test_a_film_in_two_parts_becomes_a_study(served: Served) -> None:
    """A line that breaks in the middle costs the rest, not the whole."""
    client = served.client(Role.INTEGRATOR)
    film = an_instance().content
    upload_id = begin(client, "film.dcm", len(film))
    first = send(client, upload_id, film[:300])
    assert (first.status_code, first.json()["state"]) == (200, "open")
    where = client.get(f"{API}/uploads/{upload_id}").json()["received"]
    last = send(client, upload_id, film[where:], offset=where).json()
    assert last["state"] == "done"
    assert (last["outcome"]["stored"], last["outcome"]["refused"]) == (1, 0)
    study = client.get(f"{API}/studies/{last['outcome']['studies'][0]}").json()
    assert (study["instances"], study["state"]) == (1, "queued")


def test_a_part_that_comes_twice_is_told_where_the_upload_stands(served: Served) -> None:
    """Two tabs, or a retry behind a proxy, must not make a film twice as long."""
    client = served.client(Role.INTEGRATOR)
    upload_id = begin(client, "film.dcm", 10)
    assert send(client, upload_id, b"12345").status_code == 200
    again = send(client, upload_id, b"12345")
    assert again.status_code == 409
    assert "stands at byte 5" in again.json()["detail"]


def test_another_user_s_upload_is_not_found(served: Served) -> None:
    """An id that is seen in a log opens nothing."""
    upload_id = begin(served.client(Role.INTEGRATOR), "film.dcm", 10)
    other = served.client(Role.CLINICIAN)
    assert send(other, upload_id, b"12345").status_code == 404
    assert other.get(f"{API}/uploads/{upload_id}").status_code == 404


def test_a_file_that_is_no_image_is_refused_with_its_sentence(served: Served) -> None:
    """The sender learns what was found and what was expected."""
    client = served.client(Role.INTEGRATOR)
    upload_id = begin(client, "notes.txt", 5)
    answer = send(client, upload_id, b"hello").json()
    assert answer["state"] == "refused"
    assert "not an image file that Osler reads" in answer["outcome"]["refusals"][0]["sentence"]


def test_a_record_is_taken_by_its_name(served: Served) -> None:
    """The same door takes films and records."""
    client = served.client(Role.INTEGRATOR)
    bundle = as_bytes(
        a_bundle(fhir_patient(), fhir_observation(subject={"reference": "Patient/p1"}))
    )
    upload_id = begin(client, "patient.json", len(bundle))
    answer = send(client, upload_id, bundle).json()
    assert answer["state"] == "done", answer


def test_a_name_with_folders_in_it_is_a_name(served: Served) -> None:
    """A path trick is a file name like any other."""
    client = served.client(Role.INTEGRATOR)
    upload_id = begin(client, "../../etc/passwd", 5)
    refusal = send(client, upload_id, b"hello").json()["outcome"]["refusals"][0]
    assert refusal["origin"] == "passwd"
    unprintable = client.post(f"{API}/uploads", json={"name": "film\u0000.dcm", "size": 5})
    assert unprintable.status_code == 422


def test_an_upload_begun_again_under_its_key_is_the_same_upload(served: Served) -> None:
    """A client that lost the answer asks again and goes on with the same upload."""
    client = served.client(Role.INTEGRATOR)
    key = {"Idempotency-Key": "key-number-1"}
    one = begin(client, "film.dcm", 10, **key)
    assert begin(client, "film.dcm", 10, **key) == one
    other = client.post(f"{API}/uploads", json={"name": "b", "size": 2}, headers=key)
    assert other.status_code == 409
    assert "used for another request" in other.json()["detail"]


def test_what_is_too_much_or_unknown_is_refused(served: Served) -> None:
    """Two gigabytes is the end, and a misspelt field is not passed over."""
    client = served.client(Role.INTEGRATOR)
    too_much = client.post(f"{API}/uploads", json={"name": "a", "size": 3 * 10**9})
    assert too_much.status_code == 422
    misspelt = client.post(f"{API}/uploads", json={"name": "a", "size": 1, "prio": "urgent"})
    assert misspelt.status_code == 422
    assert "prio" in misspelt.json()["detail"]


def test_a_body_beyond_its_limit_is_refused_before_it_is_read(served: Served) -> None:
    """A gigabyte of JSON must not fill the memory of the server."""
    client = served.client(Role.INTEGRATOR)
    answer = client.post(f"{API}/uploads", content=b'{"name": "' + b"x" * 2_000_000 + b'"}')
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_deep_nesting_is_refused(served: Served) -> None:
    """Ten thousand brackets are no body of ours."""
    client = served.client(Role.INTEGRATOR)
    answer = client.post(
        f"{API}/uploads",
        content=b"[" * 100_000 + b"]" * 100_000,
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (400, 422)
    assert "Traceback" not in answer.text


def test_an_upload_whose_server_died_with_its_last_part_is_stored_by_the_next(
    served: Served,
) -> None:
    """Its bytes are on disk and its sender waits: nobody else will ever send it again."""
    client = served.client(Role.INTEGRATOR)
    film = an_instance().content
    upload_id = begin(client, "film.dcm", len(film))
    # What the request does before it stores the film; there it is killed.
    osler = served.service.own_desk
    osler.uploads.append(upload_id, film, offset=0, now=served.service.clock())
    osler.uploads.forget(served.service.clock() + timedelta(days=9))
    store_what_was_left(served.service)
    assert client.get(f"{API}/uploads/{upload_id}").json()["state"] == "open"
    store_what_was_left(served.service, left_alone=timedelta(seconds=-1))
    ended = client.get(f"{API}/uploads/{upload_id}").json()
    assert (ended["state"], ended["outcome"]["stored"]) == ("done", 1)
    (study_id,) = ended["outcome"]["studies"]
    assert client.get(f"{API}/studies/{study_id}").json()["instances"] == 1
    again = osler.uploads.finish(upload_id, state="refused", outcome={}, now=served.service.clock())
    assert (again.state, again.outcome) == ("done", ended["outcome"])


def test_a_small_file_is_sent_in_one_request_and_again_without_harm(served: Served) -> None:
    """A program that sends thousands of small films a minute wants one answer for each."""
    client = served.client(Role.INTEGRATOR)
    film = an_instance().content
    asked = {"name": "film.dcm", "source": "ct-1", "priority": "urgent"}
    first, again = (client.put(f"{API}/files", params=asked, content=film).json() for _ in range(2))
    assert (first["state"], first["outcome"]["stored"]) == ("done", 1)
    assert again == first
    study = client.get(f"{API}/studies/{first['outcome']['studies'][0]}").json()
    assert (study["instances"], study["source"], study["priority"]) == (1, "ct-1", "urgent")
    large = film + bytes(3_000_000)
    assert client.put(f"{API}/files", params=asked, content=large).status_code == 200
    too_large = client.put(f"{API}/files", params=asked, content=bytes(33_000_000))
    assert too_large.status_code == 413
    nothing = client.put(f"{API}/files", params=asked, content=b"")
    assert (nothing.status_code, "no bytes" in nothing.json()["detail"]) == (400, True)
    text = client.put(f"{API}/files", params={"name": "notes.txt"}, content=b"hello")
    assert text.json()["state"] == "refused"
