"""What was measured stands beside the newest comparable prior of the same patient."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from integration.workflow.ward import a_ward, a_ward_film, desk_of, draft_of, store, work
from make.dicom import a_dataset, a_file
from make.package import (
    SIDE,
    a_bright_places_graph,
    a_card,
    a_film,
    a_package,
    an_anatomy,
)
from osler.analyse.card import InputContract, StructureCard
from osler.clinical import Draft
from osler.workflow.analyze import analyze, load_resources

CONTRACT = InputContract(
    subject="drawn picture",
    modalities=("US",),
    body_parts=("BREAST",),
    views=(),
    size=SIDE,
    intensity="0 to 1",
    geometry="padded",
    min_pixels=16,
    fit="pad",
    scaling="range",
)
LESION = StructureCard(name="lesion", display="Lesion", system="s", code="lesion")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Return a folder with the tiny anatomy and a package that outlines what is bright."""
    folder = tmp_path / "models"
    an_anatomy(folder)
    card = a_card(
        "drawn", kind="any", outputs=(), structures=(LESION,), input=CONTRACT, task="picture"
    )
    a_package(folder, card, graph=a_bright_places_graph())
    return folder


def a_study(folder: Path, number: int, day: str, *, patient: str = "P1", wider: int = 0) -> Path:
    """Write a study of one ultrasound picture; ``wider`` makes its bright place wider."""
    film = a_film()
    grey = np.where(film > 200, film, 0.7 * film)
    grey[120:180, 140 : 140 + wider] = 240.0
    dataset = a_dataset(
        np.rint(grey).astype(np.uint8),
        Modality="US",
        BodyPartExamined="BREAST",
        ViewPosition="",
        PatientID=patient,
        PixelSpacing=[0.5, 0.5],
        StudyDate=day,
        StudyTime="101500",
        SOPInstanceUID=f"2.25.{number}.1",
        SeriesInstanceUID=f"2.25.{number}.0",
        StudyInstanceUID=f"2.25.{number}",
    )
    file = folder / f"study-{number}.dcm"
    file.write_bytes(a_file(dataset))
    return file


def drafts_of(models: Path, *files: Path) -> dict[str, Draft]:
    """Analyse files together; return the drafts by study."""
    found = analyze(files, resources=load_resources(models=models))
    assert found.refusals == ()
    return {str(one.draft.study_uid): one.draft for one in found.studies}


def test_the_later_study_shows_both_values(models: Path, tmp_path: Path) -> None:
    """Growth is what the reader looks for, whichever file comes first."""
    now = a_study(tmp_path, 1, "20260301", wider=44)
    before = a_study(tmp_path, 2, "20250301")
    drafts = drafts_of(models, now, before)
    (change,) = drafts["2.25.1"].changes
    assert change.before is not None
    assert change.percent == pytest.approx(100.0, abs=3.0)
    assert change.before_at is not None
    assert change.before_at.year == 2025
    (first,) = drafts["2.25.2"].changes
    assert first.before is None


def test_another_patients_study_is_no_prior(models: Path, tmp_path: Path) -> None:
    """A growth that is the difference between two people would be a false alarm."""
    now = a_study(tmp_path, 1, "20260301", wider=44)
    other = a_study(tmp_path, 2, "20250301", patient="P2")
    (change,) = drafts_of(models, now, other)["2.25.1"].changes
    assert change.before is None


def test_what_was_outlined_is_measured_and_drawn(models: Path, tmp_path: Path) -> None:
    """60 x 44 pixels of 0.5 mm are 660 mm2."""
    draft = drafts_of(models, a_study(tmp_path, 1, "20260301"))["2.25.1"]
    (outline,) = draft.outlines
    (area,) = draft.measurements
    assert (outline.display, area.quantity.unit) == ("Lesion", "mm2")
    assert area.quantity.value == pytest.approx(660.0, rel=0.05)
    assert draft.findings == ()
    assert [one.model.name for one in draft.models] == ["drawn"]


def test_a_worker_finds_the_prior_in_what_is_kept(tmp_path: Path) -> None:
    """The film of last year is in the archive, not in the same folder."""
    ward = a_ward(tmp_path)
    with ward.open() as records:
        desk = desk_of(records)
        store(desk, a_ward_film(1, StudyDate="20240105"))
        work(ward, records)
        study_id = store(desk, a_ward_film(2, StudyDate="20250105"))
        store(desk, a_ward_film(3, StudyDate="20240601", patient="somebody else"))
        work(ward, records)
        draft = draft_of(desk, study_id)
    (change,) = draft.changes
    assert change.code.code == "cardiothoracic-ratio"
    assert change.before is not None
    assert change.before_at is not None
    assert change.before_at.date() == date(2024, 1, 5)
    assert change.difference == pytest.approx(0.0)
