"""Lists of studies: narrowed, ordered, and found by words, on both databases."""

# ruff: noqa: ANN401

from datetime import date, timedelta
from typing import Any

import pytest

from make.kept import NOW, Kept, an_instance
from make.review import a_finding_id, a_kept_draft
from osler.clinical import Act, Statement
from osler.errors import NotFound
from osler.records import NewReview, PatientId, Sort, StudyFilter, StudyId

ANNA: dict[str, Any] = {
    "PatientName": "Müller^Anna",
    "PatientID": "P-4711",
    "StudyDescription": "Chest PA",
}
RECEIVING = "receiving"
BORIS: dict[str, Any] = {
    "PatientName": "Orlov^Boris",
    "PatientID": "P-0815",
    "StudyDescription": "Chest AP",
}


def stored(kept: Kept, study: int, **elements: Any) -> StudyId:
    """Keep one film of a study that comes in a minute after the one before."""
    film = an_instance(study=study, **elements)
    now = NOW + timedelta(minutes=study)
    return kept.osler.studies.store(film, source=f"ct-{study % 2}", now=now).study_id


def ids(kept: Kept, **wanted: Any) -> list[StudyId]:
    """Return the studies that are found, in their order."""
    found = kept.ada.search.studies(StudyFilter(**wanted))
    return [row.study_id for row in found.rows]


def patient_of(kept: Kept, study_id: StudyId) -> PatientId:
    """Return whose study it is."""
    return kept.ada.studies.get(study_id).patient_id


def test_words_are_found_by_their_beginning_without_accents_or_case(kept: Kept) -> None:
    """Whoever types 'muller an' on a strange keyboard still finds Anna Müller."""
    one, other = stored(kept, 1, **ANNA), stored(kept, 2, **BORIS)
    assert ids(kept, words="muller an") == [one]
    assert ids(kept, words="MÜLLER^anna") == [one]
    assert ids(kept, words="chest") == [other, one]
    assert ids(kept, words="p-4711") == [one]
    assert ids(kept, words="chest orl") == [other]
    assert ids(kept, words="hest") == []


def test_what_a_database_takes_as_its_own_language_is_only_words(kept: Kept) -> None:
    """A search box is the first thing that anybody tries to break."""
    one = stored(kept, 1, **ANNA)
    for words in ("anna' OR 1=1 --", 'anna" NEAR/2 "x', "anna & !b", "anna:*", "anna AND NOT"):
        assert ids(kept, words=words) in ([], [one])
    assert ids(kept, words="anna AND") == []
    assert ids(kept, words=" *'\" ") == []


def test_each_filter_narrows_and_all_of_them_together(kept: Kept) -> None:
    """The integrator who looks for what one machine sent sees that and nothing else."""
    one = stored(kept, 1, **ANNA, StudyDate="20260110", AccessionNumber="A1")
    two = stored(kept, 2, **BORIS, StudyDate="20260215", Modality="CT")
    assert ids(kept, source="ct-1") == [one]
    assert ids(kept, modality="CT") == [two]
    assert ids(kept, accession_number="A1") == [one]
    assert ids(kept, study_from=date(2026, 2, 1), study_to=date(2026, 2, 15)) == [two]
    assert ids(kept, study_from=date(2026, 1, 1)) == [two, one]
    assert ids(kept, identifier="P-0815") == [two]
    assert ids(kept, identifier="P-0815", issuer="nobody") == []
    assert ids(kept, state="receiving", priority="routine", words="anna") == [one]
    assert ids(kept, state="failed") == []
    assert ids(kept, study_uid="2.25.2") == [two]
    assert ids(kept, patient_id=patient_of(kept, one)) == [one]


def test_pages_in_any_order_show_each_study_once(kept: Kept) -> None:
    """A study between two pages would be read by nobody."""
    found = [stored(kept, number, **ANNA, StudyDate="20260110") for number in range(1, 6)]
    urgent = an_instance(study=9, **ANNA, StudyDate="20260110")
    kept.osler.studies.store(urgent, source="x", now=NOW, priority="urgent")
    first = kept.ada.studies.find(urgent.study_uid)
    orders: tuple[tuple[dict[str, Any], Sort, list[StudyId | None] | None], ...] = (
        ({}, "newest", [*found[::-1], first]),
        ({}, "urgent", [first, *found[::-1]]),
        ({"words": "anna"}, "newest", [first, *found[::-1]]),
        ({"words": "anna"}, "urgent", [first, *found[::-1]]),
        ({"study_from": date(2026, 1, 1)}, "newest", None),
    )
    for wanted, sort, expected in orders:
        seen: list[StudyId | None] = []
        place: str | None = None
        while True:
            page = kept.ada.search.studies(StudyFilter(**wanted), sort=sort, limit=2, after=place)
            seen += [row.study_id for row in page.rows]
            place = page.next
            if place is None:
                break
        assert len(set(seen)) == len(seen) == 6
        assert expected is None or seen == expected


def test_a_study_that_becomes_urgent_is_found_first(kept: Kept) -> None:
    """The ward that sends a film again as urgent must not wait behind the night's routine."""
    one, two = stored(kept, 1, **ANNA), stored(kept, 2, **ANNA)
    urgent = an_instance(2, study=1, **ANNA)
    kept.osler.studies.store(urgent, source="x", now=NOW, priority="urgent")
    for wanted in (
        StudyFilter(),
        StudyFilter(words="anna"),
        StudyFilter(words="anna", state=RECEIVING),
    ):
        found = kept.ada.search.studies(wanted, sort="urgent").rows
        assert [row.study_id for row in found] == [one, two]
    assert ids(kept, words="anna", priority="urgent") == [one]
    assert ids(kept, words="anna", state=RECEIVING, priority="routine") == [two]


def test_a_place_of_another_order_is_refused(kept: Kept) -> None:
    """Going on in another order would leave studies out in silence."""
    for number in range(3):
        stored(kept, number + 1, **ANNA)
    page = kept.ada.search.studies(StudyFilter(), limit=1)
    for place in (page.next, "[]", "{}", "[1,2,3]", "nonsense", "[null]"):
        with pytest.raises(NotFound, match="of another list"):
            kept.ada.search.studies(StudyFilter(words="anna"), limit=1, after=place)


def test_a_new_name_is_found_with_all_studies_of_the_person(kept: Kept) -> None:
    """After a wedding the old films are found under the new name."""
    one = stored(kept, 1, **ANNA)
    two = stored(kept, 2, **{**ANNA, "PatientName": "Schmidt^Anna"})
    assert ids(kept, words="schmidt") == [two, one]
    assert ids(kept, words="müller") == []


def test_merged_patients_are_found_by_either_name_until_it_is_undone(kept: Kept) -> None:
    """Two numbers of one person must not hide half of their films."""
    one, two = stored(kept, 1, **ANNA), stored(kept, 2, **BORIS)
    kept.ada.patients.merge(patient_of(kept, one), patient_of(kept, two), now=NOW)
    assert ids(kept, words="orlov") == [two, one]
    assert ids(kept, identifier="P-4711") == [two, one]
    kept.ada.patients.unmerge(patient_of(kept, one), now=NOW)
    assert ids(kept, words="orlov") == [two]


def test_a_forgotten_patient_is_found_by_nothing(kept: Kept) -> None:
    """What was forgotten must not live on in an index, nor with whom they were merged."""
    one, two = stored(kept, 1, **ANNA), stored(kept, 2, **BORIS)
    kept.ada.patients.merge(patient_of(kept, one), patient_of(kept, two), now=NOW)
    assert ids(kept, words="anna") == [two, one]
    kept.ada.patients.forget(patient_of(kept, one), now=NOW)
    assert ids(kept, words="anna") == []
    assert ids(kept, words="orlov") == [two]


def test_a_finding_is_found_as_people_left_it(kept: Kept) -> None:
    """Whoever looks for pneumonias must not get those that a reader took back."""
    draft_id = a_kept_draft(kept)
    study_id = kept.ada.search.studies(StudyFilter()).rows[0].study_id
    assert ids(kept, words="pneumonia") == [study_id]
    assert ids(kept, words="effusion") == []
    reject = NewReview(Act.REJECT, a_finding_id(kept, draft_id), why="a nipple shadow")
    kept.ada.reviews.make(draft_id, reject, now=NOW)
    assert ids(kept, words="pneumonia") == []
    add = NewReview(Act.ADD, statement=Statement("Rib fracture"))
    kept.ada.reviews.make(draft_id, add, now=NOW)
    assert ids(kept, words="fracture rib") == [study_id]
