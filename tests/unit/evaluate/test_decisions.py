"""Cut-offs keep their promises, and a ratio is never larger than the films allow."""

import math

import numpy as np
import pytest

from osler.evaluate.decisions import (
    confusion,
    dice,
    likelihood_ratio_limits,
    threshold_for_sensitivity,
    threshold_for_specificity,
    youden_threshold,
)


def test_the_four_cells_and_their_rates_by_hand() -> None:
    """Every figure on a card starts here."""
    called = np.array([1, 1, 1, 0, 0, 0, 0], dtype=bool)
    labels = np.array([1, 1, 0, 1, 0, 0, 0], dtype=bool)
    counts = confusion(called, labels)
    assert (counts.tp, counts.fp, counts.fn, counts.tn) == (2, 1, 1, 3)
    assert counts.sensitivity() == pytest.approx(2 / 3)
    assert counts.specificity() == pytest.approx(3 / 4)
    assert counts.accuracy() == pytest.approx(5 / 7)
    assert counts.ppv() == pytest.approx(2 / 3)
    assert counts.npv() == pytest.approx(3 / 4)


def test_weights_count_films_more_than_once() -> None:
    """Resampled patients are counted by weight."""
    called, labels = np.array([True, False]), np.array([True, True])
    assert confusion(called, labels, np.array([3.0, 1.0])).sensitivity() == pytest.approx(0.75)


def test_a_rate_of_nobody_is_not_a_number() -> None:
    """'0 % sensitivity' and 'no patient had it' are different answers."""
    nobody = confusion(np.zeros(2, dtype=bool), np.zeros(2, dtype=bool))
    assert math.isnan(nobody.sensitivity())
    assert math.isnan(nobody.ppv())


def test_youden_threshold_by_hand() -> None:
    """From 0.6 on: two of two ill and one of four well are called, 0.75; no other gives more."""
    probability = np.array([0.1, 0.2, 0.3, 0.7, 0.6, 0.9])
    labels = np.array([0, 0, 0, 0, 1, 1], dtype=bool)
    assert youden_threshold(probability, labels) == 0.6


@pytest.mark.parametrize("wanted", [0.5, 0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("decimals", [1, 6])
def test_the_sensitive_threshold_keeps_its_promise(wanted: float, decimals: int) -> None:
    """'Very unlikely' is said below this cut-off: too many ill below it would be sent home."""
    rng = np.random.default_rng(3)
    labels = rng.random(500) < 0.2
    probability = np.round(rng.beta(2, 2, 500) * 0.5 + 0.4 * labels, decimals)
    cut = threshold_for_sensitivity(probability, labels, wanted)
    assert (probability[labels] >= cut).mean() >= wanted
    higher = probability[probability > cut].min()
    assert (probability[labels] >= higher).mean() < wanted


@pytest.mark.parametrize("wanted", [0.5, 0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("decimals", [1, 6])
def test_the_specific_threshold_keeps_its_promise(wanted: float, decimals: int) -> None:
    """'Likely' is said from this cut-off on: too many well above it would be treated."""
    rng = np.random.default_rng(4)
    labels = rng.random(500) < 0.2
    probability = np.round(rng.beta(2, 2, 500) * 0.5 + 0.4 * labels, decimals)
    cut = threshold_for_specificity(probability, labels, wanted)
    assert (probability[~labels] < cut).mean() >= wanted
    lower = probability[probability < cut].max()
    assert (probability[~labels] < lower).mean() < wanted


def test_nine_of_ten_is_nine_of_ten() -> None:
    """1 - 0.9 is a hair below 0.1 in a computer; the tenth patient must not fall through it."""
    probability = np.arange(1, 11) / 10.0
    everyone = np.ones(10, dtype=bool)
    assert threshold_for_sensitivity(probability, everyone, 0.9) == pytest.approx(0.2)
    cut = threshold_for_specificity(probability, ~everyone, 0.9)
    assert 0.9 < cut < 1.0


def test_ten_separated_films_a_side_support_a_ratio_below_three() -> None:
    """Clopper-Pearson by hand: 0.05^(1/10) = 0.7411 over 1 - 0.7411 = 0.2589 is 2.863.

    'Beyond every healthy film' proves no ratio of a thousand to the patient in front of you.
    """
    scores = np.r_[np.linspace(0, 1, 10), np.linspace(2, 3, 10)]
    low, high = likelihood_ratio_limits(scores, np.arange(20) >= 10)
    bound = 0.05 ** (1 / 10)
    assert bound == pytest.approx(0.7411, abs=1e-4)
    assert high == pytest.approx(bound / (1 - bound), rel=1e-6)
    assert high == pytest.approx(2.863, abs=1e-3)
    assert low == pytest.approx((1 - bound) / bound, rel=1e-6)


def test_more_films_support_a_larger_ratio_but_no_endless_one() -> None:
    """265 and 50 separated films: 0.05^(1/50) / (1 - 0.05^(1/265)) = 83.8."""
    scores = np.r_[np.linspace(0, 1, 265), np.linspace(2, 3, 50)]
    _, high = likelihood_ratio_limits(scores, np.arange(315) >= 265)
    assert high == pytest.approx(0.05 ** (1 / 50) / (1 - 0.05 ** (1 / 265)), rel=1e-6)
    assert high == pytest.approx(83.8, abs=0.1)


def test_scores_that_say_nothing_support_no_ratio() -> None:
    """A useless score must leave the pre-test probability as it was."""
    assert likelihood_ratio_limits(np.zeros(40), np.arange(40) % 2 == 0) == (1.0, 1.0)


def test_dice_by_hand() -> None:
    """Two of three and two of two pixels overlap in two: 4 / 5."""
    one, other = np.array([1, 1, 1, 0], dtype=bool), np.array([1, 1, 0, 0], dtype=bool)
    assert dice(one, other) == pytest.approx(0.8)
    assert dice(one & ~one, other & ~other) == 1.0
    assert dice(one, ~one) == 0.0
