"""Average precision and counts, against an example worked by hand."""

import numpy as np
import pytest

from osler.evaluate.detecting import (
    Found,
    average_precision,
    best_cut,
    count_errors,
    match,
    overlaps,
)

# Two pictures. On the first, two things are drawn; on the second, one.
DRAWN = [
    np.array([[0.0, 0.0, 10.0, 10.0], [20.0, 20.0, 40.0, 40.0]]),
    np.array([[5.0, 5.0, 15.0, 25.0]]),
]
# In order of score: hit (0.9), a second box on the same thing (0.8), hit (0.7), off (0.6).
# The third thing, on the first picture, is found last (0.3).
FOUND = [
    Found(
        np.array([[0.0, 0.0, 10.0, 11.0], [0.0, 0.0, 9.0, 10.0], [20.0, 20.0, 38.0, 41.0]]),
        np.array([0.9, 0.8, 0.3]),
    ),
    Found(np.array([[5.0, 6.0, 15.0, 25.0], [60.0, 60.0, 70.0, 70.0]]), np.array([0.7, 0.6])),
]


def test_overlap_is_the_common_part_over_the_whole() -> None:
    """10 x 10 against 10 x 11: 100 over 110; apart: none."""
    found = overlaps(DRAWN[0][:1], np.array([[0.0, 0.0, 10.0, 11.0], [50.0, 50.0, 60.0, 60.0]]))
    np.testing.assert_allclose(found, [[100.0 / 110.0, 0.0]])


def test_a_thing_is_found_once_a_second_box_on_it_is_false() -> None:
    """Otherwise one cell would be counted twice and praised for it."""
    matched = match(FOUND, DRAWN)
    order = np.argsort(-matched.scores)
    assert matched.hits[order].tolist() == [True, False, True, False, True]
    assert matched.wanted.tolist() == [2, 1]


def test_average_precision_is_the_area_under_all_points() -> None:
    """Precision 1, 1/2, 2/3, 1/2, 3/5 made to fall: 1, 2/3, 3/5 at recalls 1/3, 2/3, 1."""
    expected = (1.0 + 2.0 / 3.0 + 3.0 / 5.0) / 3.0
    assert average_precision(match(FOUND, DRAWN)) == pytest.approx(expected)


def test_a_picture_that_counts_twice_is_as_two_pictures() -> None:
    """Intervals resample pictures: a weight of two must be the same as a copy."""
    twice = average_precision(match(FOUND, DRAWN), np.array([1.0, 2.0]))
    copied = average_precision(match([*FOUND, FOUND[1]], [*DRAWN, DRAWN[1]]))
    assert twice == pytest.approx(copied)


def test_nothing_to_find_has_no_average_precision() -> None:
    """A class that a resample lacks is left out, not counted as zero."""
    assert np.isnan(average_precision(match([FOUND[0]], [np.zeros((0, 4))])))


def test_counts_are_of_the_boxes_above_the_cut() -> None:
    """At 0.5: two on the first picture where two are, two on the second where one is."""
    np.testing.assert_array_equal(count_errors(match(FOUND, DRAWN), 0.5), [0.0, 1.0])


def test_the_cut_is_where_hits_and_misses_together_are_best() -> None:
    """All five boxes give F1 6/8, more than any shorter list."""
    assert best_cut(match(FOUND, DRAWN)) == pytest.approx(0.3)
