"""The small heads and distances of a fingerprint."""

import numpy as np
import pytest

from osler.analyse.heads import Distance, LinearHead
from osler.analyse.similar import compress_cases, similar_cases


def test_a_head_gives_shares_by_hand() -> None:
    """(2 - 1) / 0.5 = 2, times ln 3 / 2: odds of three to one."""
    head = LinearHead(
        ("film", "other"),
        np.array([[np.log(3) / 2], [0.0]], dtype=np.float32),
        np.zeros(2, dtype=np.float32),
        np.array([1.0], dtype=np.float32),
        np.array([0.5], dtype=np.float32),
    )
    shares = head.probabilities(np.array([[2.0], [1.0]], dtype=np.float32))
    assert shares[0] == pytest.approx([0.75, 0.25])
    assert shares[1] == pytest.approx([0.5, 0.5])


def test_one_wild_feature_cannot_outvote_all_others() -> None:
    """A single odd measure is held at eight deviations."""
    head = LinearHead(
        ("film", "other"),
        np.array([[0.1], [0.0]], dtype=np.float32),
        *(np.array(v, dtype=np.float32) for v in ([0.0, 0.0], [0.0], [1.0])),
    )
    far = head.probabilities(np.array([[1e6], [8.0]], dtype=np.float32))
    assert far[0].tolist() == far[1].tolist()


def test_a_distance_by_hand() -> None:
    """3 and 4 deviations along two axes: the root of their mean square is 3.54."""
    distance = Distance(
        np.array([1.0, 1.0, 1.0], dtype=np.float32),
        np.eye(3, dtype=np.float32)[:2],
        np.array([2.0, 0.5], dtype=np.float32),
        limit=3.0,
    )
    found = distance.of_features(np.array([[7.0, 3.0, 99.0]], dtype=np.float32))
    assert found[0] == pytest.approx(np.sqrt((9 + 16) / 2))


def test_heads_and_distances_come_back_from_their_arrays() -> None:
    """A gate that changes by being stored is another gate than the one measured."""
    rng = np.random.default_rng(0)
    weights, axes, scale = (
        rng.normal(size=shape).astype(np.float32) for shape in ((3, 5), (2, 5), (5,))
    )
    head = LinearHead(("a", "b", "c"), weights, scale[:3], scale, np.abs(scale))
    features = rng.normal(size=(4, 5)).astype(np.float32)
    again = LinearHead.of(head.arrays("frame"), "frame")
    assert again.classes == head.classes
    np.testing.assert_array_equal(again.probabilities(features), head.probabilities(features))
    distance = Distance(scale, axes, np.abs(scale[:2]), limit=2.5)
    other = Distance.of(distance.arrays("distance"), "distance")
    assert other.limit == 2.5
    np.testing.assert_array_equal(other.of_features(features), distance.of_features(features))


def test_similar_cases_are_counted_by_label() -> None:
    """Sixty cases point one way, forty of them ill; of the nearest fifty those are counted."""
    rng = np.random.default_rng(1)
    near = np.array([1.0, 0.0, 0.0]) + rng.normal(scale=0.02, size=(30, 3))
    far = np.array([-1.0, 0.2, 0.0]) + rng.normal(scale=0.02, size=(70, 3))
    labels = np.r_[np.ones(24), np.zeros(6), np.ones(1), np.zeros(69)][:, None]
    arrays = compress_cases(
        np.concatenate([near, far]).astype(np.float32), labels.astype(np.float32)
    )
    found = similar_cases(arrays, np.array([1.0, 0.0, 0.0], dtype=np.float32))
    assert found[0].considered == 50
    assert found[0].with_label in (24, 25)  # the one ill case among the far ones may be drawn


def test_cases_whose_label_is_not_stated_are_passed_over() -> None:
    """'Not stated' counted as healthy would reassure without ground."""
    rng = np.random.default_rng(2)
    embeddings = rng.normal(size=(20, 4)).astype(np.float32)
    labels = np.stack([np.r_[np.ones(5), np.full(15, np.nan)], np.zeros(20)], axis=1)
    counts = similar_cases(compress_cases(embeddings, labels.astype(np.float32)), embeddings[0])
    assert [(one.considered, one.with_label) for one in counts] == [(5, 5), (20, 0)]


def test_kept_cases_hold_no_picture_and_little_else() -> None:
    """7,500 training cases must fit a megabyte and show nobody's film."""
    rng = np.random.default_rng(3)
    arrays = compress_cases(
        rng.normal(size=(7500, 1280)).astype(np.float32), np.zeros((7500, 14), dtype=np.float32)
    )
    assert sum(value.nbytes for value in arrays.values()) < 1_000_000
