"""Networks rebuilt with MONAI and filled with somebody's weights (needs torch and MONAI)."""

import importlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from osler.errors import InputRefused, NotFound, NotSupported
from osler.learn.importing.unpickling import Saved, read_weights

XRAY_OUTPUTS = 18
BUNDLE_NETWORKS = frozenset(
    {
        "DenseNet121",
        "DenseNet169",
        "DenseNet201",
        "DenseNet264",
        "EfficientNetBN",
        "ResNet",
        "SEResNet50",
        "SEResNet101",
    }
)
LAYER = re.compile(r"(denselayer\d+)\.(norm|conv)(\d)\.")


@dataclass(frozen=True)
class Rebuilt:
    """A network with its weights, and what its file says of its outputs.

    ``names`` has an entry an output, '' for one that never learnt; ``thresholds`` are the
    published cut-offs on the sigmoid of each, NaN where there is none.
    """

    network: nn.Module
    names: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = ()


def is_xray_densenet(saved: Saved) -> bool:
    """Tell whether tensors are those of a DenseNet-121 of TorchXRayVision."""
    first = saved.tensors.get("features.conv0.weight")
    last = saved.tensors.get("classifier.weight")
    if first is None or last is None:
        return False
    return first.shape == (64, 1, 7, 7) and last.shape[1:] == (1024,)


def rebuild_xray_densenet(saved: Saved) -> Rebuilt:
    """Return TorchXRayVision's DenseNet-121, built by MONAI.

    Raises
    ------
    InputRefused
        Weights are missing, or there are some that the network has no place for.
    """
    from monai.networks.nets import DenseNet121  # noqa: PLC0415 - 3 s, only where it is needed

    outputs = len(saved.tensors["classifier.weight"])
    network = DenseNet121(spatial_dims=2, in_channels=1, out_channels=outputs)
    fill(network, {xray_name(k): v for k, v in saved.tensors.items() if k != "op_threshs"})
    names = saved.attributes.get("pathologies", saved.attributes.get("targets", ()))
    thresholds = saved.tensors.get("op_threshs", saved.attributes.get("op_threshs"))
    cuts = [] if thresholds is None else np.ravel(np.asarray(thresholds, dtype=float)).tolist()
    return Rebuilt(network, tuple(str(name) for name in names), tuple(cuts))


def xray_name(name: str) -> str:
    """Return MONAI's name for a weight of TorchXRayVision's (and torchvision's) DenseNet."""
    if name.startswith("classifier."):
        return "class_layers.out." + name.removeprefix("classifier.")
    return LAYER.sub(r"\1.layers.\2\3.", name)


def fill(network: nn.Module, weights: Mapping[str, npt.NDArray[Any]]) -> None:
    """Put weights into a network; every one must fit, and none may be left over."""
    state = network.state_dict()
    needed = {name for name in state if not name.endswith("num_batches_tracked")}
    missing = sorted(needed - set(weights))
    foreign = sorted(set(weights) - set(state))
    if missing or foreign:
        raise InputRefused(
            f"the weights do not fit the network: {len(missing)} are missing "
            f"(first {missing[:1]}), {len(foreign)} have no place (first {foreign[:1]}); "
            "expected a DenseNet-121 of TorchXRayVision, or the network that the bundle names"
        )
    for name in needed:
        if state[name].shape != weights[name].shape:
            raise InputRefused(
                f"weight {name} is {weights[name].shape}, the network needs "
                f"{tuple(state[name].shape)}"
            )
    network.load_state_dict(
        {name: torch.from_numpy(np.asarray(weights[name])) for name in needed}, strict=False
    )
    network.eval()


def rebuild_bundle(place: Path, scratch: Path) -> Rebuilt:
    """Return the network of a MONAI bundle: a folder, or a zip file of one.

    Only ``configs/metadata.json``, the inference config (JSON) and ``models/model.pt`` are read,
    and nothing in them is run: the network must be one of a short list, its arguments plain.

    Raises
    ------
    NotSupported
        The network is another, an argument is an expression, or there is only TorchScript.
    """
    folder = _unpacked(place, scratch)
    weights = folder / "models" / "model.pt"
    if not weights.is_file():
        raise NotSupported(
            f"{place.name} has no models/model.pt; TorchScript (model.ts) holds a program, which "
            "is not run: need the weights"
        )
    kind, arguments = _definition(folder, place.name)
    network = getattr(importlib.import_module("monai.networks.nets"), kind)(**arguments)
    fill(network, read_weights(weights).tensors)
    return Rebuilt(network)


def _unpacked(place: Path, scratch: Path) -> Path:
    """Return the folder of a bundle; of a zip file, only what is needed is unpacked."""
    if place.is_dir():
        return place
    with zipfile.ZipFile(place) as members:
        roots = [n for n in members.namelist() if n.endswith("configs/metadata.json")]
        if not roots:
            raise NotFound(f"{place.name} holds no configs/metadata.json: it is no MONAI bundle")
        root = min(roots, key=len).removesuffix("configs/metadata.json")
        wanted = ("configs/metadata.json", *(f"configs/{n}" for n in CONFIGS), "models/model.pt")
        for name in wanted:
            if root + name in members.namelist():
                target = scratch / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(members.read(root + name))
    return scratch


CONFIGS = ("inference.json", "train.json", "evaluate.json")


def _definition(folder: Path, name: str) -> tuple[str, dict[str, Any]]:
    """Return the class and the plain arguments of a bundle's network."""
    if not (folder / "configs" / "metadata.json").is_file():
        raise NotFound(f"{name} holds no configs/metadata.json: it is no MONAI bundle")
    for config in CONFIGS:
        file = folder / "configs" / config
        if not file.is_file():
            continue
        stated = json.loads(file.read_text(encoding="utf-8")).get("network_def")
        if isinstance(stated, dict):
            return _allowed(stated, name)
    raise NotSupported(f"{name}: found no 'network_def' in configs/{'|'.join(CONFIGS)}")


def _allowed(stated: Mapping[str, Any], name: str) -> tuple[str, dict[str, Any]]:
    """Refuse a network that is not on the list, and arguments that are expressions."""
    target = str(stated.get("_target_", ""))
    kind = target.removeprefix("monai.networks.nets.")
    if kind not in BUNDLE_NETWORKS:
        raise NotSupported(
            f"{name}: the network is {target!r}; one of {', '.join(sorted(BUNDLE_NETWORKS))} "
            "can be rebuilt: export it to ONNX and import that"
        )
    arguments = {key: value for key, value in stated.items() if not key.startswith("_")}
    for key, value in arguments.items():
        if any(mark in json.dumps(value) for mark in ("$", "@", "_target_")):
            raise NotSupported(
                f"{name}: argument {key} is an expression ({value!r}), which is not run; "
                "write its value into the config"
            )
    return kind, arguments | ({"pretrained": False} if kind == "EfficientNetBN" else {})


def to_onnx(network: nn.Module, *, channels: int, size: int) -> bytes:
    """Return a network (N,C,S,S) -> (N,K) as ONNX."""
    stream = io.BytesIO()
    torch.onnx.export(
        network.eval(),
        (torch.zeros(1, channels, size, size),),
        stream,
        input_names=["picture"],
        output_names=["answer"],
        dynamic_axes={"picture": {0: "N"}, "answer": {0: "N"}},
        opset_version=17,
        dynamo=False,
    )
    return stream.getvalue()


def answers(network: nn.Module, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return what the network itself answers: (N,K) to (N,C,S,S)."""
    with torch.no_grad():
        given = network.eval()(torch.from_numpy(pictures))
    found: npt.NDArray[np.float32] = given.float().numpy()
    return found
