"""Two packages on the same films; foreign labels; failures; classes. On drawn films."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from make.dataset import a_dataset, a_table
from make.package import (
    a_calibration,
    a_card,
    a_film,
    a_judging_graph,
    a_package,
    an_anatomy,
    an_output,
)
from osler.analyse.card import DataCard
from osler.analyse.package import Package, load_package
from osler.errors import InputRefused, NotFound
from osler.learn.datasets.table import read_dataset
from osler.learn.foreign import Asked, evaluate_package, learnt_from
from osler.learn.labelmap import Meaning, mapped_dataset, read_label_map


def drawn(folder: Path, *, count: int = 24) -> Path:
    """Write films, every other one brighter by a share that grows, and ill."""
    films, lines = {}, []
    for number in range(count):
        name, ill = f"{number}.png", number % 2
        bright = 2.0 * number if ill else 1.2 * number
        films[name] = np.clip(a_film() + bright, 0, 255).astype(np.float32)
        lines.append({"file": name, "patient_id": f"p{number}", "Mass": ill})
    return a_dataset(folder, lines, films=films)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Package, Package, Package]:
    """Return a judge of brightness, one that has it the wrong way round, and the anatomy."""
    models = tmp_path / "models"
    output = an_output("Mass", calibration=a_calibration(intercept=-2.0))
    good = load_package(a_package(models, a_card("good", outputs=(output,))))
    turned = an_output("Mass", calibration=a_calibration(intercept=2.0))
    bad = load_package(
        a_package(models, a_card("bad", outputs=(turned,)), graph=a_judging_graph(weights=(-4.0,)))
    )
    return good, bad, load_package(an_anatomy(models))


def test_a_package_is_compared_with_its_opposite(
    tmp_path: Path, pair: tuple[Package, Package, Package]
) -> None:
    """Areas of one and of one less: the difference is twice the distance from a half."""
    good, bad, anatomy = pair
    found = evaluate_package(good, anatomy, drawn(tmp_path / "drawn"), asked=Asked(against=bad))
    one = found["against"]["outputs"]["Mass"]
    area = found["outputs"]["Mass"]["auroc"]["value"]
    assert found["against"]["model"] == "bad/1.0.0"
    assert one["auroc"]["first"] == pytest.approx(area)
    assert one["auroc"]["second"] == pytest.approx(1 - area)
    assert one["auroc"]["difference"]["value"] == pytest.approx(2 * area - 1)
    assert one["films"] == 24
    json.dumps(found, allow_nan=False)


def test_a_package_is_not_different_from_itself(
    tmp_path: Path, pair: tuple[Package, Package, Package]
) -> None:
    """A test that finds a difference here finds one everywhere."""
    good, _, anatomy = pair
    found = evaluate_package(good, anatomy, drawn(tmp_path / "drawn"), asked=Asked(against=good))
    one = found["against"]["outputs"]["Mass"]
    assert one["auroc"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert (one["auroc"]["p"], one["delong_p"]) == (1.0, 1.0)


def test_packages_without_a_common_output_are_not_compared(
    tmp_path: Path, pair: tuple[Package, Package, Package]
) -> None:
    """An effusion against a fracture is no comparison."""
    good, _, anatomy = pair
    other = load_package(
        a_package(tmp_path / "models", a_card("other", outputs=(an_output("Edema"),)))
    )
    lines = [{"file": f"{n}.png", "Mass": n % 2, "Edema": n % 2} for n in range(4)]
    with pytest.raises(InputRefused, match="nothing to compare"):
        evaluate_package(
            good, anatomy, a_dataset(tmp_path / "both", lines), asked=Asked(against=other)
        )


def foreign(folder: Path) -> Path:
    """Write a data set as another hospital lays it out, and its map."""
    a_dataset(folder / "pictures", [{"file": f"{n}.png"} for n in range(4)])
    cells = ("Mass|Edema", "Edema", "No Finding", "")
    lines = [
        {"Image Index": f"{n}.png", "Patient ID": n // 2, "Findings": cell, "Sex": "F"}
        for n, cell in enumerate(cells)
    ]
    a_table(folder, lines, "entries.csv")
    file = folder / "map.toml"
    file.write_text(
        'table = "entries.csv"\nimages = "pictures"\n'
        '[columns]\nfile = "Image Index"\npatient_id = "Patient ID"\nsex = "Sex"\n'
        '[outputs.Mass]\ncolumn = "Findings"\npositive = ["Mass"]\nseparator = "|"\n',
        encoding="utf-8",
    )
    return file


def test_a_foreign_table_is_read_in_the_packages_words(tmp_path: Path) -> None:
    """External validation fails on spelling more often than on models."""
    plan = read_label_map(foreign(tmp_path), a_card(outputs=(an_output("Mass"),)))
    rows = mapped_dataset(tmp_path, plan).rows
    assert [row.columns["Mass"] for row in rows] == ["1", "0", "0", ""]
    assert [row.patient_id for row in rows] == ["0", "0", "1", "1"]
    assert rows[0].columns["sex"] == "F"
    assert rows[0].path == (tmp_path / "pictures" / "0.png").resolve()


def test_a_foreign_data_set_is_evaluated_in_one_go(
    tmp_path: Path, pair: tuple[Package, Package, Package]
) -> None:
    """No film is moved and no table rewritten."""
    good, _, anatomy = pair
    asked = Asked(mapping=foreign(tmp_path / "other"))
    found = evaluate_package(good, anatomy, tmp_path / "other", asked=asked)
    assert (found["n"], found["patients"]) == (4, 2)
    assert found["labels"] == "the data set's own labels, read by map.toml"
    assert (found["outputs"]["Mass"]["films"], found["outputs"]["Mass"]["positives"]) == (3, 1)


@pytest.mark.parametrize(
    ("cell", "label"),
    [("yes", "1"), ("no", "0"), ("maybe", ""), ("-1", ""), ("", ""), ("  yes ", "1")],
)
def test_only_words_that_are_named_mean_something(cell: str, label: str) -> None:
    """An uncertain label counted as negative makes a good model look bad."""
    meaning = Meaning(column="x", positive=("yes",), negative=("no",), unknown=("-1",))
    assert meaning.label(cell) == label


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nonsense = 1\n[outputs]", "key nonsense"),
        ('[outputs.Edema]\ncolumn = "x"\npositive = []', r"names the outputs \['Edema'\]"),
        ('[outputs.Mass]\ncolumn = "x"\npositive = []\n[columns]\nage_of_patient = "a"', "columns"),
        ("outputs = [", "is not TOML"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused(tmp_path: Path, line: str, message: str) -> None:
    """A misspelt key would leave films without labels."""
    file = tmp_path / "map.toml"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(InputRefused, match=message):
        read_label_map(file, a_card(outputs=(an_output("Mass"),)))


def test_a_map_of_columns_that_are_not_there_names_them(tmp_path: Path) -> None:
    """The sentence says which, and what there is."""
    foreign(tmp_path)
    a_table(tmp_path, [{"Image": "0.png"}], "entries.csv")
    plan = read_label_map(tmp_path / "map.toml", a_card(outputs=(an_output("Mass"),)))
    with pytest.raises(InputRefused, match=r"no columns \['Findings', 'Image Index'"):
        mapped_dataset(tmp_path, plan)
    with pytest.raises(NotFound, match=r"no entries\.csv"):
        mapped_dataset(tmp_path / "elsewhere", plan)


def a_classifier(tmp_path: Path, answers: str, names: tuple[str, ...]) -> Package:
    """Return a package whose outputs belong together; logits rise with brightness."""
    outputs = tuple(
        an_output(name, calibration=a_calibration(intercept=float(-2 - n)))
        for n, name in enumerate(names)
    )
    card = a_card("together", outputs=outputs, answers=answers)
    weights = tuple(4.0 + n for n in range(len(names)))
    graph = a_judging_graph(weights=weights)
    return load_package(a_package(tmp_path / "models", card, graph=graph))


@pytest.mark.parametrize(
    ("answers", "of"),
    [("one of", ["first", "second"]), ("grade", ["0", "1", "2"])],
)
def test_classes_and_grades_are_counted_against_the_truth(
    tmp_path: Path, answers: str, of: list[str]
) -> None:
    """Each film is in the table once, in the row of its truth."""
    names = ("first", "second")
    package = a_classifier(tmp_path, answers, names)
    anatomy = load_package(an_anatomy(tmp_path / "models"))
    lines: list[dict[str, Any]] = [
        {"file": f"{n}.png", names[0]: int(n < 2) if answers == "one of" else int(n > 0)}
        | {names[1]: int(n >= 2)}
        for n in range(4)
    ]
    found = evaluate_package(package, anatomy, a_dataset(tmp_path / "four", lines))
    table = found["confusion"]
    truth = [2, 2] if answers == "one of" else [1, 1, 2]
    assert table["names"] == of
    assert [sum(row) for row in table["rows"]] == truth


def test_the_report_shows_the_worst_failures_and_holds_the_curves(
    tmp_path: Path, pair: tuple[Package, Package, Package]
) -> None:
    """Figures say how often a model is wrong; the pictures say why."""
    pytest.importorskip("seaborn")
    _, bad, anatomy = pair
    folder = tmp_path / "report"
    evaluate_package(bad, anatomy, drawn(tmp_path / "drawn"), asked=Asked(report=folder))
    page = (folder / "evaluation.html").read_text(encoding="utf-8")
    whole = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    assert "The worst failures" in page
    assert "Precision and recall" in page
    worst = whole["gallery"]["Mass"]
    cut = whole["outputs"]["Mass"]["threshold"]
    assert all(one["probability"] >= cut for one in worst["false_positives"])
    assert all(one["probability"] < cut for one in worst["false_negatives"])
    assert whole["curves"]["Mass"]["roc"]["true_positive_rate"][-1] == 1.0


@pytest.mark.parametrize(
    ("split", "warned"), [("train", True), ("val", True), ("all", True), ("test", False)]
)
def test_figures_on_rows_that_a_package_learnt_from_say_so(
    tmp_path: Path, split: str, *, warned: bool
) -> None:
    """A model that is measured on what it learnt by heart looks perfect."""
    learnt = DataCard(
        name="drawn",
        use="training",
        source="drawn",
        licence="none",
        films=10,
        patients=10,
        splits=("train", "val"),
        positives={"Mass": 5},
        fingerprint="",
    )
    card = a_card(outputs=(an_output("Mass"),))
    training = card.training.model_copy(update={"datasets": (learnt,)})
    rows = read_dataset(drawn(tmp_path / "drawn"))
    found = learnt_from(card.model_copy(update={"training": training}), rows, split)
    assert bool(found) == warned
    elsewhere = read_dataset(drawn(tmp_path / "elsewhere"))
    assert learnt_from(card.model_copy(update={"training": training}), elsewhere, split) == ""
