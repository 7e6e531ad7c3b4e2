"""A data set is read as it is or refused: a label is never guessed."""

from pathlib import Path

import numpy as np
import pytest

from make.dataset import a_dataset, a_table
from osler.errors import InputRefused, NotFound
from osler.learn.datasets.table import read_dataset, read_labels

LINES = [
    {"file": "a.png", "patient_id": "p1", "split": "train", "label": "well", "Mass": "0"},
    {"file": "b.png", "patient_id": "p1", "split": "train", "label": "viral", "Mass": "1"},
    {"file": "c.png", "patient_id": "p2", "split": "test", "label": "", "Mass": ""},
    {"file": "d.png", "patient_id": "p3", "split": "exclude", "label": "bacterial", "Mass": "1.0"},
]


def test_rows_keep_file_patient_split_and_all_columns(tmp_path: Path) -> None:
    """Whose film it is decides on which side of a split it may lie."""
    found = read_dataset(a_dataset(tmp_path / "films", LINES))
    assert found.name == "films"
    assert [(row.path.name, row.patient_id, row.split) for row in found.rows] == [
        ("a.png", "p1", "train"),
        ("b.png", "p1", "train"),
        ("c.png", "p2", "test"),
        ("d.png", "p3", "exclude"),
    ]
    assert found.rows[1].columns["Mass"] == "1"
    assert found.patients() == {"p1", "p2", "p3"}


def test_a_film_without_a_patient_is_a_patient_of_its_own(tmp_path: Path) -> None:
    """Blank numbers read as one patient would put all of them into one fold."""
    lines = [
        {"file": "a.png", "patient_id": "", "group_id": "g1"},
        {"file": "b.png", "patient_id": "", "group_id": ""},
        {"file": "c.png", "patient_id": "", "group_id": ""},
    ]
    found = read_dataset(a_dataset(tmp_path, lines))
    assert [row.patient_id for row in found.rows] == ["g1", "b.png", "c.png"]
    assert not found.has_splits()


def test_rows_are_chosen_by_split_patient_and_column(tmp_path: Path) -> None:
    """A patient of the test films must not be trained on under another data set's name."""
    found = read_dataset(a_dataset(tmp_path, LINES))
    assert len(found.where(splits=("train",)).rows) == 2
    assert len(found.where(splits=("train",), exclude={"Mass": "1"}).rows) == 1
    assert found.where(without_patients=frozenset({"p1"})).patients() == {"p2", "p3"}


def test_no_table_is_no_data_set(tmp_path: Path) -> None:
    """A wrong folder is said to be one."""
    with pytest.raises(NotFound, match=r"no labels\.csv in .*a data set is a folder with"):
        read_dataset(tmp_path)


def test_a_table_without_files_is_refused(tmp_path: Path) -> None:
    """Without the column nothing says which label belongs to which film."""
    a_table(tmp_path, [{"image": "a.png", "label": "well"}])
    with pytest.raises(InputRefused, match=r"found columns \['image', 'label'\], need also 'file'"):
        read_dataset(tmp_path)


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    """Figures of no film would be printed as if they were of some."""
    (tmp_path / "labels.csv").write_text("file,label\n", encoding="utf-8")
    with pytest.raises(InputRefused, match="holds no rows"):
        read_dataset(tmp_path)


def test_films_that_are_not_there_are_counted_and_named(tmp_path: Path) -> None:
    """Films that failed to download are often the large ones, and those the ill."""
    a_dataset(tmp_path, LINES)
    (tmp_path / "b.png").unlink()
    (tmp_path / "d.png").unlink()
    with pytest.raises(InputRefused, match=r"names 2 files that are not there, first b\.png"):
        read_dataset(tmp_path)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "a/../../secret.png"])
def test_a_name_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    """A table from elsewhere must not read this machine's other patients."""
    (tmp_path / "secret.png").write_bytes(b"x")
    a_table(tmp_path / "films", [{"file": name, "label": "well"}])
    with pytest.raises(InputRefused, match=r"labels\.csv line 2: .* lies outside the data set"):
        read_dataset(tmp_path / "films")


def test_a_link_that_leads_outside_is_refused(tmp_path: Path) -> None:
    """A link is a name outside the folder in disguise."""
    (tmp_path / "secret.png").write_bytes(b"x")
    a_table(tmp_path / "films", [{"file": "a.png", "label": "well"}])
    (tmp_path / "films" / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(InputRefused, match="lies outside the data set"):
        read_dataset(tmp_path / "films")


def test_labels_are_yes_no_or_not_stated(tmp_path: Path) -> None:
    """Blank is not healthy: 'not stated' learnt as 'no' teaches the network to miss it."""
    rows = read_dataset(a_dataset(tmp_path, LINES)).rows
    found = read_labels(
        rows, [("pneumonia", ("viral", "bacterial")), ("viral", ("viral",)), ("Mass", ())]
    )
    nan = np.nan
    wanted = [[0, 0, 0], [1, 1, 1], [nan, nan, nan], [1, 0, 1]]
    np.testing.assert_array_equal(found, np.array(wanted, dtype=np.float32))


def test_a_label_that_is_neither_is_refused(tmp_path: Path) -> None:
    """'-1' for 'uncertain' must not become 'yes'."""
    rows = read_dataset(a_dataset(tmp_path, [{"file": "a.png", "Mass": "-1"}])).rows
    with pytest.raises(InputRefused, match="column 'Mass' holds '-1', expected 0, 1 or blank"):
        read_labels(rows, [("Mass", ())])


def test_a_missing_column_is_named_with_the_output_that_needs_it(tmp_path: Path) -> None:
    """A misspelt finding must not be trained as absent everywhere."""
    rows = read_dataset(a_dataset(tmp_path, [{"file": "a.png", "Mas": "1"}])).rows
    with pytest.raises(InputRefused, match="no column 'Mass', needed for output 'Mass'"):
        read_labels(rows, [("Mass", ())])


def test_the_fingerprint_follows_labels_and_splits(tmp_path: Path) -> None:
    """A card states which rows it was trained on; a changed label is another data set."""
    first = read_dataset(a_dataset(tmp_path / "one", LINES)).fingerprint()
    again = read_dataset(a_dataset(tmp_path / "two", LINES)).fingerprint()
    changed = [{**LINES[0], "Mass": "1"}, *LINES[1:]]
    other = read_dataset(a_dataset(tmp_path / "three", changed)).fingerprint()
    assert first == again
    assert first != other
