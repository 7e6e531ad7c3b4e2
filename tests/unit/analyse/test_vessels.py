"""Measures of vessels, against lines drawn by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from osler.analyse.vessels import centre_line_length, centre_lines, field_mask, vessel_measures


def _disc(size: int, radius: float) -> npt.NDArray[np.bool_]:
    """Return a filled circle in the middle of a square."""
    at = np.arange(size) - (size - 1) / 2.0
    return np.asarray(np.hypot(at[:, None], at[None, :]) <= radius, dtype=np.bool_)


def test_a_bar_thins_to_its_middle_line() -> None:
    """Length must not grow with the width of a vessel."""
    mask = np.zeros((21, 60), dtype=bool)
    mask[8:13, 5:55] = True
    line = centre_lines(mask)
    assert set(np.nonzero(line)[0]) <= {9, 10, 11}
    # The ends are eaten by about half the width: 50 pixels long, 5 wide.
    assert centre_line_length(line) == pytest.approx(46.0, abs=3.0)


def test_steps_aslant_count_the_root_of_two() -> None:
    """A diagonal of eleven pixels is ten steps aslant long."""
    assert centre_line_length(np.eye(11, dtype=bool)) == pytest.approx(10 * np.sqrt(2.0))
    corner = np.zeros((5, 5), dtype=bool)
    corner[0, :4] = corner[:4, 0] = True
    assert centre_line_length(corner) == pytest.approx(6.0)


def test_a_branch_stays_in_one_piece() -> None:
    """Thinning that cuts a fork apart would lose the vessel behind it."""
    from scipy import ndimage

    mask = np.zeros((60, 60), dtype=bool)
    mask[28:33, 5:55] = True
    mask[30:55, 27:32] = True
    line = centre_lines(mask)
    assert ndimage.label(line, structure=np.ones((3, 3)))[1] == 1
    assert line.sum() < 0.3 * mask.sum()


def test_area_length_and_width_are_of_the_field() -> None:
    """A straight vessel of 4 pixels across the whole field of 200 pixels in diameter."""
    field = _disc(241, 100.0)
    vessel = np.zeros((241, 241), dtype=bool)
    vessel[119:123, :] = True
    found = vessel_measures(vessel, field)
    assert found.field_diameter_px == pytest.approx(200.0, rel=0.01)
    assert found.area_share == pytest.approx(4 * 200 / (np.pi * 100.0**2), rel=0.01)
    assert found.length_per_diameter == pytest.approx(1.0, abs=0.04)
    assert found.width_per_diameter == pytest.approx(4 / 200, rel=0.06)


def test_no_vessel_has_no_width() -> None:
    """Nothing found is no length and no width."""
    found = vessel_measures(np.zeros((50, 50), dtype=bool), _disc(50, 20.0))
    assert (found.area_share, found.length_per_diameter, found.width_per_diameter) == (0, 0, 0)


def test_the_field_is_the_bright_disc_and_holes_belong_to_it() -> None:
    """A dark macula is inside the field, a bright stamp in the corner is not."""
    field = _disc(101, 40.0)
    pixels = np.where(field, 90.0, 3.0)[..., None] * np.array([1.0, 0.6, 0.3])
    pixels[48:53, 48:53] = 5.0
    pixels[:4, :4] = 200.0
    np.testing.assert_array_equal(field_mask(pixels), field)
