"""Guideline files: a slip in a clinical number must be found before a patient is scored."""

import shutil
from pathlib import Path

import pytest

from osler.errors import NotFound, NotReadable
from osler.standards.guideline import default_folder, load, shipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the shipped guidelines."""
    return Path(shutil.copytree(default_folder(), tmp_path / "guidelines"))


def edit(folder: Path, name: str, *, old: str, new: str) -> int:
    """Replace a piece of a file once, and return the line it stands on."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_guidelines_load() -> None:
    """What every installation reads."""
    guidelines = shipped()
    assert guidelines.news2.minimum_age_years == 16
    assert guidelines.cardiothoracic_ratio.cut_off == 0.5


def test_an_unknown_key_is_named_with_its_line(folder: Path) -> None:
    """A misspelt 'high' would silently open a band to infinity."""
    line = edit(folder, "freshness.toml", old="maximum_age_hours", new="maximum_age_hour")
    with pytest.raises(NotReadable, match=f"line {line}: news2.maximum_age_hour: unknown key"):
        load(folder)


def test_a_number_written_as_text_is_refused(folder: Path) -> None:
    """'16' would compare as text."""
    old, new = "minimum_age_years = 16.0", 'minimum_age_years = "16"'
    line = edit(folder, "news2.toml", old=old, new=new)
    with pytest.raises(NotReadable, match=f"news2.toml, line {line}: minimum_age_years"):
        load(folder)


def test_a_fault_inside_a_repeated_table_is_named_with_its_line(folder: Path) -> None:
    """The third of five parameters looks much like the second."""
    line = edit(folder, "news2.toml", old='display = "pulse"', new="display = 3")
    with pytest.raises(NotReadable, match=f"line {line}: parameters.3.display"):
        load(folder)


def test_a_verification_must_name_the_text(folder: Path) -> None:
    """'Verified' without saying where is a rumour."""
    edit(folder, "news2.toml", old="verified_in =", new="note =")
    with pytest.raises(NotReadable, match="stated together or not at all"):
        load(folder)


def test_swapped_bounds_are_refused(folder: Path) -> None:
    """They would flag every patient."""
    edit(folder, "plausible_ranges.toml", old="low = 10.0", new="low = 1000.0")
    with pytest.raises(NotReadable, match=r"heart_rate: .*need low < high"):
        load(folder)


def test_broken_toml_is_named(folder: Path) -> None:
    """The parser's own line and column reach the person who edits."""
    edit(folder, "freshness.toml", old="[news2]", new="[news2")
    with pytest.raises(NotReadable, match=r"freshness\.toml: not TOML: .*line"):
        load(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    """Half a folder must not score with half the rules."""
    (folder / "news2.toml").unlink()
    with pytest.raises(NotFound, match=r"news2\.toml is missing"):
        load(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A setting with a typing error."""
    with pytest.raises(NotFound, match="there is no guidelines folder at"):
        load(tmp_path / "nowhere")


def test_guidelines_cannot_be_changed_in_place() -> None:
    """One caller's edit would change every patient's score."""
    with pytest.raises(ValueError, match="frozen"):
        shipped().news2.minimum_age_years = 0.0  # type: ignore[misc]


def test_the_bands_of_each_parameter_leave_no_gap() -> None:
    """A gap would leave a patient without points."""
    for parameter in shipped().news2.parameters:
        for below, above in zip(parameter.bands, parameter.bands[1:], strict=False):
            assert below.high is not None
            assert above.low == pytest.approx(below.high + parameter.resolution), parameter.name
        assert parameter.bands[0].low is None
        assert parameter.bands[-1].high is None
