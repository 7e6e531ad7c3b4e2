"""The API does what its description says, whatever is sent to it.

Schemathesis makes requests from the description, good ones and bad ones, and compares the answers
with it. It is an administrator who has every other role as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from make.kept import EVERYONE, Kept
from make.record import a_vitals_record
from make.review import a_finding_id, a_kept_draft
from make.served import API, Served, now, served_at
from osler.records import RecordsAt, StudyFilter

EXAMPLES = 5
# A stale ETag (412) and more bytes than an upload has room for (413) keep to the description too:
# only who has read what is there knows better.
KNOWN_ONLY_BY_READING = [412, 413]
ACCEPTED = ["2xx", "3xx", 401, 403, 404, 409, 429, "5xx", *KNOWN_ONLY_BY_READING]


@pytest.fixture
def served(at: RecordsAt) -> Iterator[Served]:
    """Return the application over records in which something of every kind is kept."""
    with served_at(at) as one:
        one.app.state.service.broadcast.close()  # else a stream would never end
        one.app.state.limiter.hit = lambda *_: True
        yield one


def config(served: Served, mode: str = "all", **more: Any) -> SchemathesisConfig:  # noqa: ANN401
    """Return what schemathesis is told; 'positive' is good requests alone."""
    return SchemathesisConfig.from_dict(
        {
            "continue-on-failure": True,
            "auth": {"openapi": {"HTTPBearer": {"bearer": served.token(*EVERYONE)}}},
            "generation": {
                "mode": mode,
                "max-examples": EXAMPLES,
                "deterministic": True,
                "database": "none",
                # The session's cookie is the other way to sign in; a made-up one beside the token
                # says nothing.
                "with-security-parameters": False,
            },
            "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
            **more,
        }
    )


def faults(served: Served, told: SchemathesisConfig) -> tuple[list[str], int]:
    """Run all checks; return a line for each fault, and how many answers were looked at."""
    schema = schemathesis.openapi.from_asgi(f"{API}/openapi.json", served.app, config=told)
    found, answers = [], 0
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            found.append(f"{event.label}: {event.value}")
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            answers += sum(one.response is not None for one in recorder.interactions.values())
            found += [
                f"{recorder.label}, {one.name}: {one.failure_info.failure.message}\n"
                f"{one.failure_info.code_sample}"
                for checks in recorder.checks.values()
                for one in checks
                if one.failure_info is not None
            ]
    return found, answers


def test_no_request_finds_a_fault(served: Served) -> None:
    """Another program may rely on every word of the description."""
    found, answers = faults(served, config(served))
    assert found == [], "\n\n".join(found)
    assert answers > 500


def test_no_request_about_what_is_there_finds_a_fault(served: Served) -> None:
    """With ids that exist, so that the answers are more than 'not found'."""
    told = config(served, "positive", parameters=known_ids(served.kept))
    found, answers = faults(served, told)
    assert found == [], "\n\n".join(found)
    assert answers > 500


def known_ids(kept: Kept) -> Mapping[str, str]:
    """Keep something of every kind; return its ids by the names of parameters."""
    draft_id = a_kept_draft(kept)
    row = kept.ada.search.studies(StudyFilter()).rows[0]
    record = a_vitals_record()
    kept.osler.documents.store(record, b"a document", kind="fhir", source="ehr", now=now())
    (one,) = kept.ada.images.list(row.study_id)
    upload = kept.ada.uploads.begin("film.dcm", 10, source="web", priority="routine", now=now())
    return {
        "study_id": row.study_id,
        "series_id": one.series_id,
        "instance_id": one.instance_id,
        "patient_id": row.patient_id,
        "draft_id": draft_id,
        "finding_id": a_finding_id(kept, draft_id),
        "job_id": kept.ada.jobs.list()[0].job_id,
        "upload_id": upload.upload_id,
        "number": "1",
    }
