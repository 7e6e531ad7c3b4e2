"""Any classifier's ONNX graph as the graph of a package (needs onnx).

In: ``image`` (N,C,S,S), 0 to 1. Out: ``logits`` (N,K), ``evidence`` (N,K,h,w), ``embedding`` (N,E).
Where the graph ends in averaged places and one linear layer, that layer is put on every place: the
mean of an output's map and its bias then are its score, and the map is the answer cut up by place.
With a hidden layer of ReLUs between, the map is that of the gradient.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import TensorProto, compose, helper, numpy_helper

from osler.errors import InputRefused, NotReadable, NotSupported
from osler.learn.importing.heads import Head, find_head
from osler.learn.importing.written import WrittenCard

Evidence = Literal["map", "class map", "gradient map", "none"]
OLDEST_OPSET = 11
GIVEN = "given/"
KNOWN_DOMAINS = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "pkg.onnxscript.torch_lib"}
)
TINY = 1e-30
EDGE = 1e-6


@dataclass(frozen=True)
class Adopted:
    """A package's graph, and what its evidence is.

    ``evidence`` is 'map' where the mean of the map is the logit but for a bias, 'class map' where
    it is the class's score against the mean of the others, 'gradient map' where a hidden layer lies
    between (Grad-CAM), 'none' where the graph allows no map.
    ``answers`` is what the model gave before: 'logits', 'probabilities' or 'softmax'.
    """

    content: bytes
    evidence: Evidence
    answers: str
    outputs: int


class _Bench:
    """Nodes and constants that are added to a graph."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def put(self, op: str, *inputs: str, to: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Add a node; return the name of its answer."""
        name = to or f"{self.name}/{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def cast(self, name: str) -> str:
        """Add a cast to float32; return the name of its answer."""
        cast = f"{self.name}/{len(self.nodes)}"
        self.nodes.append(helper.make_node("Cast", [name], [cast], to=TensorProto.FLOAT))
        return cast

    def hold(self, value: npt.ArrayLike, *, whole: bool = False) -> str:
        """Add a constant, float32 or (``whole``) int64; return its name."""
        name = f"{self.name}/constant/{len(self.constants)}"
        kind = np.int64 if whole else np.float32
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=kind), name))
        return name


def read_graph(content: bytes, *, name: str) -> onnx.ModelProto:
    """Read an ONNX file.

    Raises
    ------
    NotReadable
        It is none.
    NotSupported
        Its opset is older than 11, it needs other operators than ONNX's, or weights lie elsewhere.
    """
    try:
        model = onnx.load_from_string(content)
        onnx.checker.check_model(model)
    except (DecodeError, onnx.checker.ValidationError, ValueError, TypeError) as error:
        raise NotReadable(f"{name} is no ONNX graph: {str(error)[:200]}") from error
    if any(tensor.data_location == TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise NotSupported(f"{name}: its weights lie in other files; save it as one file")
    strange = sorted({one.domain for one in model.opset_import} - KNOWN_DOMAINS)
    if strange:
        raise NotSupported(
            f"{name} needs operators of {', '.join(strange)}; only those of ONNX itself are run"
        )
    opset = max(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))
    if opset < OLDEST_OPSET:
        raise NotSupported(f"{name}: opset {opset}, need {OLDEST_OPSET} or newer; export it again")
    return model


def adopt(model: onnx.ModelProto, card: WrittenCard, *, with_evidence: bool = True) -> Adopted:
    """Return a package's graph for somebody's classifier, with maps where the graph allows them.

    Raises
    ------
    InputRefused
        The graph is not as the card says: inputs, sizes, number of outputs.
    """
    given = compose.add_prefix(model, GIVEN)
    feed = _input(given, card)
    answer = _output(given, card)
    head = find_head(given, answer)
    if not with_evidence:
        head = replace(head, features="")
    bench, after = _Bench("before"), _Bench("after")
    _feed(bench, card, to=feed.name)
    columns = card.columns()
    count = _count(given, head, answer)
    if count is not None and max(columns) >= count:
        raise InputRefused(
            f"the card names output {max(columns)} (counted from 0), the model has {count}; "
            "mend the card's outputs"
        )
    kind = {"sigmoid": "logits", "softmax": "softmax"}.get(head.ending, card.graph.answers)
    logits = _logits(after, head.scores, kind, count=count)
    picked = after.hold(columns, whole=True)
    after.put("Gather", logits, picked, to="logits", axis=1)
    evidence = _evidence(after, head, kind, picked=picked, columns=len(columns))
    after.put("Flatten", head.embedding or head.scores, to="embedding")
    batch = feed.type.tensor_type.shape.dim[0]
    fixed = batch.dim_value if batch.HasField("dim_value") else 0
    content = _joined(given, card, (bench, after), batch=fixed)
    return Adopted(content, evidence, kind, len(columns))


def _input(model: onnx.ModelProto, card: WrittenCard) -> onnx.ValueInfoProto:
    """Return the graph's input, checked against the contract."""
    weights = {one.name for one in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in weights]
    wanted = None if card.graph.input is None else GIVEN + card.graph.input
    found = [one for one in inputs if wanted in (None, one.name)]
    if len(found) != 1 or len(inputs) != 1:
        names = [one.name.removeprefix(GIVEN) for one in inputs]
        raise InputRefused(f"the model has the inputs {names}; expected one image and no other")
    tensor = found[0].type.tensor_type
    if tensor.elem_type != TensorProto.FLOAT or len(tensor.shape.dim) != 4:
        raise InputRefused("the model's input is no float32 image of four axes; export it so")
    size, channels = card.input.size, card.input.channels
    places = (channels, size, size) if card.graph.layout == "NCHW" else (size, size, channels)
    for dim, expected in zip(tensor.shape.dim[1:], places, strict=True):
        if dim.HasField("dim_value") and dim.dim_value not in (0, expected):
            shape = [one.dim_value or "any" for one in tensor.shape.dim]
            raise InputRefused(
                f"the model reads {shape}; the card says {card.graph.layout} with {channels} "
                f"channels and {size} pixels a side: mend [input] or [graph]"
            )
    fed: onnx.ValueInfoProto = found[0]
    return fed


def _output(model: onnx.ModelProto, card: WrittenCard) -> str:
    """Return the name of the graph's answer."""
    names = [one.name for one in model.graph.output]
    wanted = names[0] if card.graph.output is None else GIVEN + card.graph.output
    if wanted not in names or (card.graph.output is None and len(names) > 1):
        known = [name.removeprefix(GIVEN) for name in names]
        raise InputRefused(f"the model has the outputs {known}; name one of them: graph.output")
    return wanted


def _count(model: onnx.ModelProto, head: Head, answer: str) -> int | None:
    """Return how many numbers the model answers with; None where the graph does not say."""
    if head.weights is not None:
        return len(head.weights)
    for one in model.graph.output:
        if one.name == answer:
            dims = one.type.tensor_type.shape.dim
            if len(dims) == 2 and dims[1].dim_value > 0:
                return int(dims[1].dim_value)
    return None


def _feed(bench: _Bench, card: WrittenCard, *, to: str) -> None:
    """Turn Osler's picture into what the model was trained on."""
    plan = card.graph
    mean, std = np.asarray(plan.mean), np.asarray(plan.std)
    if (std <= 0).any() or any(len(one) not in (1, card.input.channels) for one in (mean, std)):
        raise InputRefused("graph.mean and graph.std need one number a channel, std above 0")
    low, high = plan.range
    scale = ((high - low) / std).reshape(1, -1, 1, 1)
    shift = ((low - mean) / std).reshape(1, -1, 1, 1)
    scaled = bench.put("Mul", "image", bench.hold(scale))
    if plan.layout == "NCHW":
        bench.put("Add", scaled, bench.hold(shift), to=to)
        return
    shifted = bench.put("Add", scaled, bench.hold(shift))
    bench.put("Transpose", shifted, to=to, perm=[0, 2, 3, 1])


def _logits(bench: _Bench, scores: str, kind: str, *, count: int | None) -> str:
    """Return one-against-the-rest logits (N,K) of scores."""
    flat = bench.put("Flatten", scores)
    if kind == "logits":
        return flat
    if kind == "softmax" and count is not None:
        share = bench.put("LogSoftmax", flat, axis=1)
        others = bench.put("MatMul", bench.put("Exp", share), bench.hold(1.0 - np.eye(count)))
        rest = bench.put("Log", bench.put("Max", others, bench.hold(TINY)))
        return bench.put("Sub", share, rest)
    if kind == "softmax":
        flat = bench.put("Softmax", flat, axis=1)
    safe = bench.put("Min", bench.put("Max", flat, bench.hold(EDGE)), bench.hold(1.0 - EDGE))
    rest = bench.put("Sub", bench.hold(1.0), safe)
    return bench.put("Sub", bench.put("Log", safe), bench.put("Log", rest))


def _evidence(bench: _Bench, head: Head, kind: str, *, picked: str, columns: int) -> Evidence:
    """Add the maps (N,K,h,w): the linear layer on every place, else nothing."""
    if not head.features or kind == "probabilities":
        shape = bench.hold([0, columns, 1, 1], whole=True)
        silent = bench.put("Mul", bench.put("Reshape", "logits", shape), bench.hold(0.0))
        bench.put("Identity", silent, to="evidence")
        return "none"
    places = head.features
    if head.channels_last:
        places = bench.put("Transpose", places, perm=[0, 3, 1, 2])
    if head.weights is not None:
        weights = head.weights
        if kind == "softmax":
            weights = weights - (weights.sum(axis=0) - weights) / max(len(weights) - 1, 1)
        if head.hidden is not None:
            places = _gradient(bench, head, places, weights=weights)
            bench.put("Gather", places, picked, to="evidence", axis=1)
            return "gradient map"
        places = bench.put("Conv", places, bench.hold(weights[:, :, None, None]))
    bench.put("Gather", places, picked, to="evidence", axis=1)
    exact = kind == "logits" or (head.weights is not None and len(head.weights) == 2)
    return "map" if exact else "class map"


def _gradient(bench: _Bench, head: Head, places: str, *, weights: npt.NDArray[np.float32]) -> str:
    """Return each output's gradient by the averaged features, times the features of each place.

    The hidden layer is linear where it is above zero, so its gradient is a product of weights.

    References
    ----------
    Selvaraju et al., "Grad-CAM", ICCV 2017; here without the cut at zero.
    """
    hidden = np.asarray(head.hidden)
    units, channels = hidden.shape
    above = bench.put("Greater", head.through, bench.hold(0.0))
    on = bench.cast(above)
    on = bench.put("Reshape", on, bench.hold([0, 1, units], whole=True))
    slopes = bench.put(
        "MatMul", bench.put("Mul", on, bench.hold(weights[None])), bench.hold(hidden)
    )
    flat = bench.put("Reshape", places, bench.hold([0, channels, -1], whole=True))
    found = bench.put("MatMul", slopes, flat)
    sides = bench.put("Gather", bench.put("Shape", places), bench.hold([2, 3], whole=True), axis=0)
    shape = bench.put("Concat", bench.hold([0, len(weights)], whole=True), sides, axis=0)
    return bench.put("Reshape", found, shape)


def _joined(
    given: onnx.ModelProto, card: WrittenCard, benches: tuple[_Bench, _Bench], *, batch: int
) -> bytes:
    """Put what feeds, what was given and what answers into one graph, and check it."""
    before, after = benches
    graph = given.graph
    nodes = [*before.nodes, *graph.node, *after.nodes]
    first: int | str = batch or "N"
    shape = [first, card.input.channels, card.input.size, card.input.size]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    shapes: dict[str, list[int | str]] = {
        "logits": [first, len(card.outputs)],
        "evidence": [first, len(card.outputs), "h", "w"],
        "embedding": [first, "E"],
    }
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, sides)
        for name, sides in shapes.items()
    ]
    joined = helper.make_graph(
        nodes, "osler", [image], outputs, [*graph.initializer, *before.constants, *after.constants]
    )
    model = helper.make_model(
        joined, opset_imports=list(given.opset_import), ir_version=given.ir_version
    )
    model.functions.extend(given.functions)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
