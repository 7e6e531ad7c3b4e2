"""The whole path on real films: what is judged, what is rightly not, and that both are stable."""

import math
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid

from integration.workflow.films import (
    CHEST,
    CHEST_STUDY,
    HEAD_CT,
    RECORD,
    SHOULDER_MR,
    TIBIA,
    adult,
    edited,
    film_bytes,
    film_path,
    grey,
    left_behind,
    png,
    probabilities,
    put,
    resources,
    stripped,
)
from osler.clinical import Draft
from osler.clinical.serial import to_json
from osler.workflow import Resources, analyze

REPEAT = "2.25.9001"


def the_draft(path: Path, used: Resources, record: Path | None = None) -> Draft:
    """Analyse one film that must not be refused, and return its draft."""
    found = analyze([path], record=record, resources=used)
    assert found.refusals == ()
    assert len(found.studies) == 1
    return found.studies[0].draft


def test_a_chest_film_gives_every_finding_that_the_package_looks_for(tmp_path: Path) -> None:
    """A finding that drops out on the way would be read as absent."""
    used = adult()
    draft = the_draft(film_path(CHEST), used)
    package = next(one for one in used.panel.judges if one.card.name == "cxr-adult")
    shipped = {("cxr-adult", output.name) for output in package.card.outputs if output.shipped}
    given = probabilities(draft)
    assert shipped <= set(given)
    named = {one.model for one in draft.not_assessed} | {model for model, _ in given}
    others = " ".join(one.reason for one in draft.not_assessed if one.gate == "other images")
    assert all(one.card.name in named or one.card.name in others for one in used.panel.judges)
    assert draft.study_uid == CHEST_STUDY
    assert draft.age_years == pytest.approx((64 * 365.2425 + 174) / 365.2425, abs=0.01)
    for one in draft.findings:
        assert one.probability.low <= one.probability.value <= one.probability.high


def test_the_masses_of_this_film_are_judged_or_said_not_to_be() -> None:
    """Its large masses are plain to any reader: silence about them would read as a clear film."""
    draft = the_draft(film_path(CHEST), adult())
    unjudged = {one.name for one in draft.not_assessed if one.model == "cxr-adult"}
    for name in ("Mass", "Nodule"):
        assert ("cxr-adult", name) in probabilities(draft) or name in unjudged


@pytest.mark.parametrize(
    ("name", "gate", "said"),
    [
        (TIBIA, "body part", "EXTREMITY"),
        (HEAD_CT, "modality", "modality CT"),
        (SHOULDER_MR, "modality", "modality MR"),
    ],
)
def test_what_is_no_chest_film_is_not_assessed_with_the_reason(
    name: str, gate: str, said: str
) -> None:
    """A number for pneumonia on a shin would be worse than none."""
    used = adult()
    draft = the_draft(film_path(name), used)
    assert draft.findings == ()
    told = " ".join(f"{one.model} {one.reason}" for one in draft.not_assessed)
    assert all(package.card.name in told for package in used.panel.judges)
    assert {one.gate for one in draft.not_assessed} == {gate}
    assert all(said in one.reason for one in draft.not_assessed)
    assert len(draft.films) == 1, "the person sees what was sent"


@pytest.mark.parametrize("name", [TIBIA, HEAD_CT, SHOULDER_MR])
def test_without_a_header_the_pixels_are_refused(name: str, tmp_path: Path) -> None:
    """Headers are often empty: then only the picture can tell that it is no chest."""
    (path,) = put(tmp_path, film=stripped(name))
    draft = the_draft(path, adult())
    assert draft.findings == ()
    assert draft.not_assessed
    assert {one.gate for one in draft.not_assessed} <= {"body part", "quality", "population"}


def test_a_bare_picture_gets_a_report_without_identity(tmp_path: Path) -> None:
    """A screenshot names nobody: nothing about the patient may be made up for it."""
    used = adult()
    (path,) = put(tmp_path, film=png(grey()))
    draft = the_draft(path, used)
    assert ("cxr-adult", "Mass") in probabilities(draft) or any(
        one.name == "Mass" and one.gate == "performance" for one in draft.not_assessed
    )
    assert not draft.patient.is_identified()
    assert draft.patient.name is None
    assert draft.age_years is None
    (film,) = draft.films
    assert (film.modality, film.view) == (None, "PA")
    assert "estimated from the pixels" in film.view_source
    assert any("study's date is not stated" in warning for warning in draft.warnings)


def test_the_bare_picture_says_what_the_film_says(tmp_path: Path) -> None:
    """Eight bits and a lost header must not change what is found (0.02 allows for rounding)."""
    used = adult()
    (path,) = put(tmp_path, film=png(grey()))
    bare, whole = (probabilities(the_draft(p, used)) for p in (path, film_path(CHEST)))
    both = [key for key in whole if key[0] == "cxr-adult"]
    assert {key: bare[key] for key in both} == pytest.approx(
        {key: whole[key] for key in both}, abs=0.02
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("turned left", "lies on its side"),
        ("turned right", "lies on its side"),
        ("upside down", "upside down"),
        ("inverted", "black and white are exchanged"),
        ("blank", "blank"),
        ("a corner", ""),
    ],
)
def test_a_film_that_is_not_as_it_should_be_is_refused(
    change: str, reason: str, tmp_path: Path
) -> None:
    """Scores of a turned or inverted film look as sure as others, and mean nothing."""
    upright = grey()
    rows, columns = upright.shape
    pixels = {
        "turned left": np.rot90(upright),
        "turned right": np.rot90(upright, 3),
        "upside down": np.rot90(upright, 2),
        "inverted": 255 - upright,
        "blank": np.full_like(upright, 128),
        "a corner": upright[: rows // 3, : columns // 3],
    }[change]
    (path,) = put(tmp_path, film=png(pixels))
    draft = the_draft(path, adult())
    assert draft.findings == ()
    meant = [one for one in draft.not_assessed if one.gate != "other images"]
    assert meant
    assert {one.gate for one in meant} <= {"quality", "body part"}
    assert all(reason in one.reason for one in meant), draft.not_assessed


def test_lossless_forms_of_one_film_give_the_same_bits(tmp_path: Path) -> None:
    """How an archive packs a film must not move a diagnosis. RG1_UNCR is what J2KR unpacks to."""
    used = adult()
    plain = dcmread(BytesIO(film_bytes("RG1_UNCR")))
    plain.compress("1.2.840.10008.1.2.5")
    buffer = BytesIO()
    plain.save_as(buffer)
    (runs,) = put(tmp_path, rle=buffer.getvalue())
    forms = [film_path("RG1_UNCR"), film_path("RG1_J2KR"), runs]
    first, *others = (probabilities(the_draft(path, used)) for path in forms)
    assert first
    assert others == [first, first]


def test_films_of_one_study_are_combined_by_their_mean_log_odds(tmp_path: Path) -> None:
    """A repeat film is one more look at the same patient, not a second patient."""
    used = adult()
    darker = edited(CHEST, SOPInstanceUID=REPEAT, WindowCenter=17000, InstanceNumber=4)
    first, second = put(tmp_path / "in", a=film_bytes(CHEST), b=darker)
    alone = [probabilities(the_draft(path, used)) for path in (first, second)]
    draft = the_draft(tmp_path / "in", used)
    assert [film.origin for film in draft.films] == ["in/a", "in/b"]
    both = [one for one in draft.findings if len(one.films) == 2]
    assert "cxr-adult" in {one.model.name for one in both}
    for one in both:
        key = (one.model.name, one.name)
        odds = [math.log(p[key] / (1 - p[key])) for p in alone]
        expected = 1 / (1 + math.exp(-sum(odds) / 2))
        assert one.probability.value == pytest.approx(expected, abs=1e-6)
        assert [film.probability.value for film in one.films] == pytest.approx(
            [p[key] for p in alone], abs=1e-9
        )
        assert "log-odds" in one.combined_by


def test_a_film_given_twice_counts_once(tmp_path: Path) -> None:
    """A disc and its copy on the desk are one examination."""
    put(tmp_path / "in", a=film_bytes(CHEST), b=film_bytes(CHEST))
    draft = the_draft(tmp_path / "in", resources())
    assert [film.origin for film in draft.films] == ["in/a"]
    assert "in/a: given again as in/b; it counts once" in draft.warnings


def test_another_film_under_the_same_uid_is_refused_and_the_first_keeps_its_own_answer(
    tmp_path: Path,
) -> None:
    """Two films under one UID: the answer of one must never be printed for the other."""
    used = adult()

    def turn(dataset: Dataset) -> None:
        dataset.PixelData = np.ascontiguousarray(dataset.pixel_array[::-1]).tobytes()

    put(tmp_path / "in", a=film_bytes(CHEST), b=edited(CHEST, edit=turn))
    found = analyze([tmp_path / "in"], resources=used)
    (refused,) = found.refusals
    assert refused.kind == "conflict"
    assert "in/b: carries the SOP Instance UID of in/a but holds other data" in refused.sentence
    (one,) = found.studies
    assert probabilities(one.draft) == probabilities(the_draft(film_path(CHEST), used))


def test_the_same_input_gives_the_same_draft(tmp_path: Path) -> None:
    """A second opinion of the same machine that differs is no opinion."""
    drafts = [the_draft(film_path(CHEST), adult(), RECORD) for _ in range(2)]
    first, second = (to_json(draft) for draft in drafts)
    assert first == second


def test_nothing_is_asked_of_a_network(tmp_path: Path, socket_disabled: None) -> None:
    """Patients' films stay in the house."""
    found = analyze([film_path(CHEST)], record=RECORD, out=tmp_path / "out", resources=resources())
    assert found.refusals == ()
    assert left_behind(tmp_path / "out") == []
    assert (tmp_path / "out" / CHEST_STUDY / "report.pdf").is_file()


def test_studies_of_one_folder_get_a_report_each(tmp_path: Path) -> None:
    """Films of a ward come in one folder; each patient has their own."""
    other = edited(
        CHEST, StudyInstanceUID="2.25.77", SOPInstanceUID=generate_uid(), PatientID="OTHER-1"
    )
    put(tmp_path / "in", a=film_bytes(CHEST), b=other, c=film_bytes(TIBIA))
    found = analyze([tmp_path / "in"], out=tmp_path / "out", resources=resources())
    assert found.refusals == ()
    uids = {str(one.draft.study_uid) for one in found.studies}
    assert {path.name for path in (tmp_path / "out").iterdir()} == uids
    assert len(uids) == 3
    assert left_behind(tmp_path / "out") == []
