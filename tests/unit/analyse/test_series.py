"""Slices of a series make one statement about the patient, by a stated rule."""

from pathlib import Path

import numpy as np
import pytest

from make.package import a_calibration, a_card, a_fingerprint, a_package, an_output
from osler.analyse.card import SeriesCard
from osler.analyse.package import load_package
from osler.analyse.series import series_logit, series_score, smoothed


def test_a_slice_is_averaged_with_its_neighbours() -> None:
    """Worked by hand: (0 + 2 x 4 + 0) / 4 = 2, and its neighbours get a quarter of it."""
    assert smoothed(np.array([0.0, 0.0, 4.0, 0.0, 0.0])).tolist() == [0, 1, 2, 1, 0]


def test_the_ends_are_repeated() -> None:
    """The first slice has one neighbour: (4 + 2 x 4 + 0) / 4 = 3."""
    assert smoothed(np.array([4.0, 0.0, 0.0])).tolist() == [3, 1, 0]


def test_a_bleed_over_three_slices_outweighs_a_speck_on_one() -> None:
    """Worked by hand: (1 + 2 + 1) / 3 for the speck; (3 + 4 + 3) / 3 for the bleed."""
    speck = series_logit(np.array([0.0, 0.0, 4.0, 0.0, 0.0]))
    bleed = series_logit(np.array([0.0, 4.0, 4.0, 4.0, 0.0]))
    assert speck == pytest.approx(4 / 3)
    assert bleed == pytest.approx(10 / 3)


def test_a_series_is_calibrated_on_patients(tmp_path: Path) -> None:
    """The highest of thirty slices is high by chance alone; their own map would believe it."""
    output = an_output()
    series = SeriesCard(
        calibration=a_calibration(slope=2.0, intercept=-1.0),
        conformal=output.conformal,
        operating_points=output.operating_points,
    )
    card = a_card(outputs=(output.model_copy(update={"series": series}),))
    arrays = a_fingerprint()
    arrays |= {
        name.replace("platt", "series"): values
        for name, values in arrays.items()
        if name.startswith("platt")
    }
    package = load_package(a_package(tmp_path, card, fingerprint=arrays))
    found = series_score(package, 0, np.full(6, 0.5))
    # 2 x 0.5 - 1 = 0: even odds
    assert found.probability.value == pytest.approx(0.5)


def test_an_output_without_a_calibration_of_series_cannot_be_asked(tmp_path: Path) -> None:
    """It would be a probability that nobody measured."""
    package = load_package(a_package(tmp_path, a_card()))
    with pytest.raises(ValueError, match="no calibration of series"):
        series_score(package, 0, np.zeros(6))
