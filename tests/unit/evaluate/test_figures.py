"""All figures of one output together."""

import numpy as np
import numpy.typing as npt
import pytest

from osler.evaluate.bootstrap import patient_weights
from osler.evaluate.figures import Figures, figures

PROBABILITY = np.array([0.9, 0.8, 0.3, 0.6, 0.2, 0.1])
LABELS = np.array([1, 1, 1, 0, 0, 0], dtype=bool)


def measured(probability: npt.NDArray[np.float64], labels: npt.NDArray[np.bool_]) -> Figures:
    """Measure with every film a patient of its own and a cut-off of one half."""
    rng = np.random.default_rng(0)
    weights = patient_weights([str(i) for i in range(len(labels))], rng=rng, repeats=200)
    return figures(probability, labels, weights, threshold=0.5, rng=rng)


def test_every_figure_by_hand() -> None:
    """Two of three ill and two of three well are right at one half; eight of nine pairs are."""
    found = measured(PROBABILITY, LABELS)
    assert (found.films, found.positives) == (6, 3)
    rates = (found.sensitivity, found.specificity, found.accuracy, found.ppv, found.npv)
    assert [rate.value for rate in rates if rate] == pytest.approx([2 / 3] * 5)
    assert found.auroc is not None
    assert found.auroc.value == pytest.approx(8 / 9)
    assert found.brier is not None
    assert found.brier.value == pytest.approx((0.01 + 0.04 + 0.49 + 0.36 + 0.04 + 0.01) / 6)


def test_every_interval_holds_its_value() -> None:
    """An estimate outside its interval makes a reader doubt all others."""
    rng = np.random.default_rng(9)
    probability = rng.random(120)
    found = measured(probability, rng.random(120) < probability)
    for name in (
        "auroc",
        "auprc",
        "accuracy",
        "sensitivity",
        "specificity",
        "ppv",
        "npv",
        "brier",
        "calibration_error",
    ):
        one = getattr(found, name)
        assert one.low <= one.value <= one.high, name
        assert one.low < one.high, name


def test_one_class_alone_leaves_discrimination_open() -> None:
    """Five healthy films say nothing of sensitivity, and the card must not pretend."""
    found = measured(PROBABILITY[3:], LABELS[3:])
    assert found.auroc is None
    assert found.auprc is None
    assert found.sensitivity is None
    assert found.specificity is not None


def test_calibration_is_not_judged_on_a_handful_of_films() -> None:
    """Six films can prove neither good nor bad calibration."""
    found = measured(PROBABILITY, LABELS)
    assert found.calibration_error is None
    assert found.calibration_error_if_perfect is None
    assert found.calibration_slope is None
