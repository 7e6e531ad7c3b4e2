"""Evaluation by the road that a patient's film takes, on drawn films."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from make.dataset import a_dataset, a_table
from make.package import a_calibration, a_card, a_film, a_package, an_anatomy, an_output
from osler.analyse.package import Package, load_package
from osler.errors import InputRefused, NotFound
from osler.learn.datasets.table import read_dataset
from osler.learn.evaluation import choose_rows, outputs_in, read_reader_labels
from osler.learn.foreign import Asked, evaluate_package
from osler.learn.outlining import evaluate_outlines
from osler.learn.reporting import age_group

SPLITS = [
    {"file": f"{name}.png", "split": split, "Mass": "0"}
    for name, split in (("a", "train"), ("b", "test"), ("c", "test"), ("d", "exclude"))
]


@pytest.mark.parametrize(
    ("asked", "files", "name"),
    [
        (None, ["b.png", "c.png"], "test"),
        ("train", ["a.png"], "train"),
        ("all", ["a.png", "b.png", "c.png"], "all"),
    ],
)
def test_test_rows_are_scored_unless_others_are_asked_for(
    tmp_path: Path, *, asked: str | None, files: list[str], name: str
) -> None:
    """Figures on films that the network learnt from promise too much; 'exclude' never counts."""
    rows, chosen = choose_rows(read_dataset(a_dataset(tmp_path, SPLITS)), asked)
    assert [row.path.name for row in rows.rows] == files
    assert chosen == name


def test_without_splits_all_rows_are_scored(tmp_path: Path) -> None:
    """Another hospital's films have no training part."""
    lines = [{"file": "a.png", "Mass": "0"}, {"file": "b.png", "Mass": "1"}]
    rows, chosen = choose_rows(read_dataset(a_dataset(tmp_path, lines)), None)
    assert (len(rows.rows), chosen) == (2, "all")


@pytest.mark.parametrize("split", ["val", "exclude"])
def test_a_split_that_is_not_there_names_those_that_are(tmp_path: Path, split: str) -> None:
    """Excluded films were excluded for a reason, and are not scored by asking for them."""
    dataset = read_dataset(a_dataset(tmp_path, SPLITS))
    with pytest.raises(NotFound, match=f"no rows in split '{split}'; it has test, train"):
        choose_rows(dataset, split)


def test_outputs_without_labels_are_left_out(tmp_path: Path) -> None:
    """What the data set does not say cannot be measured on it."""
    card = a_card(outputs=(an_output("Edema"), an_output("Mass")))
    rows = read_dataset(a_dataset(tmp_path, SPLITS)).rows
    columns, labels = outputs_in(card, rows)
    assert columns == [1]
    assert labels.tolist() == [[0.0]] * 4


def test_a_data_set_without_any_label_is_refused(tmp_path: Path) -> None:
    """An evaluation of nothing would read as an evaluation."""
    rows = read_dataset(a_dataset(tmp_path, SPLITS)).rows
    with pytest.raises(InputRefused, match=r"needs: found .*'Mass'.*, expected 'label' or \['E"):
        outputs_in(a_card(outputs=(an_output("Edema"),)), rows)


def a_readers_table(folder: Path) -> Path:
    """Write three sources in the form of the NIH films' readers: votes, a majority, some."""
    lines: list[dict[str, Any]] = []
    for film, majority, votes in (("a", "1", "4"), ("b", "0", "1"), ("c", "0", "0")):
        file = f"images/{film}.png"
        lines += [
            {"file": file, "source": "four-findings", "Mass": "", "Nodule": majority},
            {"file": file, "source": "votes-of-5", "Mass": votes, "Nodule": votes},
            {"file": file, "source": "majority-of-3", "Mass": majority, "Nodule": majority},
        ]
    return a_table(folder, lines, "readers.csv")


def test_the_majority_is_taken_not_the_count_of_votes(tmp_path: Path) -> None:
    """One vote of five read as 'yes' would call four readers wrong."""
    card = a_card(outputs=(an_output("Mass"), an_output("Nodule")))
    found, source = read_reader_labels(a_readers_table(tmp_path), card)
    assert source == "majority-of-3"
    assert {n: line["Mass"] for n, line in found.items() if "/" not in n} == {
        "a.png": "1",
        "b.png": "0",
        "c.png": "0",
    }


def test_a_table_without_sources_bears_its_own_name(tmp_path: Path) -> None:
    """The evaluation says whose labels it was measured against."""
    file = a_table(tmp_path, [{"file": "a.png", "Mass": "1"}], "doctor-b.csv")
    _, source = read_reader_labels(file, a_card(outputs=(an_output("Mass"),)))
    assert source == "doctor-b"


def test_reader_tables_that_say_nothing_are_refused(tmp_path: Path) -> None:
    """Labels of other findings must not be taken for 'none of ours'."""
    card = a_card(outputs=(an_output("Mass"),))
    other = a_table(tmp_path, [{"file": "a.png", "Edema": "1"}], "other.csv")
    with pytest.raises(InputRefused, match=r"other\.csv: found no 0/1 labels for any of \['Mass'"):
        read_reader_labels(other, card)
    nameless = a_table(tmp_path, [{"image": "a.png", "Mass": "1"}], "nameless.csv")
    with pytest.raises(InputRefused, match=r"nameless\.csv: found no column 'file'"):
        read_reader_labels(nameless, card)
    with pytest.raises(NotFound, match="no label file at"):
        read_reader_labels(tmp_path / "none.csv", card)


def drawn_hospital(folder: Path) -> Path:
    """Write five films: bright and dark, ill and well, of which one is refused."""
    bright, dark = np.clip(a_film() + 30.0, 0, 255), a_film()
    films = {"a.png": bright, "b.png": bright, "c.png": dark, "d.png": dark}
    lines: list[dict[str, Any]] = [
        {"file": "a.png", "patient_id": "p1", "split": "test", "Mass": "1", "sex": "F"},
        {"file": "b.png", "patient_id": "p2", "split": "test", "Mass": "0", "sex": "M"},
        {"file": "c.png", "patient_id": "p3", "split": "test", "Mass": "0", "sex": "M"},
        {"file": "d.png", "patient_id": "p3", "split": "test", "Mass": "", "sex": "F"},
        {"file": "e.png", "patient_id": "p4", "split": "test", "Mass": "1", "sex": "F"},
    ]
    return a_dataset(folder, lines, films={**films, "e.png": a_film(narrow=True)})


@pytest.fixture
def packages(tmp_path: Path) -> tuple[Package, Package]:
    """Return a judge whose cut-off lies between the dark and the bright film, and the anatomy."""
    output = an_output("Mass", calibration=a_calibration(intercept=-2.0))
    models = tmp_path / "models"
    judge = load_package(a_package(models, a_card(outputs=(output,))))
    return judge, load_package(an_anatomy(models))


def test_the_object_that_evaluate_prints(tmp_path: Path, packages: tuple[Package, Package]) -> None:
    """Other programs read these keys: with and without the refused, and who was refused why."""
    judge, anatomy = packages
    found = evaluate_package(judge, anatomy, drawn_hospital(tmp_path / "drawn"))
    again: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
    assert again["model"] == "tiny/1.0.0"
    assert (again["dataset"], again["split"], again["n"], again["refused"]) == (
        "drawn",
        "test",
        5,
        1,
    )
    assert again["refused_by"] == {"population": 1}
    mass, accepted = again["outputs"]["Mass"], again["outputs_accepted"]["Mass"]
    assert set(mass["auroc"] or {"value": 0, "low": 0, "high": 0}) == {"value", "low", "high"}
    assert (mass["films"], mass["positives"]) == (4, 2)
    assert (accepted["films"], accepted["positives"]) == (3, 1)
    assert sum(accepted["confusion"].values()) == 3


def test_the_refused_film_is_the_only_difference(
    tmp_path: Path, packages: tuple[Package, Package]
) -> None:
    """The refused film counts among all films and not among the accepted ones."""
    judge, anatomy = packages
    found = evaluate_package(judge, anatomy, drawn_hospital(tmp_path / "drawn"))
    accepted = found["outputs_accepted"]["Mass"]["confusion"]
    everything = found["outputs"]["Mass"]["confusion"]
    difference = {key: everything[key] - accepted[key] for key in everything}
    assert sum(difference.values()) == 1
    assert difference["fp"] == difference["tn"] == 0  # the refused film is ill


def test_other_readers_labels_replace_the_data_sets_own(
    tmp_path: Path, packages: tuple[Package, Package]
) -> None:
    """Text-mined labels are often wrong; where readers looked, they decide."""
    judge, anatomy = packages
    readers = a_table(
        tmp_path,
        [{"file": "images/b.png", "Mass": "1"}, {"file": "images/c.png", "Mass": "0"}],
        "readers.csv",
    )
    found = evaluate_package(
        judge, anatomy, drawn_hospital(tmp_path / "drawn"), asked=Asked(labels=readers)
    )
    assert (found["n"], found["labels"]) == (2, "readers")
    assert found["outputs"]["Mass"]["positives"] == 1


def test_readers_of_other_films_are_refused(
    tmp_path: Path, packages: tuple[Package, Package]
) -> None:
    """Labels of another hospital's films say nothing of these."""
    judge, anatomy = packages
    readers = a_table(tmp_path, [{"file": "z.png", "Mass": "1"}], "readers.csv")
    with pytest.raises(InputRefused, match="names none of the films in this split"):
        evaluate_package(
            judge, anatomy, drawn_hospital(tmp_path / "drawn"), asked=Asked(labels=readers)
        )


def test_outlines_are_compared_with_drawn_masks(
    tmp_path: Path, packages: tuple[Package, Package]
) -> None:
    """Masks of exactly what was drawn: nearly full overlap, and a ratio of 44 to 184."""
    _, anatomy = packages
    flags = np.zeros((224, 224), dtype=np.float32)
    flags[40:180, 20:90] += 1
    flags[40:180, 134:204] += 2
    flags[120:180, 96:140] += 4
    line = {
        "file": "a.png",
        "mask": "masks/a.png",
        "split": "test",
        "ctr_published": "0.25",
        "ctr_from_masks": "0.9",
    }
    folder = a_dataset(tmp_path / "drawn", [line])
    a_dataset(tmp_path / "drawn", [{**line, "file": "masks/a.png"}], films={"masks/a.png": flags})
    a_table(tmp_path / "drawn", [line])
    card, overlaps = evaluate_outlines(anatomy, read_dataset(folder), split="test", seed=0)
    assert overlaps[0] == pytest.approx([1.0, 0.965, 1.0], abs=0.03)
    error = card.figures["cardiothoracic_ratio_error"].value
    assert error == pytest.approx(abs(44 / 184 - 0.25), abs=0.01)


@pytest.mark.parametrize(
    ("age", "group"),
    [
        ("", None),
        ("17", "under 40"),
        ("40", "40 to 59"),
        ("74.9", "60 to 74"),
        ("75", "75 and over"),
    ],
)
def test_ages_fall_into_bands(tmp_path: Path, age: str, group: str | None) -> None:
    """Whether the model is as good in the old is asked by band."""
    rows = read_dataset(a_dataset(tmp_path, [{"file": "a.png", "age": age}])).rows
    assert age_group(rows[0]) == group
