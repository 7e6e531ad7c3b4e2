"""Calibration, cut-offs and intervals from scores of unseen patients."""

import numpy as np
import pytest

from osler.errors import InputRefused
from osler.learn.calibrating import OutOfFold, calibrate


def out_of_fold(films: int, *, slope: float = 1.5, intercept: float = -1.0) -> OutOfFold:
    """Return one output whose true log-odds are known; every tenth label is not stated."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0.0, 1.5, (films, 1)).astype(np.float32)
    truth = 1 / (1 + np.exp(-(slope * logits + intercept)))
    labels = (rng.random((films, 1)) < truth).astype(np.float32)
    labels[::10] = np.nan
    return OutOfFold(logits, labels, [f"p{i // 2}" for i in range(films)])


def test_a_known_calibration_is_found() -> None:
    """The card's map is the truth where there is one, within what 900 films can tell."""
    scores = out_of_fold(1000)
    found = calibrate(scores, 0, seed=1)
    plan = found.calibration
    assert plan.films == 900
    assert plan.slope == pytest.approx(1.5, abs=0.25)
    assert plan.intercept == pytest.approx(-1.0, abs=0.2)
    assert plan.prevalence == pytest.approx(np.nanmean(scores.labels))
    assert found.slopes.shape == found.intercepts.shape == found.prevalences.shape == (200,)
    low, high = np.percentile(found.slopes, [2.5, 97.5])
    assert low < plan.slope < high


def test_the_measured_coverage_is_near_what_is_promised() -> None:
    """'95 % interval' is a promise that the card checks and prints."""
    coverage = calibrate(out_of_fold(600), 0, seed=1).calibration.interval_coverage
    assert 0.88 <= coverage <= 0.99


def test_cut_offs_keep_what_they_were_chosen_for() -> None:
    """Three cut-offs, each with what it gave on patients that the networks had not seen."""
    points = {point.name: point for point in calibrate(out_of_fold(1000), 0, seed=1).points}
    assert points["sensitive"].sensitivity.value >= 0.95
    assert points["specific"].specificity.value >= 0.95
    youden = [point.sensitivity.value + point.specificity.value for point in points.values()]
    balanced = points["balanced"]
    assert balanced.sensitivity.value + balanced.specificity.value == max(youden)
    for point in points.values():
        assert point.sensitivity.low <= point.sensitivity.value <= point.sensitivity.high


def test_the_largest_ratio_is_bounded_by_the_films() -> None:
    """Sixty films can support no ratio of fifty, however well they separate."""
    rng = np.random.default_rng(0)
    labels = (np.arange(60) % 2).astype(np.float32)[:, None]
    logits = (labels * 20 - 10 + rng.normal(size=(60, 1))).astype(np.float32)
    plan = calibrate(OutOfFold(logits, labels, [str(i) for i in range(60)]), 0, seed=1).calibration
    bound = 0.05 ** (1 / 30)  # Clopper-Pearson, 30 of 30
    assert plan.likelihood_ratio_high == pytest.approx(bound / (1 - bound))
    assert plan.likelihood_ratio_high < 10


def test_too_few_ill_films_cannot_be_calibrated() -> None:
    """A probability from nine cases is a guess with a decimal point."""
    labels = np.r_[np.ones(9), np.zeros(91)].astype(np.float32)[:, None]
    scores = OutOfFold(labels * 2, labels, [str(i) for i in range(100)])
    with pytest.raises(InputRefused, match=r"9 positive and 91 negative films; calibration needs"):
        calibrate(scores, 0, seed=1)
