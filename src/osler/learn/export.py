"""From a trained network to a small ONNX graph that gives the same answers (needs torch)."""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

Floats = npt.NDArray[np.float32]
SMALLEST_COMPRESSED = 1024


@dataclass(frozen=True)
class Exported:
    """The bytes of a graph, and how far its answers are from PyTorch's."""

    content: bytes
    parity: float


def export(
    network: nn.Module,
    *,
    size: int,
    names: tuple[str, ...],
    weights: Literal["float32", "float16", "int8"],
    channels: int = 1,
) -> bytes:
    """Return the ONNX graph of a network with input ``image`` (N,channels,size,size), 0 to 1."""
    axes = {name: {0: "N"} for name in ("image", *names)}
    example = {"image": torch.zeros(1, channels, size, size)}
    return _exported(network, example, axes=axes, names=names, weights=weights)


def export_volume(
    network: nn.Module,
    *,
    window: tuple[int, int, int],
    weights: Literal["float32", "float16", "int8"],
) -> bytes:
    """Return the ONNX graph of a network with input ``volume`` (N,1,D,H,W).

    Any window may be fed whose sides the network can halve; ``window`` is only the example.
    """
    free = {0: "N", 2: "D", 3: "H", 4: "W"}
    return _exported(
        network,
        {"volume": torch.zeros(1, 1, *window)},
        axes={"volume": free, "masks": free, "embedding": {0: "N"}},
        names=("masks", "embedding"),
        weights=weights,
    )


def _exported(
    network: nn.Module,
    example: dict[str, torch.Tensor],
    *,
    axes: dict[str, dict[int, str]],
    names: tuple[str, ...],
    weights: Literal["float32", "float16", "int8"],
) -> bytes:
    """Export a network of one input, and store its weights in the bits asked for."""
    stream = io.BytesIO()
    torch.onnx.export(
        network.eval().float().to(memory_format=torch.contiguous_format),
        tuple(example.values()),
        stream,
        input_names=list(example),
        output_names=list(names),
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    graph = onnx.load_from_string(stream.getvalue())
    if weights != "float32":
        _compress(graph, weights)
    onnx.checker.check_model(graph)
    content: bytes = graph.SerializeToString()
    return content


def _compress(graph: onnx.ModelProto, weights: Literal["float16", "int8"]) -> None:
    """Store large weights in fewer bits; the runtime unfolds them once, when it loads."""
    kept, nodes = [], []
    for tensor in graph.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALLEST_COMPRESSED:
            kept.append(tensor)
            continue
        if weights == "float16":
            small = tensor.name + "_f16"
            kept.append(numpy_helper.from_array(values.astype(np.float16), small))
            nodes.append(helper.make_node("Cast", [small], [tensor.name], to=TensorProto.FLOAT))
            continue
        scale = np.maximum(np.abs(values).reshape(len(values), -1).max(axis=1) / 127.0, 1e-12)
        shape = (-1,) + (1,) * (values.ndim - 1)
        quantised = np.clip(np.rint(values / scale.reshape(shape)), -127, 127).astype(np.int8)
        zero = np.zeros(len(values), dtype=np.int8)
        inputs = [tensor.name + part for part in ("_q", "_scale", "_zero")]
        parts = (quantised, scale.astype(np.float32), zero)
        kept += [
            numpy_helper.from_array(part, name) for part, name in zip(parts, inputs, strict=True)
        ]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [tensor.name], axis=0))
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    body = list(graph.graph.node)
    del graph.graph.node[:]
    graph.graph.node.extend(nodes + body)


def parity(network: nn.Module, content: bytes, image: Floats) -> float:
    """Return the largest difference between PyTorch and ONNX over all outputs, on real films.

    Logits and masks are compared as probabilities; maps and embeddings relative to their largest
    value.
    """
    import onnxruntime as ort  # noqa: PLC0415 - only here: quantisation and checks belong to learn

    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    with torch.no_grad():
        wanted = network.eval()(torch.from_numpy(image))._asdict()
    worst = 0.0
    for name, found in zip(names, session.run(names, {"image": image}), strict=True):
        expected = wanted[name].float().numpy()
        if name in ("logits", "masks"):
            difference = np.abs(_sigmoid(found) - _sigmoid(expected)).max()
        else:
            difference = np.abs(found - expected).max() / max(float(np.abs(expected).max()), 1e-6)
        worst = max(worst, float(difference))
    return worst


def _sigmoid(x: Floats) -> Floats:
    """Return the logistic function."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float32)
