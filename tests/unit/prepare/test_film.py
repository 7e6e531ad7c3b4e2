"""Every film takes one road to the square that networks read."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from make.dicom import a_dataset, a_file
from make.package import a_film, a_picture
from osler.clinical import InstanceUid, Picture
from osler.prepare.film import SQUARE, canonical, grey_of, reduced, squash, stretch
from osler.standards.pictures import decode_first, read_content

Grey = npt.NDArray[np.float32]


def a_smooth_film(side: int) -> Grey:
    """Return one scene, 0 to 255, sampled at any size: waves no shorter than an eighth."""
    at = (np.arange(side) + 0.5) / side
    waves = np.sin(2 * np.pi * 3 * at)[:, None] * np.cos(2 * np.pi * 8 * at)[None, :]
    return (127.5 + 90.0 * waves + 30.0 * at[:, None]).astype(np.float32).clip(0, 255)


def test_the_window_becomes_black_to_white() -> None:
    """20 is black, 45 the middle, 70 white; what lies beyond is cut off, not wrapped round."""
    picture = Picture(
        InstanceUid("1"), 0, np.array([[0, 20, 45, 70, 100]], dtype=np.float32), (20.0, 70.0)
    )
    assert grey_of(picture).tolist() == [[0.0, 0.0, 127.5, 255.0, 255.0]]


def test_padding_is_black_whatever_it_holds() -> None:
    """A white frame around a film would be read as dense bone."""
    padding = np.array([[True, False]])
    pixels = np.array([[4095, 100]], dtype=np.float32)
    picture = Picture(InstanceUid("1"), 0, pixels, (0.0, 100.0), padding=padding)
    assert grey_of(picture).tolist() == [[0.0, 255.0]]


def test_colour_is_weighed_as_the_eye_does() -> None:
    """A film saved in colour must score as its grey copy: luma is 0.299, 0.587, 0.114."""
    pixels = np.eye(3, dtype=np.float32)[None] * 255.0
    picture = Picture(InstanceUid("1"), 0, pixels, (0.0, 255.0))
    assert grey_of(picture)[0] == pytest.approx([76.245, 149.685, 29.07], abs=1e-3)


def test_both_monochromes_of_a_film_give_one_square() -> None:
    """An inverted film shows air where there is bone."""
    ramp = np.tile(np.arange(224, dtype=np.uint16) * 4, (224, 1))
    pictures = [
        decode_first(read_content(a_file(dataset), origin="film.dcm"))
        for dataset in (
            a_dataset(ramp, PhotometricInterpretation="MONOCHROME2"),
            a_dataset(ramp.max() - ramp, PhotometricInterpretation="MONOCHROME1"),
        )
    ]
    squares = [canonical(picture) for picture in pictures]
    np.testing.assert_allclose(squares[0], squares[1], atol=1e-6)
    assert squares[0][0, 0] < squares[0][0, -1]


def test_the_header_window_decides_what_is_seen() -> None:
    """Scores must follow what the radiographer chose to show."""
    ramp = np.tile(np.arange(224, dtype=np.uint16), (224, 1))
    dataset = a_dataset(ramp, WindowCenter=112, WindowWidth=100)
    square = canonical(decode_first(read_content(a_file(dataset), origin="film.dcm")))
    assert (square[:, :60] == 0.0).all()
    assert (square[:, 164:] == 1.0).all()
    assert square[0, 112] == pytest.approx(0.5, abs=0.02)


def test_squashing_is_what_pillow_does() -> None:
    """The training films were made by Pillow; another filter would shift every score."""
    grey = np.random.default_rng(0).integers(0, 256, (300, 500)).astype(np.uint8)
    wanted = Image.fromarray(grey).resize((SQUARE, SQUARE), Image.Resampling.BILINEAR)
    difference = np.abs(squash(grey.astype(np.float32)) - np.asarray(wanted, dtype=np.float32))
    assert difference.max() <= 1.0  # Pillow rounds to whole greys twice


def test_halving_weighs_four_neighbours_by_hand() -> None:
    """The widened bilinear filter weighs 1, 3, 3, 1: a step of 80 becomes 10 and 70."""
    grey = np.zeros((448, 448), dtype=np.float32)
    grey[:, 224:] = 80.0
    assert squash(grey)[50, 110:114].tolist() == [0.0, 10.0, 70.0, 80.0]


def test_a_film_and_its_smaller_copy_give_nearly_one_square() -> None:
    """A film sent by another route, at half the resolution, must not get another answer."""
    large, small = (canonical(a_picture(a_smooth_film(side))) for side in (1792, 896))
    assert np.abs(large - small).max() < 0.01


def test_a_tall_film_and_its_squashed_copy_give_nearly_one_square() -> None:
    """The training films kept no aspect ratio, so the served film's must not matter."""
    tall = a_smooth_film(1792)[:, ::2]
    square = a_smooth_film(896)
    difference = np.abs(canonical(a_picture(tall)) - canonical(a_picture(square)))
    assert difference.max() < 0.03


def test_a_film_of_the_right_size_is_only_stretched() -> None:
    """What needs no change must not be blurred."""
    grey = a_film()
    low, high = np.percentile(grey, [0.5, 99.5])
    wanted = np.clip((grey - low) / (high - low), 0, 1)
    np.testing.assert_allclose(canonical(a_picture(grey)), wanted, atol=1e-6)


def test_stretching_ignores_a_few_bright_marks() -> None:
    """A lead marker must not darken the lungs: 0.4 % of white pixels change nothing."""
    plain = np.tile(np.linspace(50, 150, 224, dtype=np.float32), (224, 1))
    marked = plain.copy()
    marked[:14, :14] = 255.0
    difference = np.abs(stretch(plain)[20:] - stretch(marked)[20:])
    assert difference.max() < 0.01
    assert stretch(plain).min() == 0.0
    assert stretch(plain).max() == 1.0


def test_a_blank_film_is_all_black() -> None:
    """Noise of a blank detector must not be stretched into a chest."""
    blank = np.full((300, 300), 117.0, dtype=np.float32)
    assert not canonical(a_picture(blank)).any()


def test_a_smaller_network_sees_the_same_square_made_smaller() -> None:
    """All networks take the road over 224 pixels, because the training films did."""
    picture = a_picture(a_smooth_film(896))
    found = canonical(picture, size=112)
    assert found.shape == (112, 112)
    np.testing.assert_allclose(found, squash(canonical(picture), size=112), atol=1e-6)


@pytest.mark.parametrize(
    ("rows", "columns", "shape"), [(3000, 1500, (1024, 512)), (300, 200, (300, 200))]
)
def test_a_shown_film_keeps_its_shape_and_is_never_enlarged(
    *, rows: int, columns: int, shape: tuple[int, int]
) -> None:
    """A film shown broader than it was taken makes every heart look large."""
    found = reduced(a_picture(a_film(rows=rows, columns=columns)), longest=1024)
    assert found.shape == shape
    assert found.dtype == np.uint8
    assert abs(int(found[shape[0] // 2, shape[1] // 4]) - 30) <= 1
