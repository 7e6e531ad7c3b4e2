"""Prediction sets: each class is covered as stated; too few patients rule out nothing."""

import numpy as np
import pytest

from osler.evaluate.conformal import PredictionSet, conformal


def test_limits_are_the_ranks_that_theory_gives() -> None:
    """Nine negatives at 90 %: rank ceil(10 x 0.9) = 9, the largest; nine positives likewise."""
    p = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    labels = np.array([False] * 9 + [True] * 9)
    found = conformal(labels, np.concatenate([p, p]), coverage=0.9)
    assert found.absent_to == pytest.approx(0.9)
    assert found.present_from == pytest.approx(0.1)


def test_too_few_patients_rule_nothing_out() -> None:
    """Three sick patients cannot show that 95 % of the sick are caught."""
    labels = np.array([True, True, True, False, False, False])
    found = conformal(labels, np.array([0.9, 0.8, 0.95, 0.1, 0.2, 0.05]), coverage=0.95)
    assert {found.set_of(p) for p in (0.0, 0.5, 1.0)} == {PredictionSet.BOTH}


def test_each_class_is_covered_as_stated_on_new_patients() -> None:
    """A rare disease must not pay for the coverage of the common absence of it."""
    rng = np.random.default_rng(7)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.random(count) < 0.1
        return labels, 1 / (1 + np.exp(-rng.normal(np.where(labels, 1.2, -1.2), 1.0)))

    found = conformal(*draw(4000), coverage=0.9)
    labels, probabilities = draw(20000)
    sets = [found.set_of(float(p)) for p in probabilities]
    holds = {
        True: (PredictionSet.PRESENT, PredictionSet.BOTH),
        False: (PredictionSet.ABSENT, PredictionSet.BOTH),
    }
    for truth, wanted in holds.items():
        inside = [one in wanted for one, label in zip(sets, labels, strict=True) if label == truth]
        assert np.mean(inside) == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("coverage", [0.0, 1.0, -1.0])
def test_a_coverage_that_is_none_is_refused(coverage: float) -> None:
    """A promise of 100 % is a set that says nothing."""
    with pytest.raises(ValueError, match="expected a number above 0 and below 1"):
        conformal(np.array([True]), np.array([0.5]), coverage=coverage)
