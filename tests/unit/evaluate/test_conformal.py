"""Prediction sets: each class is covered as stated; too few patients rule out nothing."""

import numpy as np
import pytest

from osler.evaluate.conformal import PredictionSet, conformal_thresholds, prediction_set


def test_conformal_cut_offs_by_hand() -> None:
    """Nineteen of each, 90 %: the 2nd smallest ill and the 18th smallest well (Vovk 2012)."""
    values = np.arange(1, 20) / 20.0
    labels = np.r_[np.ones(19, dtype=bool), np.zeros(19, dtype=bool)]
    present, absent = conformal_thresholds(np.r_[values, values], labels)
    assert (present, absent) == pytest.approx((0.10, 0.90))


def test_too_few_films_rule_nothing_out() -> None:
    """Eight ill films cannot promise 90 %: everything stays possible."""
    labels = np.r_[np.ones(8, dtype=bool), np.zeros(8, dtype=bool)]
    assert conformal_thresholds(np.linspace(0.1, 0.9, 16), labels) == (0.0, 1.0)


def test_conformal_cut_offs_cover_new_patients() -> None:
    """The promise is about the next patient: 90 % of ill and of well keep their true class."""
    rng = np.random.default_rng(6)
    kept = []
    for _ in range(400):
        labels = rng.random(220) < 0.4
        probability = 1 / (1 + np.exp(-rng.normal(2.0 * labels - 1.0, 1.0)))
        present, absent = conformal_thresholds(probability[:120], labels[:120])
        new, truth = probability[120:], labels[120:]
        kept.append(((new[truth] >= present).mean(), (new[~truth] <= absent).mean()))
    coverage = np.mean(kept, axis=0)
    assert (coverage >= 0.895).all()
    assert (coverage <= 0.93).all()


@pytest.mark.parametrize(
    ("probability", "cut_offs", "wanted"),
    [
        (0.5, (0.3, 0.4), PredictionSet.PRESENT),
        (0.2, (0.3, 0.4), PredictionSet.ABSENT),
        (0.35, (0.3, 0.4), PredictionSet.BOTH),
        (0.35, (0.4, 0.3), PredictionSet.NEITHER),
        (0.3, (0.3, 0.3), PredictionSet.BOTH),
    ],
)
def test_a_set_holds_what_cannot_be_ruled_out(
    probability: float, cut_offs: tuple[float, float], wanted: PredictionSet
) -> None:
    """An answer on the cut-off stays possible."""
    present, absent = cut_offs
    found = prediction_set(probability, present_from=present, absent_up_to=absent)
    assert found == wanted
