"""Any picture becomes the square of its contract, and what is found there lies right on it."""

import numpy as np
import pytest

from osler.clinical import InstanceUid, Picture
from osler.prepare.picture import (
    PictureContract,
    canvas_of,
    evidence_grid,
    field_of_view,
    fitted_mask,
    mask_on_picture,
    network_input,
)


def a_picture(pixels: np.ndarray, *, window: tuple[float, float] = (0.0, 255.0)) -> Picture:
    """Return pixels as a picture."""
    return Picture(InstanceUid("2.25.1"), 0, pixels.astype(np.float32), window)


def test_a_padded_picture_keeps_its_shape_and_lies_in_the_middle() -> None:
    """A squashed lesion has another shape than the one that the network learnt."""
    wide = np.full((50, 100), 255.0)
    canvas = canvas_of(a_picture(wide), PictureContract(size=40))
    assert canvas.image.shape == (1, 40, 40)
    assert canvas.inside == (slice(10, 30), slice(0, 40))
    assert canvas.image[0, 10:30].min() == 1.0
    assert canvas.image[0, :10].max() == canvas.image[0, 30:].max() == 0.0


def test_a_squashed_picture_fills_the_square() -> None:
    """The chest road of old: the aspect ratio is not kept."""
    squashed = network_input(
        a_picture(np.full((50, 100), 255.0)), PictureContract(40, fit="squash")
    )
    assert squashed.shape == (1, 40, 40)
    assert squashed.min() == 1.0


@pytest.mark.parametrize("fit", ["pad", "squash"])
@pytest.mark.parametrize("crop", ["none", "field"])
def test_a_point_of_the_square_lies_where_it_was_on_the_picture(fit: str, crop: str) -> None:
    """An outline that is off by a margin cut away points at healthy tissue."""
    pixels = np.zeros((120, 200))
    pixels[10:110, 40:180] = 60.0
    pixels[60:64, 100:104] = 255.0
    contract = PictureContract(100, fit=fit, crop=crop)  # type: ignore[arg-type]
    canvas = canvas_of(a_picture(pixels), contract)
    row, column = np.unravel_index(int(canvas.image[0].argmax()), (100, 100))
    there = canvas.placement.to_picture(float(row) + 0.5, float(column) + 0.5)
    assert there == pytest.approx((62.0, 102.0), abs=2.0)


def test_a_mask_goes_to_the_square_and_back() -> None:
    """Areas in square millimetres are measured on what comes back."""
    mask = np.zeros((90, 150), dtype=bool)
    mask[20:60, 30:90] = True
    picture = a_picture(mask * 200.0 + 30.0)
    contract = PictureContract(size=224)
    canvas = canvas_of(picture, contract)
    back = mask_on_picture(fitted_mask(mask, picture, contract).astype(np.float32), canvas) >= 0.5
    assert back.shape == mask.shape
    assert (back ^ mask).sum() <= 0.02 * mask.sum()


def test_what_was_cut_off_is_empty_in_a_mask() -> None:
    """The black around a fundus was never looked at, and holds no lesion."""
    pixels = np.zeros((100, 160, 3))
    pixels[10:90, 40:120] = 120.0
    canvas = canvas_of(a_picture(pixels), PictureContract(64, channels=3, crop="field"))
    everywhere = mask_on_picture(np.ones((64, 64), dtype=np.float32), canvas)
    assert everywhere[:10].max() == 0.0
    assert everywhere[10:90, 40:120].min() == 1.0


def test_a_dark_picture_has_no_field_to_cut_out() -> None:
    """A speck of light in an unexposed picture is not a fundus."""
    dark = np.zeros((1, 100, 100), dtype=np.float32)
    dark[0, 50:53, 50:53] = 255.0
    assert field_of_view(dark) == (slice(0, 100), slice(0, 100))


def test_colours_keep_their_ratio_under_stretching() -> None:
    """A red that turns grey is another fundus."""
    pixels = np.zeros((64, 64, 3))
    pixels[..., 0] = np.linspace(60, 180, 64)[None]
    pixels[..., 1] = np.linspace(30, 90, 64)[None]
    made = network_input(a_picture(pixels), PictureContract(64, channels=3, scaling="stretch"))
    assert made[0].mean() > made[1].mean() > made[2].mean()
    assert made.max() == pytest.approx(1.0, abs=0.02)


def test_hounsfield_units_are_seen_through_the_contracts_window() -> None:
    """A bone window on the console must not change what the network sees."""
    pixels = np.full((32, 32), 40.0, dtype=np.float32)
    picture = Picture(InstanceUid("2.25.1"), 0, pixels, (-1000.0, 2000.0), measured="HU")
    made = network_input(picture, PictureContract(32, window_hu=(0.0, 80.0)))
    assert made == pytest.approx(0.5)


def test_a_blank_picture_is_all_zero_under_stretching() -> None:
    """The quality gate then names it; noise blown up to full contrast would look like tissue."""
    blank = network_input(
        a_picture(np.full((32, 32), 99.0)), PictureContract(32, scaling="stretch")
    )
    assert blank.max() == 0.0


def test_evidence_is_laid_over_the_whole_picture() -> None:
    """The map's peak names the place: it must not move when a picture is padded."""
    pixels = np.full((60, 120), 100.0)
    canvas = canvas_of(a_picture(pixels), PictureContract(96))
    evidence = np.zeros((6, 6), dtype=np.float32)
    evidence[3, 5] = 1.0
    grid = evidence_grid(evidence, canvas)
    row, column = np.unravel_index(int(grid.argmax()), grid.shape)
    assert grid.shape == (64, 64)
    assert column > 55
    assert row > 32
