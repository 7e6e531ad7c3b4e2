"""Intervals by patient."""

import numpy as np
import pytest
from numpy import typing as npt

from osler.evaluate.bootstrap import interval, patient_weights

PATIENTS = ["a", "b", "a", "c", "a", "c", "d"]


def test_all_films_of_a_patient_come_and_go_together() -> None:
    """Films of one patient are no independent proof: taken apart, they feign certainty."""
    weights = patient_weights(PATIENTS, rng=np.random.default_rng(0), repeats=50)
    assert weights.shape == (50, 7)
    for rows in ([0, 2, 4], [3, 5]):
        assert (weights[:, rows] == weights[:, rows[:1]]).all()


def test_each_resample_draws_as_many_patients_as_there_are() -> None:
    """A smaller resample would overstate doubt, a larger one hide it."""
    weights = patient_weights(PATIENTS, rng=np.random.default_rng(0), repeats=50)
    assert (weights[:, [0, 1, 3, 6]].sum(axis=1) == 4).all()


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    """400 patients, standard deviation 1: plus and minus 1.96 / 20."""
    values = np.random.default_rng(5).normal(size=400)
    values = (values - values.mean()) / values.std()
    weights = patient_weights(
        [str(i) for i in range(400)], rng=np.random.default_rng(1), repeats=2000
    )
    found = interval(lambda w: float(np.average(values, weights=w)), weights)
    assert found is not None
    assert found.value == pytest.approx(0.0, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((-0.098, 0.098), abs=0.008)


def test_two_copies_of_each_film_do_not_shorten_the_interval() -> None:
    """Sending a film twice teaches nothing new."""
    values = np.random.default_rng(2).normal(size=200)
    patients = [str(i) for i in range(200)]

    def width(repeated: npt.NDArray[np.float64], names: list[str]) -> float:
        weights = patient_weights(names, rng=np.random.default_rng(1), repeats=500)
        found = interval(lambda w: float(np.average(repeated, weights=w)), weights)
        assert found is not None
        return found.high - found.low

    twice = width(np.concatenate([values, values]), patients + patients)
    assert twice == pytest.approx(width(values, patients))


def test_the_interval_holds_its_value() -> None:
    """A probability outside its own interval cannot be explained to anybody."""
    weights = np.ones((100, 3))
    found = interval(lambda w: 0.9 if w is None else 0.5, weights)
    assert found is not None
    assert (found.low, found.value, found.high) == (0.5, 0.9, 0.9)


def test_what_is_not_defined_has_no_interval() -> None:
    """A sensitivity without positives is unknown, not zero."""
    assert interval(lambda _: float("nan"), np.ones((100, 3))) is None


def test_too_few_defined_resamples_give_no_interval() -> None:
    """An interval out of nineteen numbers promises what it cannot hold."""
    weights = np.ones((100, 1))
    weights[19:] = np.nan
    assert interval(lambda w: 0.5 if w is None else float(w[0]), weights) is None
    weights[19] = 1.0
    assert interval(lambda w: 0.5 if w is None else float(w[0]), weights) is not None
