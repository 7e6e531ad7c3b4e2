"""A table from which nothing honest can be learnt is refused with a sentence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from osler.errors import InputRefused, NotFound
from osler.learn.tables.recipe import read_table_recipe
from osler.learn.tables.table import read_table

RECIPES = Path(__file__).parents[3] / "recipes" / "tables"
SHIPPED = sorted(RECIPES.glob("*.toml"))
HEART = RECIPES / "record-heart-failure-death.toml"
COLUMNS = (
    "Age",
    "Anaemia",
    "CreatininePhosphokinase",
    "Diabetes",
    "EjectionFraction",
    "BloodPressureHigh",
    "Platelets",
    "CreatineSerum",
    "SodiumSerum",
    "Sex",
    "Smoking",
    "Time",
    "DeathEvent",
)
Rows = list[dict[str, str]]


def some_rows(count: int = 150) -> Rows:
    """Return invented patients of the heart failure table."""
    rng = np.random.default_rng(1)
    rows = []
    for number in range(count):
        row = {name: str(int(rng.integers(0, 2))) for name in COLUMNS}
        row |= {"Age": str(40 + number % 50), "EjectionFraction": str(int(rng.integers(15, 70)))}
        row |= {"CreatininePhosphokinase": str(int(rng.integers(30, 3000))), "Platelets": "250000"}
        row |= {"CreatineSerum": f"{rng.uniform(0.6, 3):.2f}", "SodiumSerum": "137", "Time": "90"}
        rows.append(row)
    return rows


def written(folder: Path, rows: Rows) -> Path:
    """Write rows as a CSV file."""
    file = folder / "table.csv"
    lines = [",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in rows)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_a_sound_table_is_read_in_oslers_units(tmp_path: Path) -> None:
    """Platelets of 250000 in one microlitre are 250 of the unit that records have."""
    table = read_table(written(tmp_path, some_rows()), read_table_recipe(HEART))
    assert table.values.shape == (150, 11)
    assert table.values[0, table.names.index("platelets")] == pytest.approx(250.0)
    assert "time" not in [name.lower() for name in table.names]


def single_class(rows: Rows) -> None:
    """Let nobody die."""
    for row in rows:
        row["DeathEvent"] = "0"


def ten_rows(rows: Rows) -> None:
    """Leave ten patients."""
    del rows[10:]


def empty_column(rows: Rows) -> None:
    """Measure no sodium."""
    for row in rows:
        row["SodiumSerum"] = ""


def outcome_inside(rows: Rows) -> None:
    """Let a feature repeat the outcome."""
    for row in rows:
        row["Smoking"] = row["DeathEvent"]


def few_deaths(rows: Rows) -> None:
    """Let five die."""
    for number, row in enumerate(rows):
        row["DeathEvent"] = str(int(number < 5))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (single_class, r"single class of the outcome; expected patients with and without it"),
        (ten_rows, r"10 rows, expected at least 100"),
        (empty_column, r"'sodium' is missing in every row; .*take it out"),
        (outcome_inside, r"'smoking' alone tells the outcome in every row"),
        (few_deaths, r"5 positive and 145 negative rows, expected at least 20 of each"),
    ],
)
def test_a_spoilt_table_is_refused(
    tmp_path: Path, *, spoil: Callable[[Rows], None], sentence: str
) -> None:
    """A model of such a table would look good and be nothing."""
    rows = some_rows()
    spoil(rows)
    with pytest.raises(InputRefused, match=sentence):
        read_table(written(tmp_path, rows), read_table_recipe(HEART))


def test_a_repeated_patient_is_one_person_in_the_folds(tmp_path: Path) -> None:
    """A copy on the other side of a fold is an answer that was learnt by heart."""
    rows = some_rows()
    table = read_table(written(tmp_path, [*rows, *rows]), read_table_recipe(HEART))
    assert table.repeated_rows == 150
    assert len(set(table.groups)) <= 150
    assert table.groups[:150] == table.groups[150:]


def test_a_table_without_a_column_or_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The sentence names the column and what there is."""
    file = written(tmp_path, some_rows())
    file.write_text(file.read_text("utf-8").replace("EjectionFraction", "EF", 1), "utf-8")
    with pytest.raises(InputRefused, match=r"no column 'EjectionFraction'; .*there is .*EF"):
        read_table(file, read_table_recipe(HEART))
    with pytest.raises(NotFound, match="no table at"):
        read_table(tmp_path / "none.csv", read_table_recipe(HEART))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_recipe_is_sound(file: Path) -> None:
    """Each feature has a unit and a code or a measurement that Osler knows."""
    recipe = read_table_recipe(file)
    assert recipe.name == file.stem
    for feature in recipe.features:
        coded = feature.codes or feature.measurable or feature.source in ("age", "sex")
        assert coded, feature.name
        assert feature.low < feature.high
        assert bool(feature.monotone) == bool(feature.monotone_reason), feature.name


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        ('column = "DeathEvent"\npositive', 'column = "Age"\npositive', "outcome 'Age' is also a"),
        ('"Time" =', '"Smoking" =', r"'Smoking' is a predictor and left out"),
        ("seed =", "sead =", r"key seed: Field required|key sead: Extra"),
        ("version =", "version", r"is not TOML: .*mend that line"),
    ],
)
def test_a_recipe_that_predicts_from_its_outcome_is_refused(
    tmp_path: Path, *, wrong: str, right: str, sentence: str
) -> None:
    """The follow-up time tells who died: it may never be a predictor."""
    file = tmp_path / "recipe.toml"
    file.write_text(HEART.read_text("utf-8").replace(wrong, right, 1), "utf-8")
    with pytest.raises(InputRefused, match=sentence):
        read_table_recipe(file)
    with pytest.raises(NotFound, match="no recipe at"):
        read_table_recipe(tmp_path / "none.toml")
