"""Calibration: 30 % must mean three in ten."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from osler.evaluate.bootstrap import patient_weights
from osler.evaluate.calibration import (
    PlattMap,
    brier,
    expected_calibration_error,
    expit,
    fit_platt,
    fit_platt_many,
    logit,
    perfect_calibration_error,
    slope_and_intercept,
)

Floats = npt.NDArray[np.float64]


def simulated(n: int, *, slope: float, intercept: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return logits, and outcomes whose true log-odds are slope x logit + intercept."""
    rng = np.random.default_rng(8)
    x = rng.normal(-1.0, 2.0, n)
    return x, rng.random(n) < expit(slope * x + intercept)


def test_expit_and_logit_by_hand() -> None:
    """Odds of one to three are a quarter."""
    assert expit(np.array([0.0, np.log(1 / 3), 800.0, -800.0])) == pytest.approx([0.5, 0.25, 1, 0])
    assert logit(np.array([0.25, 0.5])) == pytest.approx([-1.0986123, 0.0])
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()


def test_platt_map_recovers_what_made_the_outcomes() -> None:
    """The map is the promise on every report; it must be the true one where there is one."""
    logits, labels = simulated(40_000, slope=0.6, intercept=-0.8)
    fitted = fit_platt(logits, labels)
    assert fitted.slope == pytest.approx(0.6, abs=0.02)
    assert fitted.intercept == pytest.approx(-0.8, abs=0.03)


def test_platt_map_on_many_films_is_logistic_regression() -> None:
    """With many films the smoothed targets and the light ridge must not matter."""
    logits, labels = simulated(20_000, slope=1.3, intercept=0.4)
    fitted = fit_platt(logits, labels)
    other = LogisticRegression(C=np.inf, tol=1e-8).fit(logits[:, None], labels)
    assert fitted.slope == pytest.approx(float(other.coef_[0, 0]), abs=2e-3)
    assert fitted.intercept == pytest.approx(float(other.intercept_[0]), abs=2e-3)


def test_maps_of_many_resamples_are_those_fitted_one_by_one() -> None:
    """The interval on a report is made of these maps."""
    logits, labels = simulated(300, slope=1.0, intercept=0.0)
    weights = patient_weights(
        [str(i // 2) for i in range(300)], rng=np.random.default_rng(0), repeats=5
    )
    slopes, intercepts = fit_platt_many(logits, labels, weights)
    for number, row in enumerate(weights.astype(int)):
        alone = fit_platt(np.repeat(logits, row), np.repeat(labels, row))
        assert slopes[number] == pytest.approx(alone.slope, rel=2e-3)
        assert intercepts[number] == pytest.approx(alone.intercept, abs=5e-3)


def test_perfect_separation_gives_a_finite_map() -> None:
    """Ten films that happen to separate must not make the eleventh certain."""
    logits = np.r_[np.full(5, -1.0), np.full(5, 1.0)]
    fitted = fit_platt(logits, logits > 0)
    assert fitted(np.array([1.0]))[0] == pytest.approx(6 / 7, abs=1e-3)  # Platt's target


def test_a_map_never_turns_scores_round() -> None:
    """A film that looks worse must never be called less likely ill."""
    logits = np.linspace(-2, 2, 40)
    assert fit_platt(logits, logits < 0).slope > 0


def test_a_map_turns_a_logit_into_a_probability_by_hand() -> None:
    """2 x 0.5 - 1 = 0: even odds."""
    assert PlattMap(2.0, -1.0)(np.array([0.5]))[0] == pytest.approx(0.5)


def test_brier_score_by_hand_and_by_scikit_learn() -> None:
    """(0.1² + 0.4² + 0.2²) / 3 = 0.07."""
    probability, labels = np.array([0.9, 0.4, 0.8]), np.array([True, False, True])
    assert brier(probability, labels) == pytest.approx(0.07)
    assert brier(probability, labels) == pytest.approx(brier_score_loss(labels, probability))
    weights = np.array([0.0, 1.0, 1.0])
    assert brier(probability, labels, weights) == pytest.approx(0.1)


def test_calibration_error_by_hand() -> None:
    """Two bins: |0.3 - 1| and |1.7 - 2| over four films are 0.25."""
    probability = np.array([0.9, 0.1, 0.8, 0.2])
    labels = np.array([True, False, True, True])
    assert expected_calibration_error(probability, labels, bins=2) == pytest.approx(0.25)


def test_calibration_error_with_weights_by_hand() -> None:
    """Without the second film: |0.1 - 0| and |1.7 - 2| over three films."""
    probability = np.array([0.1, 0.2, 0.8, 0.9])
    labels = np.array([False, True, True, True])
    found = expected_calibration_error(probability, labels, np.array([1.0, 0, 1, 1]), bins=2)
    assert found == pytest.approx(0.4 / 3)


def test_even_a_perfect_model_misses_by_chance() -> None:
    """Two films at one half: none, one or both are ill; the error is 0.5, 0, 0.5."""
    mean, p95 = perfect_calibration_error(
        np.array([0.5, 0.5]), rng=np.random.default_rng(0), bins=1, repeats=4000
    )
    assert mean == pytest.approx(0.25, abs=0.02)
    assert p95 == pytest.approx(0.5)


def test_the_chance_error_shrinks_with_more_films() -> None:
    """An error of 0.03 is nothing on 100 films and a fault on 10,000."""
    rng = np.random.default_rng(0)
    few, _ = perfect_calibration_error(rng.random(100), rng=rng, repeats=50)
    many, _ = perfect_calibration_error(rng.random(10_000), rng=rng, repeats=50)
    assert many == pytest.approx(few / 10, rel=0.25)


def test_true_probabilities_have_slope_one_and_intercept_zero() -> None:
    """What is calibrated must be called so."""
    logits, labels = simulated(40_000, slope=1.0, intercept=0.0)
    slope, intercept = slope_and_intercept(expit(logits), labels)
    assert slope == pytest.approx(1.0, abs=0.03)
    assert intercept == pytest.approx(0.0, abs=0.04)


def test_overconfidence_shows_as_a_slope_below_one() -> None:
    """A model that says 99 % where 91 % is true frightens or reassures too much."""
    logits, labels = simulated(40_000, slope=0.5, intercept=0.0)
    assert slope_and_intercept(expit(logits), labels)[0] == pytest.approx(0.5, abs=0.02)


def test_a_model_that_calls_too_few_ill_has_a_positive_intercept() -> None:
    """At another hospital with more illness every probability is too low by the same odds."""
    logits, labels = simulated(40_000, slope=1.0, intercept=0.7)
    assert slope_and_intercept(expit(logits), labels)[1] == pytest.approx(0.7, abs=0.04)
