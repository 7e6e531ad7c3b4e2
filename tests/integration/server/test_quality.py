"""The quality of the data over HTTP: counts, and the newest of what was not right."""

from datetime import UTC, datetime, timedelta

from make.draft import a_score
from make.kept import an_instance
from make.record import a_vitals_record
from make.review import a_kept_draft
from make.served import API, Served
from osler.clinical import Assessment, Refusal
from osler.records import Role


def test_what_is_kept_and_what_was_not_right_is_seen_at_once(served: Served) -> None:
    """A feed that sends rubbish is noticed on the first day, not in a study a year later."""
    now = datetime.now(UTC)
    osler = served.kept.osler
    osler.studies.store(an_instance(study=7), source="x", now=now)
    osler.studies.refuse(
        Refusal("a.dcm", "a.dcm: cut short; send it again", "structure"), source="x", now=now
    )
    old = Refusal("b.dcm", "b.dcm: cut short; send it again", "structure")
    osler.studies.refuse(old, source="x", now=now - timedelta(days=30))
    record = a_vitals_record(heart_rate=2000.0)
    osler.documents.store(record, b"a document", kind="fhir", source="ehr", now=now)
    score = a_score(stale=("heart rate",), missing=("temperature", "SpO2"))
    a_kept_draft(served.kept, assessment=Assessment(scores=(score,)))
    answer = served.client(Role.INTEGRATOR).get(f"{API}/quality")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["studies"] == {"queued": 1, "analysed": 1}
    assert found["refused"] == {"structure": 1}
    assert [one["origin"] for one in found["refusals"]] == ["a.dcm", "b.dcm"]
    assert found["refusals"][0]["sentence"] == "a.dcm: cut short; send it again"
    assert (found["results_looked_at"], found["stale"]) == (1, {"heart rate": 1})
    assert found["missing"] == {"temperature": 1, "SpO2": 1}
    assert found["implausible_count"] == len(found["implausible"]) == 1
    assert "2000" in found["implausible"][0]["implausible"]
    longer = served.client(Role.INTEGRATOR).get(f"{API}/quality", params={"days": 60})
    assert longer.json()["refused"] == {"structure": 2}
