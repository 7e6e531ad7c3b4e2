"""An additive model as an ONNX graph that gives log-odds and every term's share in one pass."""

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from osler.learn.tables.additive import Additive, Floats

Arrays = dict[str, npt.NDArray[np.generic]]
NEVER = np.float32(np.inf)


def to_onnx(model: Additive, features: int) -> bytes:
    """Write the graph.

    Input ``record`` (N, F) float32, NaN where missing. Outputs ``logits`` (N, 1) and ``evidence``
    (N, 1, T): with the intercept, the shares of a row add up to its logit.
    """
    binnings = _binnings(model)
    most = max((len(cuts) for _, cuts in binnings), default=0) or 1
    cuts = np.full((len(binnings), most), NEVER, dtype=np.float32)
    for row, (_, some) in enumerate(binnings):
        cuts[row, : len(some)] = some
    steps, bases, table = _tables(model)
    slopes, low, high = _lines(model, features)
    constants: Arrays = {
        "columns": np.array([feature for feature, _ in binnings], dtype=np.int64),
        "cuts": cuts[None],
        "steps": steps,
        "bases": bases,
        "table": table,
        "slopes": slopes,
        "low": low,
        "high": high,
        "intercept": np.array([model.intercept], dtype=np.float32),
        "one": np.asarray(1.0, dtype=np.float32),
        "zero": np.asarray(0.0, dtype=np.float32),
        "last": np.array([2], dtype=np.int64),
        "middle": np.array([1], dtype=np.int64),
    }
    nodes = [
        helper.make_node("IsNaN", ["record"], ["absent"]),
        helper.make_node("Where", ["absent", "zero", "record"], ["whole"]),
        helper.make_node("Max", ["whole", "low"], ["above"]),
        helper.make_node("Min", ["above", "high"], ["held"]),
        helper.make_node("Where", ["absent", "zero", "held"], ["line"]),
        helper.make_node("MatMul", ["line", "slopes"], ["lines"]),
        helper.make_node("Gather", ["whole", "columns"], ["picked"], axis=1),
        helper.make_node("Gather", ["absent", "columns"], ["unknown"], axis=1),
        helper.make_node("Unsqueeze", ["picked", "last"], ["deep"]),
        helper.make_node("GreaterOrEqual", ["deep", "cuts"], ["passed"]),
        helper.make_node("Cast", ["passed"], ["counts"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["counts", "last"], ["counted"], keepdims=0),
        helper.make_node("Add", ["counted", "one"], ["numbered"]),
        helper.make_node("Where", ["unknown", "zero", "numbered"], ["bins"]),
        helper.make_node("MatMul", ["bins", "steps"], ["offsets"]),
        helper.make_node("Add", ["offsets", "bases"], ["places"]),
        helper.make_node("Cast", ["places"], ["indices"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "indices"], ["stepped"]),
        helper.make_node("Add", ["stepped", "lines"], ["shares"]),
        helper.make_node("Unsqueeze", ["shares", "middle"], ["evidence"]),
        helper.make_node("ReduceSum", ["evidence", "last"], ["summed"], keepdims=0),
        helper.make_node("Add", ["summed", "intercept"], ["logits"]),
    ]
    return _serialised(nodes, constants, features, terms=len(bases))


def _serialised(
    nodes: list[NodeProto],
    constants: Arrays,
    features: int,
    *,
    terms: int,
) -> bytes:
    record = helper.make_tensor_value_info("record", TensorProto.FLOAT, ["N", features])
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 1]),
        helper.make_tensor_value_info("evidence", TensorProto.FLOAT, ["N", 1, terms]),
    ]
    initial = [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()]
    graph = helper.make_graph(nodes, "additive", [record], outputs, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _binnings(model: Additive) -> list[tuple[int, Floats]]:
    """Return each feature with its cuts, the shapes' first, then two a pair."""
    found = [(one.feature, one.cuts) for one in model.shapes]
    for pair in model.pairs:
        found += list(zip(pair.features, pair.cuts, strict=True))
    return found


def _tables(
    model: Additive,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return how bins become a place in one long table, and that table."""
    shapes, pairs = len(model.shapes), len(model.pairs)
    steps = np.zeros((shapes + 2 * pairs, shapes + pairs), dtype=np.float32)
    bases = np.zeros(shapes + pairs, dtype=np.float32)
    parts: list[Floats] = []
    filled = 0
    for term, one in enumerate(model.terms):
        bases[term] = filled
        if term < shapes:
            steps[term, term] = 1
        else:
            first = shapes + 2 * (term - shapes)
            # Row by row: a step in the first feature passes over a whole row of the second.
            steps[first, term], steps[first + 1, term] = one.table.shape[1], 1
        parts.append(one.table.ravel())
        filled += one.table.size
    return steps, bases, np.concatenate(parts).astype(np.float32)


def _lines(
    model: Additive, features: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the slopes (features, terms) and the ends within which each line is straight."""
    slopes = np.zeros((features, len(model.shapes) + len(model.pairs)), dtype=np.float32)
    low = np.full(features, -3e38, dtype=np.float32)
    high = np.full(features, 3e38, dtype=np.float32)
    for term, shape in enumerate(model.shapes):
        slopes[shape.feature, term] = shape.slope
        if np.isfinite(shape.ends).all():
            low[shape.feature], high[shape.feature] = shape.ends
    return slopes, low, high
