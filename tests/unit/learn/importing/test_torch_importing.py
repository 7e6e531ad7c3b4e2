"""Keras files, TorchXRayVision's architecture and MONAI bundles, read for real (needs torch)."""

import importlib.util
import json
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training bench needs torch (pip extra 'train')")
pytest.importorskip("monai", reason="networks are rebuilt with MONAI")

from make.written import FILES, a_written_card, written  # noqa: E402 - torch has to be there first
from osler.analyse.card import read_card  # noqa: E402
from osler.analyse.graph import Graph  # noqa: E402
from osler.errors import InputRefused, NotSupported  # noqa: E402
from osler.evaluate.calibration import expit  # noqa: E402
from osler.learn.importing.building import import_model  # noqa: E402
from osler.learn.importing.checking import run  # noqa: E402
from osler.learn.importing.likeness import Kin  # noqa: E402

nn = torch.nn
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]
NAMES = [
    "Atelectasis",
    "Consolidation",
    "Infiltration",
    "Pneumothorax",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Effusion",
    "Pneumonia",
    "Pleural_Thickening",
    "Cardiomegaly",
    "Nodule",
    "Mass",
    "Hernia",
]


class _DenseLayer(nn.Sequential):  # type: ignore[misc, name-defined]
    """A layer that adds its channels to what it read, with the library's names."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.add_module("norm1", nn.BatchNorm2d(channels))
        self.add_module("relu1", nn.ReLU(inplace=True))
        self.add_module("conv1", nn.Conv2d(channels, 128, 1, bias=False))
        self.add_module("norm2", nn.BatchNorm2d(128))
        self.add_module("relu2", nn.ReLU(inplace=True))
        self.add_module("conv2", nn.Conv2d(128, 32, 3, padding=1, bias=False))

    def forward(self, x: Any) -> Any:  # noqa: ANN401 - tensors
        return torch.cat([x, super().forward(x)], 1)


class _DenseBlock(nn.Sequential):  # type: ignore[misc, name-defined]
    """Layers in a row."""

    def __init__(self, channels: int, layers: int) -> None:
        super().__init__()
        for number in range(layers):
            self.add_module(f"denselayer{number + 1}", _DenseLayer(channels + 32 * number))


class _Transition(nn.Sequential):  # type: ignore[misc, name-defined]
    """Half the channels, half the resolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.add_module("norm", nn.BatchNorm2d(channels))
        self.add_module("relu", nn.ReLU(inplace=True))
        self.add_module("conv", nn.Conv2d(channels, channels // 2, 1, bias=False))
        self.add_module("pool", nn.AvgPool2d(2, 2))


class DenseNet(nn.Module):  # type: ignore[misc, name-defined]
    """DenseNet-121 for one channel and 18 outputs, with TorchXRayVision's names of weights."""

    def __init__(self) -> None:
        super().__init__()
        parts = [
            ("conv0", nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)),
            ("norm0", nn.BatchNorm2d(64)),
            ("relu0", nn.ReLU(inplace=True)),
            ("pool0", nn.MaxPool2d(3, stride=2, padding=1)),
        ]
        self.features = nn.Sequential(OrderedDict(parts))
        channels = 64
        for number, layers in enumerate((6, 12, 24, 16), start=1):
            self.features.add_module(f"denseblock{number}", _DenseBlock(channels, layers))
            channels += 32 * layers
            if number < 4:
                self.features.add_module(f"transition{number}", _Transition(channels))
                channels //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(channels))
        self.classifier = nn.Linear(channels, 18)
        self.pathologies = [*NAMES, "", "", "", ""]
        cuts = [*np.linspace(0.02, 0.3, 13).tolist(), *[float("nan")] * 5]
        self.register_buffer("op_threshs", torch.tensor(cuts))

    def forward(self, x: Any) -> Any:  # noqa: ANN401 - tensors
        """Score pictures (N,1,H,W), -1024 to 1024."""
        features = nn.functional.relu(self.features(x))
        return self.classifier(features.mean(dim=(2, 3)))


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Let the classes above be pickled under the library's names, as its releases are."""
    module = ModuleType("torchxrayvision.models")
    for one in (DenseNet, _DenseBlock, _DenseLayer, _Transition):
        monkeypatch.setattr(one, "__module__", "torchxrayvision.models")
        setattr(module, one.__name__, one)
    monkeypatch.setitem(sys.modules, "torchxrayvision", ModuleType("torchxrayvision"))
    monkeypatch.setitem(sys.modules, "torchxrayvision.models", module)
    return module


def a_network() -> DenseNet:
    """Return the architecture with chance weights and statistics."""
    torch.manual_seed(5)
    network = DenseNet()
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.2, 0.2)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
            nn.init.uniform_(part.weight, 0.5, 1.5)
    nn.init.normal_(network.classifier.weight, std=0.05)
    network.eval()
    return network


def xray_card(folder: Path, *names: str) -> Path:
    """Write a card with the library's scaling."""
    graph = {"range": [-1024.0, 1024.0]}
    return a_written_card(folder, written(*names, size=224, graph=graph))


@pytest.mark.parametrize("old", [False, True])
def test_torchxrayvision_weights_answer_as_its_own_network_does(
    tmp_path: Path, theirs: ModuleType, old: bool
) -> None:
    """Eighteen findings under the right names, by a network that was built anew."""
    network = a_network()
    file = tmp_path / "theirs.pt"
    torch.save(network, file, _use_new_zipfile_serialization=not old)
    names = [*NAMES, "e1", "e2", "e3", "e4"]
    place = import_model(
        file, xray_card(tmp_path, *names), tmp_path / "models", anatomy=None, kin=Kin()
    )
    pictures = np.random.default_rng(0).random((2, 1, 224, 224), dtype=np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(pictures) * 2048.0 - 1024.0).numpy()
    answer = run(Graph((place / "model.onnx").read_bytes()), pictures)
    np.testing.assert_allclose(expit(answer["logits"]), expit(wanted), atol=1e-4)
    assert answer["evidence"].shape == (2, 18, 7, 7)
    rest = answer["logits"] - answer["evidence"].mean(axis=(2, 3))
    np.testing.assert_allclose(rest[0], rest[1], atol=1e-3)
    card = read_card(place / "card.json")
    untrained = {o.name for o in card.outputs if "never learnt" in (o.not_assessed_reason or "")}
    assert untrained == {"Hernia", "e1", "e2", "e3", "e4"}


def test_names_in_another_order_than_the_file_are_refused(
    tmp_path: Path, theirs: ModuleType
) -> None:
    """An effusion called pneumothorax is the worst that an import can do."""
    torch.save(a_network(), tmp_path / "theirs.pt")
    names = [NAMES[1], NAMES[0], *NAMES[2:]]
    with pytest.raises(InputRefused, match="the file 'Atelectasis'"):
        import_model(
            tmp_path / "theirs.pt",
            xray_card(tmp_path, *names),
            tmp_path / "models",
            anatomy=None,
            kin=Kin(),
        )


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    """Weights without their architecture are numbers."""
    with pytest.raises(NotSupported, match="export the network to ONNX"):
        import_model(
            FILES / "torch-weights.pt",
            xray_card(tmp_path, "a"),
            tmp_path / "models",
            anatomy=None,
            kin=Kin(),
        )


def a_bundle(folder: Path, **changes: object) -> Path:
    """Write a MONAI bundle with chance weights of a small DenseNet."""
    from monai.networks.nets import DenseNet121

    plan = {
        "spatial_dims": 2,
        "in_channels": 3,
        "out_channels": 2,
        "init_features": 8,
        "growth_rate": 4,
        "block_config": [2, 2],
    }
    torch.manual_seed(2)
    network = DenseNet121(**plan)
    for name in ("configs", "models"):
        (folder / name).mkdir(parents=True)
    stated = {"network_def": {"_target_": "DenseNet121", **plan, **changes}}
    (folder / "configs" / "metadata.json").write_text("{}")
    (folder / "configs" / "inference.json").write_text(json.dumps(stated))
    torch.save(network.state_dict(), folder / "models" / "model.pt")
    return folder


def bundle_card(folder: Path) -> Path:
    """Write a card of a colour model of 64 pixels that answers with one of two classes."""
    content = written("a", "b", size=64, graph={"answers": "softmax"})
    content["input"] |= {"channels": 3, "colour": "rgb"}
    return a_written_card(folder, content)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_monai_bundle_becomes_a_package(tmp_path: Path, zipped: bool) -> None:
    """The zoo's form: a folder, or the archive that is downloaded."""
    bundle = a_bundle(tmp_path / "bundle")
    if zipped:
        file = tmp_path / "bundle.zip"
        with zipfile.ZipFile(file, "w") as members:
            for one in sorted(bundle.rglob("*.*")):
                members.write(one, f"their_bundle/{one.relative_to(bundle)}")
        bundle = file
    place = import_model(
        bundle, bundle_card(tmp_path), tmp_path / "models", anatomy=None, kin=Kin()
    )
    card = read_card(place / "card.json")
    assert card.parity < 1e-4
    assert card.limits[0].startswith("Evidence: the model's last linear layer")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"_target_": "subprocess.run"}, "the network is 'subprocess.run'"),
        ({"_target_": "monai.networks.nets.UNet"}, "can be rebuilt"),
        ({"out_channels": "$__import__('os').system('true')"}, "is an expression"),
    ],
)
def test_a_bundle_that_would_run_something_is_refused(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    """A config may name any function: only a list of networks with plain arguments is built."""
    with pytest.raises(NotSupported, match=message):
        import_model(
            a_bundle(tmp_path / "bundle", **changes),
            bundle_card(tmp_path),
            tmp_path / "models",
            anatomy=None,
            kin=Kin(),
        )


def test_torchscript_is_not_run(tmp_path: Path) -> None:
    """A scripted model is a program."""
    bundle = a_bundle(tmp_path / "bundle")
    (bundle / "models" / "model.pt").rename(bundle / "models" / "model.ts")
    with pytest.raises(NotSupported, match="holds a program"):
        import_model(bundle, bundle_card(tmp_path), tmp_path / "models", anatomy=None, kin=Kin())


@pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="needs the extra 'keras'")
@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("keras-averaged.keras", "Evidence"),
        ("keras-averaged.h5", "Evidence"),
        ("keras-flattened.keras", "No evidence"),
    ],
)
def test_files_that_keras_saved_answer_as_in_keras(
    tmp_path: Path, name: str, evidence: str
) -> None:
    """Both of Keras' file forms, read by Keras without running code of theirs."""
    names = ["a", "b", "c"] if "averaged" in name else ["a", "b"]
    content = written(*names, graph={"layout": "NHWC", "range": [-1.0, 1.0]})
    place = import_model(
        FILES / name,
        a_written_card(tmp_path, content),
        tmp_path / "models",
        anatomy=None,
        kin=Kin(),
    )
    with np.load(FILES / "keras-answers.npz") as kept:
        pictures, wanted = kept["pictures"], kept[name.split("-")[1].partition(".")[0]]
    answer = run(Graph((place / "model.onnx").read_bytes()), pictures)
    np.testing.assert_allclose(expit(answer["logits"]), wanted, atol=1e-5)
    assert read_card(place / "card.json").limits[0].startswith(evidence)
