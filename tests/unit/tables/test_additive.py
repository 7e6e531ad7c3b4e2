"""An additive model: shapes blend exactly, and the graph gives Python's answers."""

import numpy as np
import pytest

from osler.analyse.record_graph import RecordGraph
from osler.learn.tables.additive import Additive, Pair, Shape, blended
from osler.learn.tables.graph import to_onnx

EVERYWHERE = (-np.inf, np.inf)


def stepped() -> Additive:
    """Return a model of steps in two features and of both together."""
    return Additive(
        -0.3,
        (
            Shape(0, np.array([1.0, 2.5]), np.array([0.2, -1.0, 0.1, 0.9]), 0.0, EVERYWHERE),
            Shape(1, np.array([0.5]), np.array([0.0, -0.4, 0.4]), 0.0, EVERYWHERE),
        ),
        (Pair((0, 1), (np.array([2.0]), np.array([0.5])), np.arange(9.0).reshape(3, 3) / 10),),
    )


def straight() -> Additive:
    """Return a model of lines."""
    return Additive(
        0.7,
        (
            Shape(0, np.empty(0), np.array([0.0, -0.6]), 0.3, (0.0, 4.0)),
            Shape(1, np.empty(0), np.array([0.0, 0.2]), -0.4, (0.0, 1.0)),
        ),
    )


def rows() -> np.ndarray:
    """Return rows within and beyond what was learnt, at cuts, and with holes."""
    some = np.random.default_rng(4).uniform(-2, 6, size=(200, 2))
    holes = [[np.nan, 0.5], [1.0, np.nan], [np.nan, np.nan], [2.5, 0.5], [1.0, 0.49999]]
    return np.concatenate([some, holes]).astype(np.float32).astype(float)


def test_a_blend_is_the_weighted_sum_of_both() -> None:
    """What ships is a blend: its shares must be those of its parts, in that weight."""
    mixed, x = blended(stepped(), straight(), 0.25), rows()
    wanted = 0.25 * stepped().logits(x) + 0.75 * straight().logits(x)
    assert mixed.logits(x) == pytest.approx(wanted, abs=1e-12)
    first = 0.25 * stepped().evidence(x)[:, :2] + 0.75 * straight().evidence(x)
    assert mixed.evidence(x)[:, :2] == pytest.approx(first, abs=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_graph_gives_pythons_answers(share: float) -> None:
    """A share that the graph rounds otherwise is another reason than the one that was checked."""
    model, x = blended(stepped(), straight(), share), rows()
    logits, evidence = RecordGraph(to_onnx(model, 2)).run(x.astype(np.float32))
    assert np.abs(logits - model.logits(x)).max() <= 1e-5
    assert np.abs(evidence - model.evidence(x)).max() <= 1e-5
    assert logits == pytest.approx(model.intercept + evidence.sum(axis=1), abs=1e-5)
