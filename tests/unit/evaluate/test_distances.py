"""Distances between outlines, by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from osler.evaluate.distances import surface_distances


def a_slab(first: int, last: int) -> npt.NDArray[np.bool_]:
    """Return a volume (10, 6, 6) that is full from one slice to another."""
    mask = np.zeros((10, 6, 6), dtype=bool)
    mask[first : last + 1] = True
    return mask


def test_equal_masks_are_no_distance_apart() -> None:
    """A perfect outline must measure perfect."""
    found = surface_distances(a_slab(2, 5), a_slab(2, 5), spacing_mm=(3.0, 1.0, 1.0))
    assert found is not None
    assert (found.mean(), found.hausdorff(), found.surface_dice(0.0)) == (0.0, 0.0, 1.0)


def test_distances_are_in_millimetres_along_each_axis() -> None:
    """One point against another: two slices of 3 mm and four columns of 0.5 mm."""
    one, other = (np.zeros((10, 10, 10), dtype=bool) for _ in range(2))
    one[2, 5, 1] = True
    other[4, 5, 5] = True
    found = surface_distances(one, other, spacing_mm=(3.0, 1.0, 0.5))
    assert found is not None
    assert found.mean() == pytest.approx(np.hypot(6.0, 2.0))
    assert found.hausdorff(100.0) == pytest.approx(np.hypot(6.0, 2.0))


def test_a_slab_that_is_a_slice_too_thick_by_hand() -> None:
    """Squares of 4 x 4 and 4 x 5: by hand, 4 of the 14 edge pixels of the larger lie 2 mm away.

    Back, all 12 edge pixels of the smaller: its right column is inside, 1 column from the
    larger's edge but on its top and bottom rows 0; the two inner ones are 2 mm from it.
    """
    one, other = (np.zeros((8, 9), dtype=bool) for _ in range(2))
    one[2:6, 2:6] = True
    other[2:6, 2:7] = True
    found = surface_distances(one, other, spacing_mm=(1.0, 2.0))
    assert found is not None
    assert sorted(found.back)[-4:] == [2.0] * 4
    assert sorted(found.back)[:10] == [0.0] * 10
    assert sorted(found.there) == [0.0] * 10 + [1.0, 1.0]
    assert found.mean() == pytest.approx((4 * 2.0 + 2 * 1.0) / 26)
    assert found.surface_dice(1.0) == pytest.approx(22 / 26)


def test_one_stray_pixel_moves_the_largest_distance_and_not_the_95th_percentile() -> None:
    """The 95th percentile is asked for because of grains."""
    one = np.zeros((40, 40), dtype=bool)
    one[5:25, 5:25] = True
    other = one.copy()
    other[38, 38] = True
    found = surface_distances(other, one, spacing_mm=(1.0, 1.0))
    assert found is not None
    assert found.hausdorff(95.0) == 0.0
    assert found.hausdorff(100.0) == pytest.approx(np.hypot(14, 14))


def test_an_empty_mask_has_no_distance() -> None:
    """Nothing found is not zero millimetres away."""
    assert surface_distances(a_slab(2, 5), a_slab(9, 2), spacing_mm=(1.0, 1.0, 1.0)) is None
