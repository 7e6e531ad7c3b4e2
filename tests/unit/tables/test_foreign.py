"""A model of the record is measured on another hospital's table, through a mapping."""

from pathlib import Path

import numpy as np
import pytest

from osler.analyse.record_package import RecordPackage, load_record_package
from osler.analyse.registry import default_folder
from osler.errors import InputRefused, NotFound
from osler.learn.tables.foreign import evaluate_record_package

MAPPING = """
[target]
column = "ill"
positive = ["yes"]
[columns]
age = { column = "years" }
sex = { column = "sex", words = { f = 0.0, m = 1.0 } }
bilirubin = { column = "bili", factor = 17.104 }
albumin = { column = "alb", factor = 10.0 }
"""


def liver() -> RecordPackage:
    """Load the shipped package."""
    return load_record_package(default_folder() / "record-liver" / "1.0.0")


def written(folder: Path, *, mapping: str = MAPPING, rows: int = 120) -> tuple[Path, Path]:
    """Write an invented table of another hospital, and its mapping."""
    rng = np.random.default_rng(5)
    lines = ["years,sex,bili,alb,ill"]
    for number in range(rows):
        ill = rng.random() < 0.5
        bili = rng.lognormal(1.0 if ill else -0.5, 0.5)
        alb = "" if number % 7 == 0 else f"{rng.normal(2.8 if ill else 3.8, 0.4):.1f}"
        words = "yes" if ill else "no"
        lines.append(f"{30 + number % 40},{'fm'[number % 2]},{bili:.2f},{alb},{words}")
    table, file = folder / "other.csv", folder / "mapping.toml"
    table.write_text("\n".join(lines), "utf-8")
    file.write_text(mapping, "utf-8")
    return table, file


def test_figures_and_missing_features_are_given(tmp_path: Path) -> None:
    """What the other hospital lacks must stand beside what the model gave there."""
    table, mapping = written(tmp_path)
    found = evaluate_record_package(liver(), table, mapping, report=tmp_path / "report")
    assert found["rows"] == 120
    assert "alanine_aminotransferase" in found["missing_features"]
    assert found["figures"]["auroc"]["value"] > 0.7
    page = (tmp_path / "report" / "evaluation.html").read_text("utf-8")
    assert "Decision curve" in page
    assert page.count("data:image/png") == 2


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        ("age =", "ages =", r"names 'ages', which is no feature of record-liver"),
        ('"years"', '"year"', r"other\.csv has no column 'year'"),
        ('"bili"', '"ill"', r"outcome 'ill' is also mapped to a feature"),
        ('["yes"]', '["yes", "no"]', r"single class of 'ill'"),
        ("factor = 10.0", "factors = 10.0", r"key columns\.albumin\.factors: Extra"),
        ("[target]", "[target", r"is not TOML: .*mend that line"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    tmp_path: Path, *, wrong: str, right: str, sentence: str
) -> None:
    """A column that is silently left out would read as a weak model."""
    table, mapping = written(tmp_path, mapping=MAPPING.replace(wrong, right, 1))
    with pytest.raises(InputRefused, match=sentence):
        evaluate_record_package(liver(), table, mapping)


def test_too_few_rows_and_no_mapping_are_said(tmp_path: Path) -> None:
    """An interval of ten patients is none."""
    table, mapping = written(tmp_path, rows=10)
    with pytest.raises(InputRefused, match="10 rows, expected at least 20"):
        evaluate_record_package(liver(), table, mapping)
    with pytest.raises(NotFound, match="no mapping at"):
        evaluate_record_package(liver(), table, tmp_path / "none.toml")
