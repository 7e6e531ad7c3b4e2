"""How much is found at how many false marks, by hand."""

import numpy as np
import pytest

from osler.evaluate.detecting import Matched
from osler.evaluate.free_response import froc_curve, froc_score

# Two pictures, three things to find. By score: hit, miss, hit, miss; one is never found.
MATCHED = Matched(
    scores=np.array([0.9, 0.8, 0.7, 0.1]),
    hits=np.array([True, False, True, False]),
    picture=np.array([0, 0, 1, 1]),
    wanted=np.array([1, 2]),
)


def test_the_curve_by_hand() -> None:
    """False marks are counted a picture, what is found a thing."""
    false, found = froc_curve(MATCHED)
    np.testing.assert_allclose(false, [0, 0, 0.5, 0.5, 1.0])
    np.testing.assert_allclose(found, [0, 1 / 3, 1 / 3, 2 / 3, 2 / 3])


def test_the_score_by_hand() -> None:
    """A third at 1/8 and 1/4 false marks a picture, two thirds at the five others."""
    assert froc_score(MATCHED) == pytest.approx((2 / 3 + 5 * 2 / 3) / 7)


def test_a_resample_counts_its_pictures() -> None:
    """The second picture twice, the first not at all: one of two found, no mark before it."""
    assert froc_score(MATCHED, np.array([0.0, 2.0])) == pytest.approx(0.5)


def test_nothing_to_find_is_not_a_perfect_score() -> None:
    """An empty set of pictures tells nothing."""
    empty = Matched(np.zeros(0), np.zeros(0, bool), np.zeros(0, np.int64), np.zeros(2, np.int64))
    assert np.isnan(froc_score(empty))
