"""From a file of somebody's model to an ONNX graph, and what the model itself answers."""

import importlib.util
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import onnx

from osler.errors import NotFound, NotSupported
from osler.learn.importing.surgery import read_graph
from osler.learn.importing.unpickling import read_weights
from osler.learn.importing.written import WrittenCard

if TYPE_CHECKING:
    from osler.learn.importing.networks import Rebuilt

Floats = npt.NDArray[np.float32]
KINDS = (
    ".onnx, .keras, .h5, a SavedModel (folder), .pt or .pth (TorchXRayVision), or a MONAI bundle "
    "(folder or .zip)"
)


@dataclass(frozen=True)
class Brought:
    """A model that was read.

    ``answers`` takes pictures as the model wants them and gives (N,K). ``names`` and
    ``thresholds`` are what the file says of its outputs, empty where it says nothing.
    """

    model: onnx.ModelProto
    answers: Callable[[Floats], Floats]
    road: str
    names: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = ()


def bring(file: Path, card: WrittenCard) -> Brought:
    """Read a model of any kind that is known.

    Raises
    ------
    NotFound
        No such file.
    NotSupported
        It is of another kind, or what reads its kind is not installed.
    """
    if not file.exists():
        raise NotFound(f"no model at {file}; expected {KINDS}")
    if file.is_dir() and (file / "saved_model.pb").is_file():
        return _saved_model(file)
    if file.suffix == ".onnx":
        return _onnx(file, card)
    if file.suffix in (".keras", ".h5", ".hdf5"):
        return _keras(file, card)
    if file.is_dir() or file.suffix == ".zip":
        return _bundle(file, card)
    if file.suffix in (".pt", ".pth"):
        return _xray(file, card)
    raise NotSupported(f"{file.name} is of no kind that can be imported; expected {KINDS}")


def _onnx(file: Path, card: WrittenCard) -> Brought:
    """Read an ONNX file."""
    import onnxruntime as ort  # noqa: PLC0415 - only here: what is given runs as it is

    content = file.read_bytes()
    model = read_graph(content, name=file.name)
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    (fed,) = session.get_inputs()[:1]
    names = [one.name for one in session.get_outputs()]
    asked = card.graph.output if card.graph.output in names else names[0]
    one_by_one = isinstance(fed.shape[0], int)

    def answers(pictures: Floats) -> Floats:
        groups = np.split(pictures, len(pictures)) if one_by_one else [pictures]
        found = [session.run([asked], {fed.name: group})[0] for group in groups]
        return np.concatenate([one.reshape(len(one), -1) for one in found])

    return Brought(model, answers, "an ONNX graph")


def _need(file: Path, *names: str, extra: str) -> None:
    """Refuse where what reads a file is not installed."""
    absent = [name for name in names if importlib.util.find_spec(name) is None]
    if absent:
        raise NotSupported(
            f"{file.name} needs {' and '.join(absent)}, which is not installed; "
            f"pip install {extra} (torch first: see CONTRIBUTING.md)"
        )


def _keras(file: Path, card: WrittenCard) -> Brought:
    """Read a Keras model."""
    _need(file, "torch", "keras", extra="'osler[train,keras]'")
    from osler.learn.importing.keras_models import (  # noqa: PLC0415 - needs torch and Keras
        keras_answers,
        keras_to_onnx,
        load_keras,
    )

    model = load_keras(file)
    content = keras_to_onnx(
        model,
        channels=card.input.channels,
        size=card.input.size,
        channels_last=card.graph.layout == "NHWC",
    )
    graph = read_graph(content, name=file.name)
    return Brought(graph, lambda pictures: keras_answers(model, pictures), "a Keras model")


def _saved_model(folder: Path) -> Brought:
    """Read a TensorFlow SavedModel."""
    from osler.learn.importing.saved_models import (  # noqa: PLC0415 - needs TensorFlow
        needs_what,
        saved_model_answers,
        saved_model_to_onnx,
    )

    needs_what(folder)
    graph = read_graph(saved_model_to_onnx(folder), name=folder.name)
    return Brought(graph, saved_model_answers(folder), "a TensorFlow SavedModel")


def _xray(file: Path, card: WrittenCard) -> Brought:
    """Read weights of TorchXRayVision's DenseNet-121."""
    saved = read_weights(file)
    _need(file, "torch", "monai", extra="'osler[train]'")
    from osler.learn.importing import networks  # noqa: PLC0415 - needs torch and MONAI

    if not networks.is_xray_densenet(saved):
        raise NotSupported(
            f"{file.name}: found weights of another network than TorchXRayVision's DenseNet-121; "
            "export the network to ONNX where its code is, and import that"
        )
    return _of_network(
        networks.rebuild_xray_densenet(saved),
        card,
        file.name,
        road="weights of TorchXRayVision's DenseNet-121 in MONAI's",
    )


def _bundle(file: Path, card: WrittenCard) -> Brought:
    """Read a MONAI bundle."""
    _need(file, "torch", "monai", extra="'osler[train]'")
    from osler.learn.importing import networks  # noqa: PLC0415 - needs torch and MONAI

    with tempfile.TemporaryDirectory() as scratch:
        rebuilt = networks.rebuild_bundle(file, Path(scratch))
    return _of_network(rebuilt, card, file.name, road="a MONAI bundle")


def _of_network(rebuilt: "Rebuilt", card: WrittenCard, name: str, *, road: str) -> Brought:
    """Export a rebuilt network."""
    from osler.learn.importing import networks  # noqa: PLC0415 - needs torch and MONAI

    content = networks.to_onnx(rebuilt.network, channels=card.input.channels, size=card.input.size)
    return Brought(
        read_graph(content, name=name),
        lambda pictures: networks.answers(rebuilt.network, pictures),
        road,
        rebuilt.names,
        rebuilt.thresholds,
    )
