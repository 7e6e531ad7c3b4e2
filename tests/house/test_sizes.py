"""A file tells one story; Ruff counts the statements of functions."""

from house.tree import PACKAGE, modules, pyproject

MOST_LINES = 400


def test_no_source_file_is_longer_than_400_lines() -> None:
    """What nobody can read in one sitting, nobody has reviewed."""
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules()
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_functions_stay_within_the_limits_of_the_house() -> None:
    """The limits that Ruff enforces are the ones we agreed on, and nobody has moved them."""
    lint = pyproject()["tool"]["ruff"]["lint"]
    assert lint["pylint"]["max-statements"] <= 40
    assert lint["pylint"]["max-positional-args"] <= 3
    assert lint["pylint"]["max-args"] <= 7
    assert lint["mccabe"]["max-complexity"] <= 10
