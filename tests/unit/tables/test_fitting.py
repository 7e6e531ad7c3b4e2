"""What interpret fitted is what ships: read from its tables, and held to its directions."""

import numpy as np
import pytest

pytest.importorskip("interpret", reason="needs the extra 'tables'")
pytest.importorskip("lightgbm", reason="needs the extra 'tables'")

from osler.analyse.record_card import Feature
from osler.analyse.record_graph import RecordGraph
from osler.learn.tables.fitting import fit_boosted, fit_logistic
from osler.learn.tables.graph import to_onnx
from osler.learn.tables.table import Table

FEATURES = (
    Feature(name="a", display="A", low=-9, high=9, monotone=1, monotone_reason="a test"),
    Feature(name="b", display="B", low=-9, high=9),
    Feature(name="c", display="C", low=-9, high=9, monotone=-1, monotone_reason="a test"),
)


def a_table() -> Table:
    """Return 300 drawn patients; the third column leans against its stated direction."""
    rng = np.random.default_rng(2)
    values = rng.normal(size=(300, 3)).astype(np.float32).astype(float)
    labels = values @ [1.0, 0.5, 0.4] + rng.normal(size=300) > 0
    values[rng.random(values.shape) < 0.1] = np.nan
    groups = tuple(str(number) for number in range(300))
    return Table(values, labels, groups, names=("a", "b", "c"), sha256="", repeated_rows=0)


@pytest.mark.filterwarnings("ignore:Missing values detected")
def test_the_graph_says_what_interpret_says() -> None:
    """The model that was evaluated and the one that is served must be one model."""
    table = a_table()
    settings = {"interactions": 2, "copies": 1, "max_bins": 32}
    model, boosted = fit_boosted(table, FEATURES, settings, bags=2, seed=1)
    logits, _ = RecordGraph(to_onnx(model, 3)).run(table.values.astype(np.float32))
    assert np.abs(logits - boosted.decision_function(table.values)).max() <= 1e-5
    again, _ = fit_boosted(table, FEATURES, settings, bags=2, seed=1)
    assert again.logits(table.values) == pytest.approx(model.logits(table.values), abs=1e-12)


def test_a_line_that_leans_the_wrong_way_is_laid_flat() -> None:
    """Half of the blend would else undo what the boosted half is held to."""
    free = fit_logistic(a_table(), FEATURES, 0.1)
    held = fit_logistic(a_table(), FEATURES, 0.1, monotone=True)
    assert free.shapes[2].slope > 0
    assert held.shapes[2].slope == 0
    assert held.shapes[0].slope > 0
