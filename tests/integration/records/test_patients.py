"""Patients: merged and unmerged without loss, and forgotten for good."""

from datetime import timedelta

import pytest

from make.kept import NOW, Kept, an_instance, kept_at
from make.record import a_vitals_record
from osler.clinical import Identifier, Patient
from osler.errors import Conflict, NotFound
from osler.records import PatientId, RecordsAt

LATER = NOW + timedelta(minutes=5)


def two(kept: Kept) -> tuple[PatientId, PatientId]:
    """Keep a study each of two patients; return their ids."""
    ids = [
        kept.osler.studies.store(
            an_instance(study=number, PatientID=str(number)), source="ct-1", now=NOW
        ).patient_id
        for number in (1, 2)
    ]
    return ids[0], ids[1]


def test_a_merge_is_seen_from_both_sides_and_taken_back_without_a_trace(kept: Kept) -> None:
    """Two numbers turn out to be one person; an hour later it turns out that they are not."""
    one, other = two(kept)
    kept.ada.patients.merge(one, other, now=NOW)
    assert set(kept.ada.patients.one_person(one)) == {one, other}
    merged = kept.ada.patients.get(one)
    assert {number.value for number in merged.identifiers} == {"1", "2"}
    assert kept.ada.patients.get(other) == merged
    kept.ada.patients.unmerge(one, now=LATER)
    assert kept.ada.patients.one_person(one) == (one,)
    assert [number.value for number in kept.ada.patients.get(one).identifiers] == ["1"]


def test_a_merge_into_itself_or_made_twice_is_refused(kept: Kept) -> None:
    """A ring of merges would be a patient who never ends."""
    one, other = two(kept)
    kept.ada.patients.merge(one, other, now=NOW)
    with pytest.raises(Conflict, match="are one person already"):
        kept.ada.patients.merge(other, one, now=NOW)
    kept.ada.patients.unmerge(one, now=NOW)
    with pytest.raises(NotFound, match="is merged into no other"):
        kept.ada.patients.unmerge(one, now=NOW)


def test_a_new_name_is_a_new_row_and_both_are_kept(kept: Kept) -> None:
    """People marry; the old films still say the old name."""
    stored = kept.osler.studies.store(an_instance(study=1), source="ct-1", now=NOW)
    kept.osler.studies.store(an_instance(study=2, PatientName="Roe^Jane"), source="ct-1", now=LATER)
    assert kept.ada.patients.get(stored.patient_id).name == "Roe^Jane"
    first, second = kept.osler.studies.list(limit=2)[::-1]
    assert kept.osler.studies.load(first.study_id).patient.name == "Doe^Jane"
    assert kept.osler.studies.load(second.study_id).patient.name == "Roe^Jane"


def test_a_patient_is_found_by_number_alone(kept: Kept) -> None:
    """A name is no identity."""
    stored = kept.osler.studies.store(an_instance(), source="ct-1", now=NOW)
    by_number = Patient(identifiers=(Identifier("4711"),))
    assert kept.ada.patients.find(by_number) == stored.patient_id
    assert kept.ada.patients.find(Patient(name="Doe^Jane")) is None


def test_a_forgotten_patient_cannot_be_opened_by_anybody_and_others_stay(kept: Kept) -> None:
    """A person may ask to be forgotten: that is one key, not a search through the archive."""
    one, other = two(kept)
    address = next(iter(kept.records.objects.list())).address
    copy = kept.records.objects.raw(address)
    study = next(row for row in kept.osler.studies.list() if row.patient_id == one)
    assert kept.ada.patients.forget(one, now=LATER) == 1
    with pytest.raises(NotFound, match="was forgotten"):
        kept.ada.patients.get(one)
    with pytest.raises(NotFound, match="deleted with its patient"):
        kept.osler.studies.load(study.study_id)
    assert kept.ada.patients.get(other).identifiers == (Identifier("2"),)
    assert b"Doe" not in copy
    assert kept.ada.audit.verify().faults == ()


def test_a_forgotten_patient_who_comes_again_is_a_new_one(kept: Kept) -> None:
    """Forgetting must not lock a person out of the hospital."""
    one, _ = two(kept)
    kept.ada.patients.forget(one, now=LATER)
    again = kept.osler.studies.store(an_instance(study=1, PatientID="1"), source="x", now=LATER)
    assert again.patient_id != one
    assert kept.osler.studies.load(again.study_id).patient.name == "Doe^Jane"


def test_a_process_that_still_remembers_the_key_keeps_nothing_under_it(at: RecordsAt) -> None:
    """The worker met the patient before; the administrator forgets them from another process."""
    with kept_at(at) as one, kept_at(at) as other:
        first = one.osler.studies.store(an_instance(1), source="ct-1", now=NOW)
        other.ada.patients.forget(first.patient_id, now=LATER)
        again = one.osler.studies.store(an_instance(2), source="ct-1", now=LATER)
        assert again.patient_id != first.patient_id
        assert other.osler.studies.load(again.study_id).instances() == (an_instance(2),)


def test_a_record_is_gathered_from_all_documents_and_equal_values_count_once(kept: Kept) -> None:
    """The same lab report comes by two ways; the potassium was measured once."""
    record = a_vitals_record()
    put = kept.osler.documents.store
    first = put(record, b"bundle", kind="fhir", source="ehr", now=NOW)
    again = put(record, b"bundle", kind="fhir", source="ehr", now=LATER)
    put(record, b"the same values in other bytes", kind="fhir", source="lab", now=LATER)
    assert (first.outcome, again.outcome) == ("stored", "repeated")
    whole = kept.osler.documents.record(first.patient_id)
    assert whole is not None
    assert whole.observations == record.observations
    assert whole.conditions == record.conditions


def test_a_patient_without_a_document_has_no_record(kept: Kept) -> None:
    """No record is not an empty record."""
    stored = kept.osler.studies.store(an_instance(), source="ct-1", now=NOW)
    assert kept.osler.documents.record(stored.patient_id) is None


def test_a_merge_joins_the_records_too(kept: Kept) -> None:
    """The record under one number, the film under the other: merged, they are weighed together."""
    record = a_vitals_record()
    stored = kept.osler.documents.store(record, b"x", kind="fhir", source="ehr", now=NOW)
    film = kept.osler.studies.store(
        an_instance(PatientID="77", PatientSex=None), source="ct-1", now=NOW
    )
    kept.ada.patients.merge(film.patient_id, stored.patient_id, now=NOW)
    joined = kept.osler.documents.record(film.patient_id)
    assert joined is not None
    assert joined.observations == record.observations
