"""A film hung the wrong way round would have its sides named wrongly."""

import numpy as np

from osler.clinical import InstanceUid
from osler.explain.regions import Outlines, explain


def outlines(*, heart_from: int) -> Outlines:
    """Draw two lungs and a heart that begins at a column."""
    right, left, heart = (np.zeros((224, 224), dtype=bool) for _ in range(3))
    right[40:180, 30:90] = True
    left[40:180, 134:194] = True
    heart[120:190, heart_from : heart_from + 60] = True
    return Outlines(right, left, heart)


def cautions(drawn: Outlines) -> tuple[str, ...]:
    """Explain a map with one bright place in a lung."""
    evidence = np.zeros((7, 7), dtype=np.float32)
    evidence[2:5, 1:3] = 1.0
    found = explain(
        evidence, drawn, instance_uid=InstanceUid("1.2"), shape=(448, 448), similar=None
    )
    return found.cautions


def test_a_heart_on_the_right_side_makes_the_sides_doubtful() -> None:
    """The reader checks the side mark before a drain goes into the wrong chest."""
    assert any("mirrored film or dextrocardia" in one for one in cautions(outlines(heart_from=60)))


def test_a_heart_on_the_left_side_needs_no_word() -> None:
    """A caution on every film is read by nobody."""
    assert not any("mirrored" in one for one in cautions(outlines(heart_from=95)))
