"""The scrub of everything that is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from make.draft import a_draft
from make.kept import EVERYONE, FIRST_USER, NOW, Kept, an_instance
from make.record import a_vitals_record
from osler.clinical import Refusal
from osler.errors import NotAllowed
from osler.records import Actor, Role
from osler.records.scrubbing import Scrubbed
from osler.records.tables import patients
from osler.records.upkeep import scrub_records

ADA = Actor(FIRST_USER, EVERYONE)


def scrubbed(kept: Kept) -> Scrubbed:
    """Scrub at a time when nothing is young any more."""
    later = datetime.now(UTC) + timedelta(hours=2)
    return scrub_records(kept.records, actor=ADA, now=later)


def fill(kept: Kept) -> list[str]:
    """Keep an object of every kind; return the ids of the two patients."""
    store = kept.osler.studies.store
    first = store(an_instance(study=1), source="ct-1", now=NOW)
    kept.osler.studies.complete(first.study_id, now=NOW)
    other = store(an_instance(study=2, PatientID="4712"), source="ct-1", now=NOW)
    kept.osler.documents.store(a_vitals_record(), b"a document", kind="fhir", source="e", now=NOW)
    refusal = Refusal("a.dcm", "a.dcm: cut short; send it again", "structure")
    kept.osler.studies.refuse(refusal, source="ct-1", now=NOW, content=b"half a film")
    kept.osler.jobs.sweep(now=NOW)
    (job,) = kept.osler.jobs.claim("w1", limit=1, now=NOW)
    kept.osler.results.store(kept.osler.jobs.begin(job.job_id, "w1", now=NOW), a_draft(), now=NOW)
    kept.records.seal()
    return [first.patient_id, other.patient_id]


def test_everything_that_the_tables_name_is_found_and_opens(kept: Kept) -> None:
    """Films, documents, results, refused bytes and the notes on the audit chains."""
    fill(kept)
    found = scrubbed(kept)
    assert found.is_clean
    assert found.extra.count == 0
    assert found.checked == len(list(kept.records.objects.list()))


def test_a_lost_a_wrong_and_a_left_over_film_are_named(kept: Kept) -> None:
    """Each is another errand: restore, restore, and nothing."""
    fill(kept)
    objects = kept.records.objects
    films = [one.address for one in objects.list() if one.sealed_size > 400]
    objects.delete(films[0])
    objects.put_raw(films[1], objects.raw(films[1])[:-1])
    extra = objects.put(b"never committed", holder="p", key=bytes(32)).address
    found = scrubbed(kept)
    assert found.missing.addresses == (films[0],)
    assert found.altered.addresses == (films[1],)
    assert found.extra.addresses == (extra,)


def test_a_forgotten_patient_is_no_loss(kept: Kept) -> None:
    """Whether their sealed bytes still lie somewhere says nothing."""
    fill(kept)
    copies = [
        (one.address, kept.records.objects.raw(one.address)) for one in kept.records.objects.list()
    ]
    before = scrubbed(kept).checked
    kept.ada.patients.forget(kept.osler.studies.list(limit=1)[0].patient_id, now=NOW)
    found = scrubbed(kept)
    assert found.is_clean
    assert found.checked < before
    for address, sealed in copies:
        kept.records.objects.put_raw(address, sealed)
    assert scrubbed(kept).is_clean


def test_a_wrong_key_of_one_patient_is_named_by_their_films(kept: Kept) -> None:
    """One altered row must not keep anybody from looking at all the others."""
    patient, _ = fill(kept)
    with kept.records.database.writer.connect() as connection:
        connection.execute(
            update(patients).where(patients.c.patient_id == patient).values(wrapped_key=bytes(64))
        )
        connection.commit()
    found = scrubbed(kept)
    assert found.altered.count >= 1
    assert found.missing.count == 0


def test_only_an_administrator_scrubs(kept: Kept) -> None:
    """It reads everything about everybody."""
    with pytest.raises(NotAllowed, match="may not maintain"):
        scrub_records(kept.records, actor=Actor("bob", frozenset({Role.READER})), now=NOW)
