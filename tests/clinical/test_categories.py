"""Grades and classes of real pictures, through the whole path."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clinical.packages import some_test_rows
from osler import workflow
from osler.analyse.registry import default_folder
from osler.clinical import Category

NOW = datetime(2026, 11, 25, tzinfo=UTC)
EACH = 12


def categories_of(name: str, dataset: str) -> list[tuple[str, Category]]:
    """Return label and category of each test picture that the package judged."""
    rows = some_test_rows(dataset, EACH).rows
    resources = workflow.load_resources(models=default_folder(), allowed=frozenset({name}), now=NOW)
    found = []
    for row in rows:
        (one,) = workflow.analyze([Path(row.path)], resources=resources).studies
        own = [each for each in one.draft.categories if each.model.name == name]
        judged = any(each.model.name == name for each in one.draft.findings)
        assert len(own) == int(judged)
        found += [(row.columns["label"], each) for each in own]
    return found


@pytest.mark.parametrize(
    ("name", "dataset"),
    [("fundus-dr", "idrid"), ("brain-mri-tumour", "brain-mri-4class"), ("breast-us", "busi")],
)
def test_every_judged_picture_has_one_word_and_most_settled_words_are_right(
    name: str, dataset: str
) -> None:
    """One word is what gets remembered of a report.

    A grade counts as right where it is at most one off.
    """
    found = categories_of(name, dataset)
    assert found
    settled = [(label, one) for label, one in found if one.state == "settled"]
    right = [one for label, one in settled if _is_right(label, one)]
    assert len(right) >= 0.6 * len(settled)
    for _, one in found:
        assert one.state in ("settled", "undecided")
        assert all(0.0 <= each.probability <= 1.0 for each in one.candidates)


def _is_right(label: str, category: Category) -> bool:
    """Tell whether the word is the label's; a grade may be one off."""
    (one,) = category.candidates
    if category.kind == "grade":
        return abs(int(one.name) - int(label)) <= 1
    return one.name == label
