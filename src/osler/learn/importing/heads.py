"""Find how an ONNX graph ends: places averaged, then one or two layers (needs onnx)."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

Array = npt.NDArray[np.float32]
FOLDED = frozenset({"Cast", "Identity", "Transpose"})
PASSING = frozenset({"Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze"})


@dataclass(frozen=True)
class Head:
    """The linear layer at the end of a graph.

    Attributes
    ----------
    scores
        Name of its answer (N,K), before any sigmoid or softmax.
    ending
        'sigmoid', 'softmax' or '' for what the graph does after it.
    embedding
        Name of what it reads (N,E); '' where there is no linear layer.
    features
        Name of the feature map that is averaged into the embedding; '' where nothing is.
    channels_last
        Whether that map is (N,h,w,E) instead of (N,E,h,w).
    weights, bias
        (K,E) and (K,); None where there is no linear layer.
    through, hidden
        Where a layer with ReLU lies between: the name of what goes into the ReLU (N,H), and the
        layer's weights (H,E). ``weights`` then is (K,H).
    """

    scores: str
    ending: str
    embedding: str = ""
    features: str = ""
    channels_last: bool = False
    weights: Array | None = None
    bias: Array | None = None
    through: str = ""
    hidden: Array | None = None


class Walk:
    """A graph, walked from its answer backwards."""

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        self.maker = {name: node for node in graph.node for name in node.output}
        self.constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}

    def constant(self, name: str) -> npt.NDArray[np.generic] | None:
        """Return the value of a name that does not depend on the input; None where it does."""
        node = self.maker.get(name)
        if name in self.constants or node is None:
            return self.constants.get(name)
        stated = attributes(node)
        if node.op_type == "Constant" and "value" in stated:
            return numpy_helper.to_array(stated["value"])
        inner = self.constant(node.input[0]) if node.op_type in FOLDED else None
        if inner is not None and node.op_type == "Transpose":
            return np.transpose(inner, stated.get("perm"))
        return inner

    def before(self, name: str) -> str:
        """Return the name from which a name is only another form."""
        node = self.maker.get(name)
        while node is not None and node.op_type in PASSING:
            name = node.input[0]
            node = self.maker.get(name)
        return name


def find_head(model: onnx.ModelProto, output: str) -> Head:
    """Return how a graph comes to its answer; what cannot be recognised is left empty."""
    walk = Walk(model)
    name, ending = walk.before(output), ""
    node = walk.maker.get(name)
    if node is not None and node.op_type in ("Sigmoid", "Softmax"):
        ending = node.op_type.lower()
        name = node.input[0]
    scores = name
    name = walk.before(name)
    pooled = _pooled(walk, _without_bias(walk, name))
    if pooled is not None:
        return Head(scores, ending, scores, pooled[0], pooled[1])
    linear = _linear(walk, name)
    if linear is None:
        return Head(scores, ending)
    embedding, weights, bias = linear
    pooled = _pooled(walk, walk.before(embedding))
    features, channels_last = pooled or ("", False)
    head = Head(scores, ending, embedding, features, channels_last, weights, bias)
    return head if pooled else _through_relu(walk, head)


def _through_relu(walk: Walk, head: Head) -> Head:
    """Return a head with what lies behind one hidden layer with ReLU, where that is averaged."""
    node = walk.maker.get(walk.before(head.embedding))
    if node is None or node.op_type != "Relu":
        return head
    through = walk.before(node.input[0])
    linear = _linear(walk, through)
    pooled = None if linear is None else _pooled(walk, walk.before(linear[0]))
    if linear is None or pooled is None:
        return head
    features, channels_last = pooled
    return replace(
        head,
        features=features,
        channels_last=channels_last,
        through=through,
        hidden=linear[1],
    )


def _without_bias(walk: Walk, name: str) -> str:
    """Return what a constant is added to, where a name is such a sum; else the name."""
    node = walk.maker.get(name)
    if node is None or node.op_type != "Add":
        return name
    bias, before = _sum(walk, node)
    return name if bias is None else walk.before(before)


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """Return the attributes of a node by name."""
    return {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}


def _linear(walk: Walk, name: str) -> tuple[str, Array, Array] | None:
    """Return what a linear layer reads, its weights (K,E) and its bias (K,)."""
    node = walk.maker.get(name)
    if node is None:
        return None
    if node.op_type == "Gemm":
        return _gemm(walk, node)
    bias: npt.NDArray[np.generic] | None = np.zeros(1)
    if node.op_type == "Add":
        bias, before = _sum(walk, node)
        node = walk.maker.get(walk.before(before))
    if node is None or bias is None or node.op_type != "MatMul":
        return None
    weights = walk.constant(node.input[1])
    if weights is None or weights.ndim != 2:
        return None
    return node.input[0], *_as_layer(weights.T, bias)


def _gemm(walk: Walk, node: onnx.NodeProto) -> tuple[str, Array, Array] | None:
    """Read a Gemm node as a linear layer, where it is a plain one."""
    stated = attributes(node)
    weights = walk.constant(node.input[1])
    bias = walk.constant(node.input[2]) if len(node.input) > 2 else np.zeros(1)
    plain = stated.get("alpha", 1.0) == 1.0 and stated.get("beta", 1.0) == 1.0
    if weights is None or bias is None or stated.get("transA") or not plain:
        return None
    return node.input[0], *_as_layer(weights if stated.get("transB") else weights.T, bias)


def _sum(walk: Walk, node: onnx.NodeProto) -> tuple[npt.NDArray[np.generic] | None, str]:
    """Return the constant of a sum and the name of its other part."""
    one, other = node.input[0], node.input[1]
    known = walk.constant(one)
    return (walk.constant(other), one) if known is None else (known, other)


def _as_layer(
    weights: npt.NDArray[np.generic], bias: npt.NDArray[np.generic]
) -> tuple[Array, Array]:
    """Return weights (K,E) and bias (K,) in float32."""
    rows = np.asarray(weights, dtype=np.float32)
    return rows, np.broadcast_to(np.asarray(bias, dtype=np.float32).ravel(), (len(rows),)).copy()


def _pooled(walk: Walk, name: str) -> tuple[str, bool] | None:
    """Return the map whose mean over all places a name is, and whether channels are last."""
    node = walk.maker.get(name)
    if node is None:
        return None
    if node.op_type == "GlobalAveragePool":
        return node.input[0], False
    if node.op_type != "ReduceMean":
        return None
    axes = attributes(node).get("axes")
    if axes is None and len(node.input) > 1:
        stated = walk.constant(node.input[1])
        axes = None if stated is None else [int(axis) for axis in np.ravel(stated)]
    order = sorted(axis % 4 for axis in axes or ())
    if order in ([2, 3], [1, 2]):
        return node.input[0], order == [1, 2]
    return None
