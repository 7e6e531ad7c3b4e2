"""Agreement on classes and grades, by hand."""

import numpy as np
import pytest

from osler.evaluate.agreement import confusion_matrix, quadratic_kappa

SAID = np.array([0, 1, 1, 2, 2, 0])
TRUE = np.array([0, 1, 2, 2, 1, 0])


def test_the_table_has_the_truth_in_its_rows() -> None:
    """Read the other way round, a missed cancer is a false alarm."""
    table = confusion_matrix(SAID, TRUE, classes=3)
    np.testing.assert_array_equal(table, [[2, 0, 0], [0, 1, 1], [0, 1, 1]])


def test_quadratic_kappa_by_hand() -> None:
    """Two are off by one: observed 2. By chance, each grade a third of both: 6 x (8/9 + 4/9) = 8.

    Of the nine cells of 6/9 each, four are one apart and two are two apart: 4 + 8 = 12 times 2/3.
    """
    assert quadratic_kappa(SAID, TRUE) == pytest.approx(1 - 2 / 8)


def test_resamples_weigh_rows() -> None:
    """Only rows that agree: kappa is 1."""
    assert quadratic_kappa(SAID, TRUE, np.array([1, 1, 0, 1, 0, 1])) == pytest.approx(1.0)
