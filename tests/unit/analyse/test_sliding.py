"""A network run over a volume window by window."""

import numpy as np
import numpy.typing as npt
import pytest

from osler.analyse.sliding import gaussian, slide, starts

Floats = npt.NDArray[np.float32]
WINDOW = (4, 6, 5)


def _by_brightness(part: Floats) -> Floats:
    """Answer as a network that looks at one voxel at a time would: bright is the structure."""
    return np.stack([-part[0], part[0]], axis=1).astype(np.float32)


def test_every_voxel_is_seen_and_the_last_window_ends_at_the_border() -> None:
    """A voxel that no window reaches would be background by mistake."""
    assert starts(4, 4) == (0,)
    assert starts(3, 4) == (0,)
    assert starts(10, 4) == (0, 2, 4, 6)
    seen = np.zeros(11, dtype=bool)
    for first in starts(11, 4):
        seen[first : first + 4] = True
    assert seen.all()


def test_weights_fall_off_from_the_middle_and_never_reach_zero() -> None:
    """At a window's border a network knows little of what lies beyond."""
    weights = gaussian((5, 5, 5))
    assert weights[2, 2, 2] == 1.0
    # One step of 5 / 8 voxels' deviation off the middle: exp(-0.5 (1 / 0.625)^2) = 0.2780.
    assert weights[2, 2, 3] == pytest.approx(0.2780, abs=1e-4)
    assert weights.min() == pytest.approx(1e-3)


@pytest.mark.parametrize("shape", [(4, 6, 5), (9, 13, 11), (3, 20, 2)])
def test_windows_put_together_say_what_one_look_would(shape: tuple[int, int, int]) -> None:
    """Where the answer does not hang on the window, the seams must not show."""
    voxels = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    shares = slide(_by_brightness, voxels, window=WINDOW, classes=2)
    assert shares.shape == (2, *shape)
    np.testing.assert_allclose(shares[1], 1.0 / (1.0 + np.exp(-2.0 * voxels)), atol=1e-3)
    np.testing.assert_allclose(shares.sum(axis=0, dtype=np.float32), 1.0, atol=2e-3)
