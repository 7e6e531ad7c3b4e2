"""What readers said of stored studies becomes the labels of a data set, without the patients."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from make.draft import a_draft, a_finding, a_negative_finding
from make.kept import NOW, Kept, an_instance
from make.review import a_statement
from osler.clinical import Act, Finding
from osler.errors import Misuse, NotAllowed
from osler.records import NewReview, Role
from osler.workflow.labelled import export_labelled

ILL = a_finding()
WELL = replace(a_negative_finding(), name="effusion")


def reviewed(
    kept: Kept,
    number: int,
    *acts: tuple[Finding, NewReview],
    patient: str = "4711",
    **elements: Any,  # noqa: ANN401 - whatever a header holds
) -> None:
    """Store a study, give it a result, and let a reader judge its findings."""
    film = an_instance(study=number, PatientID=patient, **elements)
    stored = kept.osler.studies.store(film, source="x", now=NOW)
    kept.osler.studies.complete(stored.study_id, now=NOW)
    kept.osler.jobs.sweep(now=NOW)
    (job,) = kept.osler.jobs.claim("w", limit=1, now=NOW)
    begun = kept.osler.jobs.begin(job.job_id, "w", now=NOW)
    draft_id = kept.osler.results.store(
        begun, a_draft(draft_id=f"d{number}", findings=(ILL, WELL)), now=NOW
    )
    desk = kept.as_role(Role.READER)
    known = {row.claim.name: row.finding_id for row in desk.reviews.findings(draft_id) if row.claim}
    for finding, wish in acts:
        desk.reviews.make(draft_id, replace(wish, finding_id=known[finding.name]), now=NOW)


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Return the lines of the table."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


ACCEPT = NewReview(Act.ACCEPT, None)


def test_what_a_reader_accepts_is_a_label_with_who_and_when(kept: Kept, tmp_path: Path) -> None:
    """Present where the model's yes is accepted, absent where its no is."""
    reviewed(kept, 1, (ILL, ACCEPT), (WELL, ACCEPT))
    done = export_labelled(kept.as_role(Role.READER), tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert [(row["finding"], row["label"]) for row in rows] == [(ILL.name, "1"), ("effusion", "0")]
    assert {(row["act"], row["reviewed_by"]) for row in rows} == {("accept", "somebody")}
    assert rows[0]["reviewed_at"] == NOW.isoformat(timespec="seconds")
    assert (rows[0]["model"], rows[0]["model_version"]) == (ILL.model.name, ILL.model.version)
    assert (done.pictures, sum(done.labels.values())) == (1, 2)


def test_a_reader_who_says_otherwise_makes_the_label(kept: Kept, tmp_path: Path) -> None:
    """A correction is what the next training needs most."""
    otherwise = NewReview(Act.EDIT, None, statement=a_statement(present=False))
    reviewed(kept, 1, (ILL, otherwise))
    export_labelled(kept.as_role(Role.READER), tmp_path / "out")
    assert [row["label"] for row in rows_of(tmp_path / "out")] == ["0"]


def test_a_rejection_alone_is_no_label(kept: Kept, tmp_path: Path) -> None:
    """'Leave this out of my report' is not 'the patient is well'."""
    reviewed(kept, 1, (ILL, NewReview(Act.REJECT, None, why="not on this film")))
    done = export_labelled(kept.as_role(Role.READER), tmp_path / "out")
    assert rows_of(tmp_path / "out") == []
    assert done.left_out == {"rejected, which says nothing of the opposite": 1}


def test_nothing_leads_back_to_the_patient(kept: Kept, tmp_path: Path) -> None:
    """Studies of one patient stay together, under a number that the next export does not give."""
    named = {"PatientName": "Doeringer^Jane", "patient": "PID-90210"}
    reviewed(kept, 1, (ILL, ACCEPT), **named)
    reviewed(kept, 2, (ILL, ACCEPT), **named)
    desk = kept.as_role(Role.READER)
    numbers = []
    for name in ("one", "two"):
        export_labelled(desk, tmp_path / name)
        (number,) = {row["patient_id"] for row in rows_of(tmp_path / name)}
        numbers.append(number)
        for file in (tmp_path / name).rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                assert b"Doeringer" not in content
                assert b"PID-90210" not in content
                assert b"2.25." not in content
    assert numbers[0] != numbers[1]


def test_a_picture_with_burnt_in_text_stays_here(kept: Kept, tmp_path: Path) -> None:
    """A name in the pixels cannot be taken out by dropping the header."""
    reviewed(kept, 1, (ILL, ACCEPT), BurnedInAnnotation="YES")
    done = export_labelled(kept.as_role(Role.READER), tmp_path / "out")
    assert done.pictures == 0
    assert done.left_out == {"text is burnt into the picture": 1}


def test_pictures_are_written_as_they_are_shown(kept: Kept, tmp_path: Path) -> None:
    """The bench reads what it gets as it reads any data set."""
    reviewed(kept, 1, (ILL, ACCEPT))
    export_labelled(kept.as_role(Role.READER), tmp_path / "out")
    (row,) = rows_of(tmp_path / "out")
    with Image.open(tmp_path / "out" / row["file"]) as picture:
        assert picture.mode == "L"
        assert np.asarray(picture).max() > 0


def test_a_folder_with_a_data_set_is_left_alone(kept: Kept, tmp_path: Path) -> None:
    """Labels that somebody corrected by hand are not written over."""
    (tmp_path / "labels.csv").write_text("file\n", encoding="utf-8")
    with pytest.raises(Misuse, match=r"holds a labels\.csv already"):
        export_labelled(kept.as_role(Role.READER), tmp_path)


def test_only_who_may_read_studies_may_take_them_out(kept: Kept, tmp_path: Path) -> None:
    """A data scientist gets the data set from a reader, not the patients' films."""
    reviewed(kept, 1, (ILL, ACCEPT))
    with pytest.raises(NotAllowed):
        export_labelled(kept.as_role(Role.DATA_SCIENTIST), tmp_path / "out")
