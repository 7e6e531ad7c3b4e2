"""Which record is whose: never a guess, and two people are never made one."""

import json
from pathlib import Path

import pytest

from integration.workflow.films import (
    CHEST,
    CHEST_STUDY,
    RECORD,
    TIBIA,
    edited,
    film_bytes,
    film_path,
    grey,
    left_behind,
    png,
    put,
    resources,
)
from make.record import a_bundle, as_bytes, fhir_observation, fhir_patient
from osler.clinical import Draft
from osler.errors import Misuse
from osler.workflow import Analysis, analyze


def of_chest(**changes: object) -> bytes:
    """Return the record of the chest film's patient, in the simple form, with changes."""
    patient = {"id": "9RG1", "sex": "female", "birth_date": "1940-03-05"}
    pulse = {"code": "heart_rate", "value": 92, "unit": "/min", "time": "2004-08-26T20:00:00Z"}
    return json.dumps({"patient": {**patient, **changes}, "observations": [pulse]}).encode()


def run(tmp_path: Path, *paths: Path, record: bytes, same_patient: bool = False) -> Analysis:
    """Analyse films with a record, and check that nothing is left half-written."""
    (file,) = put(tmp_path, **{"patient.json": record})
    out = tmp_path / "out"
    found = analyze(paths, record=file, same_patient=same_patient, out=out, resources=resources())
    assert left_behind(out) == []
    assert len(list(out.glob("*"))) == len(found.studies)
    return found


def drafts(found: Analysis) -> dict[str | None, Draft]:
    """Return drafts by study."""
    return {one.draft.study_uid: one.draft for one in found.studies}


def test_a_record_joins_the_film_that_carries_its_identifier(tmp_path: Path) -> None:
    """The films of two patients and one record: only the right film may get it."""
    put(tmp_path / "in", a=film_bytes(CHEST), b=film_bytes(TIBIA))
    found = run(tmp_path, tmp_path / "in", record=RECORD.read_bytes())
    assert found.refusals == ()
    chest = drafts(found)[CHEST_STUDY]
    (tibia,) = (one for uid, one in drafts(found).items() if uid != CHEST_STUDY)
    assert chest.record is not None
    assert tibia.record is None
    assert any("it names another patient" in warning for warning in tibia.warnings)
    assert [score.name for score in chest.assessment.scores] == ["news2"]
    assert tibia.assessment.scores == ()


def test_the_age_is_that_on_the_day_of_the_film(tmp_path: Path) -> None:
    """She was 64 when the film was taken; what she is today is of no use."""
    found = run(tmp_path, film_path(CHEST), record=RECORD.read_bytes())
    assert drafts(found)[CHEST_STUDY].age_years == pytest.approx(64.48, abs=0.01)


def test_the_record_of_another_patient_stops_film_and_record(tmp_path: Path) -> None:
    """Somebody has mixed up two people: nobody should read on, so no report is written."""
    found = run(tmp_path, film_path(CHEST), record=of_chest(id="SOMEBODY-ELSE"))
    assert found.studies == ()
    (refused,) = found.refusals
    assert refused.kind == "conflict"
    assert "the identifier of the record's patient differs from that of the film's" in (
        refused.sentence
    )
    assert "9RG1" not in refused.sentence
    assert "SOMEBODY-ELSE" not in refused.sentence


@pytest.mark.parametrize("fact", ["sex", "birth date"])
@pytest.mark.parametrize("word", ["by identifier", "same patient"])
def test_a_record_that_contradicts_the_film_is_not_joined(
    word: str, fact: str, tmp_path: Path
) -> None:
    """One number, two people: happens where numbers are given again. No word overrules it."""
    change = {"sex": "male"} if fact == "sex" else {"birth_date": "1941-03-05"}
    found = run(
        tmp_path, film_path(CHEST), record=of_chest(**change), same_patient=word == "same patient"
    )
    assert found.studies == ()
    (refused,) = found.refusals
    assert f"the {fact} of the record's patient differs" in refused.sentence


def test_a_picture_without_identity_is_not_joined_without_a_word(tmp_path: Path) -> None:
    """A picture that names nobody may be anybody's."""
    (film,) = put(tmp_path, film=png(grey()))
    found = run(tmp_path, film, record=of_chest())
    assert found.refusals == ()
    assert len(found.studies) == 2
    alone = drafts(found)[None]
    assert alone.record is not None
    assert "the record joins none of the studies given" in alone.warnings
    (picture,) = (one for uid, one in drafts(found).items() if uid is not None)
    assert picture.record is None
    assert any("use --same-patient if it is theirs" in warning for warning in picture.warnings)


def test_a_picture_is_joined_where_the_user_says_so(tmp_path: Path) -> None:
    """The person at the desk knows whose picture it is; that they said so stays in the report."""
    (film,) = put(tmp_path, film=png(grey()))
    found = run(tmp_path, film, record=of_chest(), same_patient=True)
    (one,) = found.studies
    assert one.draft.record is not None
    assert [identifier.value for identifier in one.draft.patient.identifiers] == ["9RG1"]
    assert any("the user said that it is the same patient" in w for w in one.draft.warnings)


def test_the_users_word_on_two_numbers_is_told_in_the_report(tmp_path: Path) -> None:
    """A reader must see that film and record carry different numbers."""
    found = run(
        tmp_path, film_path(CHEST), record=of_chest(id="OTHER-HOSPITAL-7"), same_patient=True
    )
    (one,) = found.studies
    assert any("identifiers of film and record differ" in w for w in one.draft.warnings)


@pytest.mark.parametrize("studies", [0, 2])
def test_the_users_word_holds_for_exactly_one_study(studies: int, tmp_path: Path) -> None:
    """Said of two studies, it would give one patient's record to another."""
    other = edited(CHEST, StudyInstanceUID="2.25.77", SOPInstanceUID="2.25.78")
    contents = {"a": film_bytes(CHEST), "b": other} if studies else {"a": b"no film"}
    put(tmp_path / "in", **contents)
    with pytest.raises(Misuse, match=f"to exactly one study; found {studies}"):
        run(tmp_path, tmp_path / "in", record=of_chest(), same_patient=True)
    assert not (tmp_path / "out").exists()


def test_the_users_word_without_a_study_says_what_became_of_the_film(tmp_path: Path) -> None:
    """'Found 0 studies' alone would send the user looking in the wrong place."""
    put(tmp_path / "in", a=b"no film")
    with pytest.raises(Misuse, match=r"refused before that: in/a: not an image file"):
        run(tmp_path, tmp_path / "in", record=of_chest(), same_patient=True)


def test_the_users_word_without_a_record_is_misuse() -> None:
    """The option promises a record that is not there."""
    with pytest.raises(Misuse, match="--same-patient needs --record"):
        analyze([film_path(CHEST)], same_patient=True, resources=resources())


def test_a_record_alone_gives_a_report_without_a_study(tmp_path: Path) -> None:
    """A doctor may ask about a patient who has no film yet."""
    found = run(tmp_path, record=of_chest())
    assert found.refusals == ()
    (one,) = found.studies
    assert one.draft.study_uid is None
    assert one.draft.findings == ()
    assert one.draft.models == ()
    (folder,) = (tmp_path / "out").iterdir()
    assert folder.name.startswith("record-patient-")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (b"{broken", "patient.json"),
        (b"", "empty"),
        (b"\x00\x01\x02", "patient.json"),
        (as_bytes(a_bundle(fhir_patient("p1"), fhir_patient("p2"))), "2 Patient resources"),
    ],
    ids=["broken JSON", "empty", "binary", "two patients"],
)
def test_a_bad_record_is_refused_and_the_film_still_reported(
    record: bytes, said: str, tmp_path: Path
) -> None:
    """The film does not wait for the record's error, and says that no record was used."""
    found = run(tmp_path, film_path(CHEST), record=record)
    (refused,) = found.refusals
    assert refused.origin == "patient.json"
    assert said in refused.sentence
    assert set(drafts(found)) == {CHEST_STUDY}
    draft = drafts(found)[CHEST_STUDY]
    assert draft.record is None
    assert f"the record was not used: {refused.sentence}" in draft.warnings


def test_a_record_that_names_nobody_is_not_joined_without_a_word(tmp_path: Path) -> None:
    """Values without a name may be anybody's; the report says how to join them."""
    found = run(tmp_path, film_path(CHEST), record=as_bytes(a_bundle(fhir_observation())))
    assert found.refusals == ()
    film = drafts(found)[CHEST_STUDY]
    assert film.record is None
    assert any("it carries no identifier; use --same-patient" in one for one in film.warnings)
    assert drafts(found)[None].record is not None


def test_a_record_that_is_not_there_is_refused_and_the_film_still_reported(
    tmp_path: Path,
) -> None:
    """A typing error in one path must not lose the other."""
    found = analyze([film_path(CHEST)], record=tmp_path / "gone.json", resources=resources())
    (refused,) = found.refusals
    assert refused.kind == "not-found"
    assert "gone.json: there is no such record file; check the path" in refused.sentence
    assert len(found.studies) == 1


def test_values_whose_units_do_not_convert_are_not_used(tmp_path: Path) -> None:
    """A pulse in millimetres is no pulse; the rest of the record is still of use."""
    odd = {"code": "heart_rate", "value": 92, "unit": "mm", "time": "2004-08-26T20:00:00Z"}
    fine = {"code": "spo2", "value": 96, "unit": "%", "time": "2004-08-26T20:00:00Z"}
    patient = {"id": "9RG1", "sex": "female", "birth_date": "1940-03-05"}
    record = json.dumps({"patient": patient, "observations": [odd, fine]}).encode()
    found = run(tmp_path, film_path(CHEST), record=record)
    assert found.refusals == ()
    joined = drafts(found)[CHEST_STUDY].record
    assert joined is not None
    pulse, saturation = joined.observations
    assert pulse.value is None
    assert "mm" in str(pulse.implausible)
    assert saturation.implausible is None
