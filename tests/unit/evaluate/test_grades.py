"""Steps of a grade are read from below, in what is measured and in what is shown."""

import numpy as np

from osler.evaluate.grades import steps_passed


def test_steps_are_read_from_below() -> None:
    """A third step that is passed without the second is no grade three."""
    seen = np.array([[0.9, 0.6, 0.1], [0.4, 0.8, 0.9], [0.7, 0.2, 0.6], [0.5, 0.5, 0.5]])
    assert steps_passed(seen).tolist() == [2, 0, 1, 3]
    assert int(steps_passed(seen[0])) == 2


def test_each_step_may_have_a_cut_off_of_its_own() -> None:
    """By hand, with 0.3, 0.7 and 0.05."""
    seen = np.array([[0.9, 0.6, 0.1], [0.4, 0.8, 0.9], [0.2, 0.9, 0.9]])
    assert steps_passed(seen, np.array([0.3, 0.7, 0.05])).tolist() == [1, 3, 0]
