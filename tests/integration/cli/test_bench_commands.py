"""``osler evaluate`` and ``osler train`` as typed."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from integration.cli.terminal import Terminal
from make.dataset import a_dataset, a_table
from make.package import a_film

KEYS = ["model", "dataset", "split", "labels", "n", "patients", "refused", "outputs"]
ESTIMATES = {
    *("auroc", "auprc", "accuracy", "sensitivity", "specificity", "ppv", "npv", "brier"),
    "calibration_error",
}
RECIPES = Path(__file__).resolve().parents[3] / "recipes"


@pytest.fixture
def hospital(tmp_path: Path, tiny: Path) -> Path:
    """Return a data set of six drawn films: three ill, one refused, one that does not read."""
    bright = np.clip(a_film() + 30.0, 0, 255)
    films = {"a.png": bright, "b.png": bright, "d.png": a_film(narrow=True)}
    lines = [
        {"file": f"{name}.png", "patient_id": f"p{name}", "split": split, "first_shadow": ill}
        for name, split, ill in (
            ("a", "test", 1),
            ("b", "test", 0),
            ("c", "test", 0),
            ("d", "test", 1),
            ("e", "test", 1),
            ("f", "train", 0),
        )
    ]
    folder = a_dataset(tmp_path / "hospital", lines, films=films)
    (folder / "e.png").write_bytes(b"no film")
    return folder


def test_evaluate_prints_one_object_as_the_reference_states(
    terminal: Terminal, hospital: Path
) -> None:
    """Other programs compare packages by this object; a renamed key would be read as absent."""
    ran = terminal.osler("evaluate", "first", hospital, "--json")
    assert (ran.code, ran.err) == (0, "")
    found = ran.json()
    assert list(found)[:8] == KEYS
    assert set(found) == {*KEYS, "outputs_accepted", "subgroups", "refused_by"}
    assert (found["model"], found["dataset"], found["split"]) == ("first/1.0.0", "hospital", "test")
    assert (found["n"], found["patients"], found["refused"]) == (5, 5, 2)
    assert found["refused_by"] == {"decode": 1, "population": 1}
    everything, accepted = (found[key]["first_shadow"] for key in ("outputs", "outputs_accepted"))
    assert (everything["films"], everything["positives"]) == (4, 2)
    assert (accepted["films"], accepted["positives"]) == (3, 1)
    assert set(everything) >= ESTIMATES
    assert set(everything["auroc"]) == {"value", "low", "high"}
    # Ill a and d against well b and c. a and b are one picture: half a point. a is brighter than
    # c, and d, whose lungs are small, brighter than both: 3.5 of 4 pairs.
    assert everything["auroc"]["value"] == pytest.approx(3.5 / 4)


def test_other_rows_and_other_labels_are_scored_where_they_are_asked_for(
    terminal: Terminal, hospital: Path, tmp_path: Path
) -> None:
    """Readers' labels take the place of text-mined ones."""
    found = terminal.osler("evaluate", "first", hospital, "--split", "train", "--json").json()
    assert (found["n"], found["split"]) == (1, "train")
    readers = a_table(tmp_path, [{"file": "b.png", "first_shadow": 1}], "readers.csv")
    found = terminal.osler("evaluate", "first", hospital, "--labels", readers, "--json").json()
    assert (found["n"], found["labels"]) == (1, "readers")
    assert found["outputs"]["first_shadow"]["positives"] == 1


def test_evaluate_without_json_prints_a_table(terminal: Terminal, hospital: Path) -> None:
    """A person reads films, refusals and intervals at a glance."""
    ran = terminal.osler("evaluate", "first", hospital)
    assert ran.code == 0
    assert "5 films of 5 patients, 2 refused by the gates" in ran.out
    assert "without the refused" in ran.out


ABSENT = {
    "no model 'third'": ["third", "hospital"],
    "no labels.csv in": ["first", "gone"],
    "no rows in split 'val'; it has test, train": ["first", "hospital", "--split", "val"],
    "no label file at": ["first", "hospital", "--labels", "gone.csv"],
}


@pytest.mark.parametrize("said", ABSENT)
def test_what_is_not_there_is_exit_4(said: str, terminal: Terminal, hospital: Path) -> None:
    """A figure on nothing would be believed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(hospital.parent)
        ran = terminal.osler("evaluate", *ABSENT[said], "--json")
    assert (ran.code, ran.out) == (4, "")
    assert said in ran.err


def test_a_data_set_without_the_labels_is_exit_3(terminal: Terminal, hospital: Path) -> None:
    """The sentence names what was found and what the package needs."""
    ran = terminal.osler("evaluate", "second", hospital)
    assert (ran.code, ran.out) == (3, "")
    assert "expected 'label' or ['second_shadow']" in ran.err


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed here")
def test_training_without_its_extra_says_what_to_install(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A serving installation cannot train, and says so instead of breaking."""
    ran = terminal.osler("train", RECIPES / "cxr-tb.toml", "--data", tmp_path)
    assert (ran.code, ran.out) == (3, "")
    assert "training needs torch, which is not installed" in ran.err
    assert "pip install 'osler[train]'" in ran.err


def test_the_reference_names_every_key_that_evaluate_prints(
    terminal: Terminal, hospital: Path
) -> None:
    """Programs are written from the page."""
    found = terminal.osler("evaluate", "first", hospital, "--json").json()
    page = (RECIPES.parent / "docs" / "reference" / "evaluate.md").read_text(encoding="utf-8")
    keys = {
        *found,
        *found["outputs"]["first_shadow"],
        *found["outputs"]["first_shadow"]["confusion"],
    }
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_a_plan_of_a_recipe_that_has_none_is_misuse(terminal: Terminal, tmp_path: Path) -> None:
    """Somebody who asks what would be done must not start a night's training by it."""
    recipe = tmp_path / "films.toml"
    recipe.write_text('name = "films"\n', encoding="utf-8")
    for asked in (["--plan"], ["--sheet", tmp_path / "sheet.png"]):
        ran = terminal.osler("train", recipe, "--data", tmp_path, *asked)
        assert (ran.code, ran.out) == (2, "")
        assert "films.toml is no recipe of kind 'image'" in ran.err
