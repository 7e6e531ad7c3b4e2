"""Discrimination against hand-counted pairs and against scikit-learn."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics

from osler.evaluate.discrimination import auprc, auroc, precision_recall_curve, roc_curve

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def tied_scores(seed: int) -> tuple[Floats, Bools, Floats]:
    """Return 300 scores with many ties, labels, and whole weights of which some are zero."""
    rng = np.random.default_rng(seed)
    labels = rng.random(300) < 0.3
    scores = np.round(rng.normal(labels * 1.0, 1.0), 1)
    return scores, labels, rng.integers(0, 4, 300).astype(float)


def test_auroc_is_the_share_of_rightly_ordered_pairs() -> None:
    """Of six pairs four are in order and one is tied: 4.5 of 6, whatever else the card says."""
    scores = np.array([0.9, 0.4, 0.4, 0.3, 0.6])
    labels = np.array([True, True, False, False, False])
    assert auroc(scores, labels) == pytest.approx(4.5 / 6)


def test_a_row_that_counts_twice_is_a_row_written_twice() -> None:
    """Intervals by patient rest on weights; a wrong weight is a wrong interval on the card."""
    scores, labels, weights = tied_scores(1)
    times = weights.astype(int)
    repeated = auroc(np.repeat(scores, times), np.repeat(labels, times))
    assert auroc(scores, labels, weights) == pytest.approx(repeated)


@pytest.mark.parametrize("seed", range(5))
def test_auroc_with_ties_and_weights_is_that_of_scikit_learn(seed: int) -> None:
    """A clinician compares our AUROC with papers that used scikit-learn."""
    scores, labels, weights = tied_scores(seed)
    assert auroc(scores, labels) == pytest.approx(metrics.roc_auc_score(labels, scores))
    wanted = metrics.roc_auc_score(labels, scores, sample_weight=weights)
    assert auroc(scores, labels, weights) == pytest.approx(wanted)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_with_ties_and_weights_is_that_of_scikit_learn(seed: int) -> None:
    """For a rare finding precision says more than AUROC, and ties must not flatter it."""
    scores, labels, weights = tied_scores(seed)
    assert auprc(scores, labels) == pytest.approx(metrics.average_precision_score(labels, scores))
    wanted = metrics.average_precision_score(labels, scores, sample_weight=weights)
    assert auprc(scores, labels, weights) == pytest.approx(wanted)


def test_average_precision_by_hand() -> None:
    """Ranks hit, miss, hit: (1/1 + 2/3) / 2."""
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    labels = np.array([True, False, True, False])
    assert auprc(scores, labels) == pytest.approx((1 + 2 / 3) / 2)


def test_roc_curve_is_that_of_scikit_learn() -> None:
    """The curve on the card is the one a reader would draw."""
    scores, labels, _ = tied_scores(3)
    fpr, tpr, thresholds = roc_curve(scores, labels)
    wanted = metrics.roc_curve(labels, scores, drop_intermediate=False)
    for found, expected in zip((fpr, tpr, thresholds), wanted, strict=True):
        np.testing.assert_allclose(found, expected)


def test_one_class_alone_gives_no_auroc() -> None:
    """'Not defined' must not be printed as one half or as perfect."""
    scores = np.array([0.1, 0.2])
    assert np.isnan(auroc(scores, np.array([True, True])))
    assert np.isnan(auprc(scores, np.array([False, False])))


def test_a_score_that_is_no_number_is_refused() -> None:
    """A network that gave NaN for a film was not looking at it."""
    with pytest.raises(ValueError, match="scores must be finite"):
        auroc(np.array([0.1, np.nan]), np.array([True, False]))
    with pytest.raises(ValueError, match="2 scores but 1 labels"):
        auprc(np.array([0.1, 0.2]), np.array([True]))


def test_precision_and_recall_by_hand() -> None:
    """Scores 0.9 ill, 0.8 well, 0.5 ill and well: precision 1, 1/2, 2/4 at recall 1/2, 1/2, 1."""
    scores = np.array([0.9, 0.8, 0.5, 0.5])
    labels = np.array([True, False, True, False])
    recall, precision, threshold = precision_recall_curve(scores, labels)
    np.testing.assert_allclose(recall, [0, 0.5, 0.5, 1.0])
    np.testing.assert_allclose(precision, [1.0, 1.0, 0.5, 0.5])
    np.testing.assert_allclose(threshold, [np.inf, 0.9, 0.8, 0.5])
