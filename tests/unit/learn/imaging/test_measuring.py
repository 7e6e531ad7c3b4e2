"""Figures of outlined and counted things: by patient, and measured once."""

from pathlib import Path

import numpy as np
import pytest

from osler.learn.imaging.measuring import (
    FIGURES,
    Measured,
    Resampled,
    measured_once,
)


def test_both_volumes_of_a_patient_come_and_go_together() -> None:
    """Two patients, one with four equal volumes: an interval by volume would be too narrow."""
    again = Resampled.of(["a", "a", "a", "a", "b"], seed=1)
    found = again.mean(np.array([0.9, 0.9, 0.9, 0.9, 0.5]))
    assert found is not None
    assert found.value == pytest.approx(0.82)
    # Resamples hold only a, only b, or both: 0.9, 0.5 and 0.82.
    assert found.low == pytest.approx(0.5)
    assert found.high == pytest.approx(0.9)


def test_what_is_not_defined_for_a_row_is_left_out_of_the_mean() -> None:
    """A surface distance to an empty outline is no number."""
    found = Resampled.of(["a", "b", "c", "d"], seed=1).mean(np.array([1.0, np.nan, 2.0, 3.0]))
    assert found is not None
    assert found.value == pytest.approx(2.0)


def test_a_quantile_is_the_smallest_value_that_the_share_does_not_exceed() -> None:
    """The error that 95 of 100 pictures kept below is the 95th smallest."""
    values = np.random.default_rng(1).permutation(100).astype(float)
    found = Resampled.of([str(n) for n in range(100)], seed=1).quantile(values, 0.95)
    assert found is not None
    assert found.value == 94.0


def test_figures_of_the_same_graph_are_read_and_of_another_measured_anew(tmp_path: Path) -> None:
    """The test split is read once for each network that ships."""
    counted = []

    def work() -> Measured:
        counted.append(1)
        return Measured((), {"cell": 0.3})

    first = measured_once(tmp_path, b"one", work)
    assert measured_once(tmp_path, b"one", work) == first
    assert len(counted) == 1
    measured_once(tmp_path, b"another", work)
    assert len(counted) == 2
    assert (tmp_path / FIGURES).is_file()
