"""Folds by patient."""

import numpy as np
import pytest

from osler.learn.folds import grouped_folds


def a_hospital(seed: int) -> tuple[list[str], np.ndarray]:
    """Return 400 films of about 150 patients with a common, a rare and a half-unknown label."""
    rng = np.random.default_rng(seed)
    groups = [f"p{number}" for number in rng.integers(0, 150, 400)]
    labels = (rng.random((400, 3)) < [0.4, 0.06, 0.3]).astype(np.float32)
    labels[rng.random(400) < 0.5, 2] = np.nan
    return groups, labels


@pytest.mark.parametrize("seed", range(5))
def test_no_patient_lies_in_two_folds(seed: int) -> None:
    """A network that knows the patient's ribs is not tested by the patient's next film."""
    groups, labels = a_hospital(seed)
    folds = grouped_folds(groups, labels, folds=3, seed=seed)
    for patient in set(groups):
        rows = [i for i, group in enumerate(groups) if group == patient]
        assert len(set(folds[rows])) == 1


@pytest.mark.parametrize("seed", range(5))
def test_labels_and_films_are_spread_evenly(seed: int) -> None:
    """A fold without the rare finding could not be calibrated for it."""
    groups, labels = a_hospital(seed)
    folds = grouped_folds(groups, labels, folds=3, seed=seed)
    shares = np.array(
        [[(folds == fold).mean(), *np.nansum(labels[folds == fold], axis=0)] for fold in range(3)]
    )
    assert shares[:, 0] == pytest.approx([1 / 3] * 3, abs=0.05)
    spread = shares[:, 1:] / np.nansum(labels, axis=0)
    assert spread.min() > 0.22
    assert spread.max() < 0.45


def test_folds_repeat_with_their_seed() -> None:
    """A stopped training must go on with the same patients left out."""
    groups, labels = a_hospital(1)
    first, again, other = (grouped_folds(groups, labels, folds=3, seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_labels_that_are_not_stated_are_no_reason_to_fail() -> None:
    """A finding that nobody looked for may be a whole column of blanks."""
    labels = np.full((6, 1), np.nan, dtype=np.float32)
    folds = grouped_folds(list("aabbcc"), labels, folds=3, seed=0)
    assert sorted(np.bincount(folds)) == [2, 2, 2]
