"""Two models on the same patients: by hand, and against the bootstrap."""

import math

import numpy as np
import pytest

from osler.evaluate.bootstrap import patient_weights
from osler.evaluate.comparing import delong, paired_difference
from osler.evaluate.discrimination import auroc

LABELS = np.array([True, True, False, False])
FIRST = np.array([3.0, 2.0, 1.0, 2.5])


def test_delong_by_hand() -> None:
    """Placements of the first (1, 1/2 | 1, 1/2), of a perfect second (1, 1 | 1, 1).

    Variance 0.125/2 + 0.125/2 = 0.125, difference -0.25, z = -0.7071, p = erfc(1/2).
    """
    found = delong(FIRST, np.array([5.0, 4.0, 1.0, 2.5]), LABELS)
    assert (found.first, found.second, found.difference) == (0.75, 1.0, -0.25)
    assert found.standard_error == pytest.approx(math.sqrt(0.125))
    assert found.p == pytest.approx(math.erfc(0.5))


def test_delong_takes_account_of_the_pairing() -> None:
    """Placements (1, 1/2) and (1/2, 1) of the positives, equal of the negatives: variance 0.25."""
    found = delong(FIRST, np.array([2.0, 3.0, 1.0, 2.5]), LABELS)
    assert found.difference == 0.0
    assert found.standard_error == pytest.approx(0.5)
    assert found.p == 1.0


def test_ties_count_half() -> None:
    """Scores rounded by a display must not favour one model."""
    found = delong(np.array([1.0, 1.0, 1.0, 0.0]), np.zeros(4), LABELS)
    assert (found.first, found.second) == (0.75, 0.5)


def test_delong_agrees_with_the_bootstrap() -> None:
    """Two roads to one standard error, on correlated scores of 400 patients."""
    rng = np.random.default_rng(1)
    labels = rng.random(400) < 0.4
    shared = rng.normal(size=400) + 1.2 * labels
    first = shared + 0.5 * rng.normal(size=400)
    second = shared + 1.5 * rng.normal(size=400)
    exact = delong(first, second, labels)
    weights = patient_weights([str(n) for n in range(400)], rng=rng, repeats=800)
    found = paired_difference(lambda s, w: auroc(s, labels, w), first, second, weights=weights)
    assert found is not None
    assert exact.first == pytest.approx(auroc(first, labels))
    assert found.difference.value == pytest.approx(exact.difference)
    width = (found.difference.high - found.difference.low) / (2 * 1.96)
    assert width == pytest.approx(exact.standard_error, rel=0.12)
    assert exact.p < 0.01
    assert found.p < 0.01


def test_patients_with_many_films_do_not_make_a_difference_sure() -> None:
    """Twenty copies of each film add no patient: only the bootstrap by patient knows."""
    rng = np.random.default_rng(2)
    labels = np.repeat(rng.random(30) < 0.5, 20)
    first = np.repeat(rng.normal(size=30), 20) + labels
    second = np.repeat(rng.normal(size=30), 20) + 0.3 * labels
    weights = patient_weights([str(n // 20) for n in range(600)], rng=rng, repeats=500)
    found = paired_difference(lambda s, w: auroc(s, labels, w), first, second, weights=weights)
    assert found is not None
    assert found.p > 3 * delong(first, second, labels).p


def test_one_class_alone_is_refused() -> None:
    """Nothing can be told apart where all are ill."""
    with pytest.raises(ValueError, match="need two of each"):
        delong(FIRST, FIRST, np.ones(4, dtype=bool))
