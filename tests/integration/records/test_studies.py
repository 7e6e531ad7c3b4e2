"""Studies and instances: what is acknowledged is there, and nothing is replaced in silence."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from make.kept import NOW, Kept, an_instance, kept_at
from osler.clinical import Refusal
from osler.errors import IdentityConflict, NotFound
from osler.records import OtherContent, Outcome, RecordsAt, StudyId

LATER = NOW + timedelta(minutes=2)


def test_an_instance_comes_back_bit_for_bit_after_the_process_has_ended(at: RecordsAt) -> None:
    """What a hospital hands over is what it gets back."""
    film = an_instance()
    with kept_at(at) as kept:
        stored = kept.osler.studies.store(film, source="ct-1", now=NOW)
    with kept_at(at) as kept:
        study = kept.osler.studies.load(stored.study_id)
    assert study.instances() == (film,)
    assert study.patient == film.patient


def test_a_repeated_instance_is_told_and_kept_once(kept: Kept) -> None:
    """A sender that got no answer sends again; that must not make two films of one."""
    first = kept.osler.studies.store(an_instance(), source="ct-1", now=NOW)
    again = kept.osler.studies.store(an_instance(), source="pacs", now=LATER)
    assert (first.outcome, again.outcome) == (Outcome.STORED, Outcome.REPEATED)
    assert again.instance_id == first.instance_id
    row = kept.osler.studies.get(first.study_id)
    assert (row.instances, row.revision, row.last_received_at) == (1, 1, NOW)
    assert len(list(kept.records.objects.list())) == 1


def test_the_same_instance_by_eight_doors_at_once_is_kept_once(kept: Kept) -> None:
    """Modality and PACS often send the same film in the same second."""
    outcomes: list[Outcome] = []

    def send() -> None:
        outcomes.append(kept.osler.studies.store(an_instance(), source="x", now=NOW).outcome)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == [Outcome.REPEATED] * 7 + [Outcome.STORED]


def test_other_bytes_under_a_known_uid_are_refused_and_the_first_stay(kept: Kept) -> None:
    """A film that changes under its name would change a report that somebody has signed."""
    stored = kept.osler.studies.store(an_instance(), source="ct-1", now=NOW)
    other = an_instance(StudyDescription="corrected")
    with pytest.raises(OtherContent, match="another content is kept under the same SOP Instance"):
        kept.osler.studies.store(other, source="ct-1", now=NOW)
    assert kept.osler.studies.load(stored.study_id).instances() == (an_instance(),)


def test_where_the_site_says_so_other_bytes_become_a_version_that_names_the_first(
    at: RecordsAt,
) -> None:
    """Nothing is replaced in silence: both stay, and the study is looked at again."""
    other = an_instance(StudyDescription="corrected")
    with kept_at(replace(at, changed_instance="version")) as kept:
        stored = kept.osler.studies.store(an_instance(), source="ct-1", now=NOW)
        second = kept.osler.studies.store(other, source="ct-1", now=NOW)
        study = kept.osler.studies.load(stored.study_id)
        row = kept.osler.studies.get(stored.study_id)
    assert second.outcome is Outcome.NEW_VERSION
    assert study.instances() == (other,)
    assert row.revision == 2


def test_a_study_cannot_change_its_patient(kept: Kept) -> None:
    """One study with the films of two people is how the wrong lung gets operated on."""
    kept.osler.studies.store(an_instance(1), source="ct-1", now=NOW)
    with pytest.raises(IdentityConflict, match="its study is kept under another patient"):
        kept.osler.studies.store(an_instance(2, PatientID="4712"), source="ct-1", now=NOW)


def test_one_number_with_two_birth_dates_is_two_people(kept: Kept) -> None:
    """A number that was used twice must not join two patients' films."""
    kept.osler.studies.store(an_instance(PatientBirthDate="19500101"), source="ct-1", now=NOW)
    with pytest.raises(IdentityConflict, match="the birth date in the document differs"):
        kept.osler.studies.store(
            an_instance(study=2, PatientBirthDate="19800101"), source="ct-1", now=NOW
        )


def test_pictures_without_a_number_are_a_patient_each(kept: Kept) -> None:
    """Two films without identity are never of one person because both name nobody."""
    stored = [
        kept.osler.studies.store(
            an_instance(study=number, PatientID=None, PatientName=None), source="x", now=NOW
        )
        for number in (1, 2)
    ]
    assert stored[0].patient_id != stored[1].patient_id
    same = an_instance(2, study=1, PatientID=None, PatientName=None)
    third = kept.osler.studies.store(same, source="x", now=NOW)
    assert third.patient_id == stored[0].patient_id


def test_the_site_s_own_issuer_stands_for_one_that_is_not_named(at: RecordsAt) -> None:
    """The modality names no issuer, the PACS does; the hospital knows that both are its own."""
    with kept_at(replace(at, default_issuer="H1")) as kept:
        one = kept.osler.studies.store(an_instance(study=1), source="ct-1", now=NOW)
        other = kept.osler.studies.store(
            an_instance(study=2, IssuerOfPatientID="H1"), source="pacs", now=NOW
        )
    assert one.patient_id == other.patient_id


def test_a_study_is_listed_newest_first_and_page_by_page(kept: Kept) -> None:
    """A worklist of a hundred thousand studies is read a page at a time."""
    ids = [
        kept.osler.studies.store(
            an_instance(study=number, PatientID=str(number)),
            source="ct-1",
            now=NOW + timedelta(minutes=number),
        ).study_id
        for number in range(1, 6)
    ]
    first = kept.osler.studies.list(limit=2)
    second = kept.osler.studies.list(limit=3, before=first[-1].study_id)
    assert [row.study_id for row in (*first, *second)] == ids[::-1]
    assert first[0].modalities == ("CR",)


def test_a_refusal_is_kept_with_its_sentence_and_the_bytes_that_nobody_else_has(
    kept: Kept,
) -> None:
    """What a scanner sent is gone from the scanner: it is kept even where it cannot be used."""
    before = len(list(kept.records.objects.list()))
    refusal = Refusal("a.dcm", "a.dcm: cut short; send it again", "structure")
    kept.osler.studies.refuse(refusal, source="ct-1", now=NOW, content=b"half a film")
    assert len(list(kept.records.objects.list())) == before + 1


def test_a_study_that_is_not_kept_is_not_found(kept: Kept) -> None:
    """An id from another system gets a sentence, not an empty study."""
    with pytest.raises(NotFound, match="study nowhere is not kept"):
        kept.osler.studies.load(StudyId("nowhere"))
