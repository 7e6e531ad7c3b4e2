"""Patients over HTTP: by number, merged and taken apart, and the values of their record."""

from datetime import timedelta

from make.kept import NOW, an_instance
from make.record import TAKEN, a_man, a_vitals_record
from make.review import a_kept_draft
from make.served import API, Served
from osler.records import PatientId, Role


def patient(served: Served, study: int, number: str) -> PatientId:
    """Keep a film of a patient with a number."""
    film = an_instance(study=study, PatientID=number)
    return served.kept.osler.studies.store(film, source="x", now=NOW).patient_id


def record(served: Served, kind: str = "fhir", **changes: float | str | None) -> PatientId:
    """Keep a document of vital signs."""
    found = a_vitals_record(a_man(), **changes)
    stored = served.kept.osler.documents.store(
        found, repr(found).encode(), kind=kind, source="ehr", now=NOW
    )
    return stored.patient_id


def test_a_patient_is_found_by_their_number(served: Served) -> None:
    """A wristband is all that there is at night."""
    patient_id = patient(served, 1, "P-1")
    client = served.client(Role.CLINICIAN)
    found = client.get(f"{API}/patients", params={"identifier": "P-1"}).json()["items"]
    assert [one["patient_id"] for one in found] == [patient_id]
    one = client.get(f"{API}/patients/{patient_id}")
    assert one.json()["identifiers"] == [{"value": "P-1", "issuer": None}]
    assert (one.json()["name"], one.json()["sex"]) == ("Doe^Jane", "female")
    etag = {"If-None-Match": one.headers["etag"]}
    assert client.get(f"{API}/patients/{patient_id}", headers=etag).status_code == 304
    none = client.get(f"{API}/patients", params={"identifier": "P-1", "issuer": "elsewhere"})
    assert none.json() == {"items": [], "next": None}
    assert client.get(f"{API}/patients", params={"identifier": "P-"}).json()["items"] == []


def test_two_patients_become_one_person_and_two_again(served: Served) -> None:
    """A wrong merge is taken back without a trace in the data."""
    one, two = patient(served, 1, "P-1"), patient(served, 2, "P-2")
    integrator, reader = served.client(Role.INTEGRATOR), served.client(Role.READER)
    key = {"Idempotency-Key": "merge-number-1"}
    order = {"into": two}
    merged = integrator.post(f"{API}/patients/{one}/merge", json=order, headers=key)
    assert merged.status_code == 201, merged.text
    again = integrator.post(f"{API}/patients/{one}/merge", json=order, headers=key)
    assert again.json() == merged.json()
    person = reader.get(f"{API}/patients/{one}").json()
    assert (person["patient_id"], set(person["ids"])) == (two, {one, two})
    assert len(reader.get(f"{API}/studies", params={"patient_id": one}).json()["items"]) == 2
    second = integrator.post(f"{API}/patients/{one}/merge", json=order)
    assert (second.status_code, second.json()["kind"]) == (409, "conflict")
    assert integrator.delete(f"{API}/patients/{one}/merge").status_code == 204
    assert reader.get(f"{API}/patients/{one}").json()["ids"] == [one]


def test_a_patient_who_changed_is_not_merged_from_an_old_view(served: Served) -> None:
    """Whoever merges has compared the two as they are."""
    one, two = patient(served, 1, "P-1"), patient(served, 2, "P-2")
    client = served.client(Role.INTEGRATOR)
    etag = {"If-Match": client.get(f"{API}/patients/{one}").headers["etag"]}
    film = an_instance(2, PatientID="P-1", PatientName="Roe^Jane")
    served.kept.osler.studies.store(film, source="x", now=NOW)
    answer = client.post(f"{API}/patients/{one}/merge", json={"into": two}, headers=etag)
    assert answer.status_code == 412


def test_values_come_with_unit_as_written_and_with_what_was_repaired(served: Served) -> None:
    """Nobody has to guess whether 37 was degrees Celsius."""
    patient_id = record(served, heart_rate=70.0, temperature=98.6)
    client = served.client(Role.CLINICIAN)
    whole = client.get(f"{API}/patients/{patient_id}/record").json()
    assert whole["observations"] == 7
    rows = client.get(f"{API}/patients/{patient_id}/observations").json()["items"]
    assert len(rows) == 7
    (rate,) = (one for one in rows if one["quantity"] and one["quantity"]["value"] == 70.0)
    assert rate["quantity"] == {"value": 70.0, "unit": "/min"}
    assert (rate["raw"], rate["repairs"], rate["implausible"]) == ("70.0 /min", [], None)
    assert rate["effective"] == TAKEN.isoformat().replace("+00:00", "Z")
    (fever,) = (one for one in rows if one["raw"].startswith("98.6"))
    assert fever["repairs"] or fever["implausible"]
    only = client.get(
        f"{API}/patients/{patient_id}/observations", params={"code": rate["code"]["code"]}
    ).json()["items"]
    assert only == [rate]


def test_values_come_page_by_page_each_once(served: Served) -> None:
    """A value between two pages would be missing from the curve."""
    patient_id = record(served)
    client = served.client(Role.CLINICIAN)
    seen: list[str] = []
    asked: dict[str, str | int] = {"limit": 3}
    while True:
        page = client.get(f"{API}/patients/{patient_id}/observations", params=asked).json()
        seen += [one["observation_id"] for one in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert len(seen) == len(set(seen)) == 7


def test_a_patient_without_documents_has_no_record(served: Served) -> None:
    """No record is another answer than an empty one."""
    patient_id = patient(served, 1, "P-1")
    client = served.client(Role.READER)
    answer = client.get(f"{API}/patients/{patient_id}/record")
    assert (answer.status_code, answer.json()["kind"]) == (404, "not-found")
    assert client.get(f"{API}/patients/{patient_id}/observations").json()["items"] == []


def test_the_results_of_a_person_are_listed(served: Served) -> None:
    """What was found before stands beside what is found now."""
    draft_id = a_kept_draft(served.kept)
    client = served.client(Role.CLINICIAN)
    study = client.get(f"{API}/studies").json()["items"][0]
    rows = client.get(f"{API}/patients/{study['patient_id']}/results").json()["items"]
    assert [(one["draft_id"], one["study_id"]) for one in rows] == [(draft_id, study["study_id"])]


def test_an_integrator_reads_who_a_patient_is_but_not_the_record(served: Served) -> None:
    """Feeds are checked by number, not by diagnosis."""
    patient_id = record(served)
    client = served.client(Role.INTEGRATOR)
    assert client.get(f"{API}/patients/{patient_id}").status_code == 200
    assert client.get(f"{API}/patients/{patient_id}/record").status_code == 403
    trail = served.client(Role.AUDITOR).get(
        f"{API}/audit",
        params={
            "patient_id": patient_id,
            "user": "integrator",
            "since": (NOW - timedelta(days=1)).isoformat(),
        },
    )
    assert [one["action"] for one in trail.json()["items"]] == ["read patient"]
