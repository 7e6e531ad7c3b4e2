"""Checks of evidence on scores that can be followed by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from osler.evaluate.sanity import (
    cell_order,
    faithfulness,
    points_at,
    rank_correlation,
    ranks,
)

Floats = npt.NDArray[np.float32]


def by_place(pictures: Floats) -> tuple[Floats, Floats]:
    """Score the brightest point of the upper left quarter; that is the map's only cell too."""
    side = pictures.shape[-1] // 2
    cells = pictures[:, 0].reshape(len(pictures), 2, side, 2, side).max(axis=(2, 4))
    honest = cells * np.array([[1.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    logits = 20.0 * honest.sum(axis=(1, 2)) - 10.0
    return logits[:, None].astype(np.float32), honest[:, None].astype(np.float32)


def a_spot() -> Floats:
    """Return a picture with a small spot in the upper left quarter and in the lower right."""
    picture = np.zeros((1, 32, 32), dtype=np.float32)
    picture[:, 7:9, 7:9] = 1.0
    picture[:, 23:25, 23:25] = 1.0
    return picture


def test_equal_numbers_share_their_rank() -> None:
    """By hand: 1, 1 share (0 + 1) / 2, then 2 and 3."""
    np.testing.assert_array_equal(ranks(np.array([3.0, 1.0, 1.0, 2.0])), [3.0, 0.5, 0.5, 2.0])


def test_rank_correlation_by_hand() -> None:
    """Of 1 2 3 4 and 1 3 2 4: 1 - 6 x 2 / (4 x 15) = 0.8."""
    one = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert rank_correlation(one, np.array([[1.0, 3.0], [2.0, 4.0]])) == pytest.approx(0.8)
    assert rank_correlation(one, -one) == pytest.approx(-1.0)
    assert rank_correlation(one, np.ones((2, 2))) == 0.0


def test_cells_are_taken_from_the_one_that_speaks_most() -> None:
    """The first place is 0."""
    np.testing.assert_array_equal(cell_order(np.array([[0.1, 0.9], [0.5, 0.2]])), [[3, 0], [1, 2]])


def test_a_map_finer_than_fourteen_cells_is_averaged() -> None:
    """Single pixels hide nothing from a network."""
    fine = np.zeros((28, 28))
    fine[4:6, 4:6] = 1.0
    order = cell_order(fine)
    assert order.shape == (14, 14)
    assert order.ravel().argmin() == 2 * 14 + 2


def test_an_honest_map_beats_chance() -> None:
    """Blurring what the answer hangs on brings it down at once; sharpening it brings it up."""
    found = faithfulness(by_place, a_spot(), 0, rng=np.random.default_rng(1), chances=20)
    assert found.deletion < found.deletion_by_chance
    assert found.insertion > found.insertion_by_chance


def test_a_map_that_points_elsewhere_does_not() -> None:
    """The check must be able to fail."""

    def lying(pictures: Floats) -> tuple[Floats, Floats]:
        logits, maps = by_place(pictures)
        return logits, -maps

    found = faithfulness(lying, a_spot(), 0, rng=np.random.default_rng(1), chances=20)
    assert found.deletion > found.deletion_by_chance


def test_the_peak_is_the_middle_of_its_cell() -> None:
    """A cell of eight pixels points at the fifth."""
    place = np.zeros((32, 32), dtype=bool)
    evidence = np.zeros((4, 4))
    evidence[1, 2] = 1.0
    place[12, 20] = True
    assert points_at(evidence, place)
    place[12, 20], place[8, 16] = False, True
    assert not points_at(evidence, place)


def test_a_flat_map_points_at_nothing() -> None:
    """Else the first cell would be its peak."""
    assert not points_at(np.zeros((4, 4)), np.ones((32, 32), dtype=bool))
