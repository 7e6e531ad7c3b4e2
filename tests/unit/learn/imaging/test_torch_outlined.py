"""Networks that outline and count, their sources and their graphs (needs torch)."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training bench needs torch (pip extra 'train')")

from osler.analyse.graph import Graph  # noqa: E402
from osler.learn.export import export, export_volume  # noqa: E402
from osler.learn.fit import Run, fit  # noqa: E402
from osler.learn.imaging.box_source import BoxSource, maps_of  # noqa: E402
from osler.learn.imaging.detector import (  # noqa: E402
    DecodedDetector,
    Detector,
    decoded,
    detector_loss,
)
from osler.learn.imaging.fine_network import FineNetwork, evened  # noqa: E402
from osler.learn.imaging.fine_source import FineSource  # noqa: E402
from osler.learn.imaging.outlined_changes import (  # noqa: E402
    BoxChanges,
    FineChanges,
    VolumeChanges,
)
from osler.learn.imaging.volume_network import VolumeNetwork  # noqa: E402
from osler.learn.imaging.volume_source import VolumeSource, volume_loss  # noqa: E402
from osler.learn.imaging.volumes import VolumePlan, balance, outlined  # noqa: E402
from osler.prepare.volume import VolumeContract  # noqa: E402

# The exporter by tracing is what gives one plain graph; torch announces its end by a warning.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*legacy TorchScript.*"),
    pytest.mark.filterwarnings("ignore:Constant folding"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
    pytest.mark.filterwarnings("ignore:.*instance_norm.*"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
SMALL = (16, 16, 16, 16)
STILL = VolumeChanges(0.0, 0.0, 0.0, (), 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Course:
    """How long and how fast."""

    epochs: int
    batch: int
    learning_rate: float
    backbone_rate: float = 1.0
    weight_decay: float = 1e-2
    ema: float = 0.99


def _rng() -> Any:  # noqa: ANN401 - torch has no types here
    """Return a source of chance."""
    return torch.Generator().manual_seed(5)


def _cubes(count: int) -> VolumeSource:
    """Return noisy volumes with a bright box, and its labels."""
    rng = np.random.default_rng(2)
    volumes, labels = [], []
    for _ in range(count):
        at = rng.integers(2, 8, 3)
        label = np.zeros((18, 20, 17), dtype=np.uint8)
        label[tuple(slice(a, a + 7) for a in at)] = 1
        volumes.append((label + rng.normal(0, 0.3, label.shape)).astype(np.float32))
        labels.append(label)
    return VolumeSource(volumes, labels, (16, 16, 16), 1, VolumeChanges(mirror=(2,)))


def test_a_volume_that_is_not_changed_comes_through_voxel_by_voxel() -> None:
    """A shift of half a voxel between image and labels would be learnt."""
    rng = np.random.default_rng(1)
    volume = rng.normal(size=(8, 10, 6)).astype(np.float32)
    labels = rng.integers(0, 3, (8, 10, 6)).astype(np.uint8)
    source = VolumeSource([volume], [labels], (8, 10, 6), 2, STILL)
    image, target = source.batch(np.array([0]), _rng())
    np.testing.assert_allclose(image[0, 0].numpy(), volume, atol=1e-3)
    np.testing.assert_array_equal(target[0].argmax(dim=0).numpy(), labels)


def test_large_volumes_are_seen_everywhere_and_most_where_something_is_drawn() -> None:
    """A structure at the edge of a large volume would never be in a window around its middle."""
    volume = np.zeros((64, 16, 16), dtype=np.float32)
    labels = np.zeros((64, 16, 16), dtype=np.uint8)
    labels[60, 8, 8] = 1
    changes = VolumeChanges(0.0, 0.0, 2.0, (), 0.0, 0.0, 0.0, 0.0, 0.0)
    rows = np.zeros(40, dtype=np.int64)
    for share, least, most in ((0.0, 1, 30), (1.0, 40, 40)):
        drawn = replace(changes, foreground=share)
        source = VolumeSource([volume], [labels], (16, 16, 16), 1, drawn)
        _, target = source.batch(rows, _rng())
        seen = int((target[:, 1].sum(dim=(1, 2, 3)) > 0).sum())
        assert least <= seen <= most


def test_labels_move_with_their_volume() -> None:
    """Whatever turn and zoom was drawn, the bright box stays under its label."""
    source = _cubes(4)
    image, target = source.batch(np.arange(4), _rng())
    for one, box in zip(image[:, 0], target[:, 1] > 0.5, strict=True):
        assert float(one[box].mean()) > float(one[~box].mean()) + 0.5


def test_a_volume_network_learns_a_bright_box_and_goes_on_after_a_stop(tmp_path: Path) -> None:
    """A run of twenty minutes that starts anew after a stop is never finished."""
    source = _cubes(8)

    def trained(epochs: int, folder: Path) -> Any:  # noqa: ANN401 - a module
        torch.manual_seed(3)
        network = VolumeNetwork(1, SMALL)
        run = Run(seed=4, checkpoint=folder / "volume.ckpt", on_progress=lambda *_: None)
        return fit(network, source, Course(epochs, 4, 1e-2), loss=volume_loss, run=run)

    whole = trained(4, tmp_path / "whole")
    again = trained(4, tmp_path / "whole")
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    image, target = source.batch(np.arange(8), _rng())
    with torch.no_grad():
        first = float(volume_loss(VolumeNetwork(1, SMALL)(image), target))
        assert float(volume_loss(whole(image), target)) < 0.8 * first


def test_a_balanced_network_finds_as_much_as_was_drawn() -> None:
    """Volumes that are a tenth too large everywhere are of no use to compare with norms."""
    source = _cubes(6)
    torch.manual_seed(3)
    network = VolumeNetwork(1, SMALL)
    changes = VolumeSource(source.volumes, source.labels, (24, 24, 24), 1, STILL)
    plan = VolumePlan(VolumeContract((24, 24, 24), (1.0, 1.0, 1.0)), ("box",), (24,) * 3, STILL)
    image, target = changes.batch(np.arange(6), _rng())
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    for _ in range(12):
        value = volume_loss(network(image), target)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    with torch.no_grad():
        network.head.bias[1] += 2.0
    network.eval()
    balance(network, source, plan)
    found = sum(
        int((outlined(network, one, plan).argmax(axis=0) == 1).sum()) for one in source.volumes
    )
    drawn = sum(int(one.sum()) for one in source.labels)
    assert found == pytest.approx(drawn, rel=0.05)


def test_the_graph_of_volumes_answers_as_the_network_in_any_window() -> None:
    """A smaller volume is read by a smaller window of the same graph."""
    network = VolumeNetwork(2, (4, 8, 8, 8)).eval()
    graph = Graph(export_volume(network, window=(16, 16, 16), weights="float32"), feeds="volume")
    for shape in ((16, 16, 16), (8, 24, 16)):
        part = np.random.default_rng(1).normal(size=(1, 1, *shape)).astype(np.float32)
        with torch.no_grad():
            wanted = network(torch.from_numpy(part)).masks.numpy()
        np.testing.assert_allclose(graph.run(part)["masks"], wanted, atol=1e-3)


def test_maps_of_boxes_decode_to_the_boxes() -> None:
    """What the network is asked for must be what the reader is shown."""
    boxes = np.array([[0, 8, 12, 40, 52], [1, 30, 60, 50, 74]], dtype=np.float32)
    maps = {
        name: torch.from_numpy(one)[None] for name, one in maps_of(boxes, kinds=2, size=96).items()
    }
    heat = torch.logit(maps["heat"].clamp(1e-4, 1 - 1e-4))
    found, scores, labels = decoded(heat, maps["size"], maps["offset"])
    assert (scores[0] > 0.99).sum() == 2
    order = labels[0][:2].argsort()
    np.testing.assert_allclose(found[0][:2][order].numpy(), boxes[:, 1:], atol=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_boxes_move_with_their_picture(seed: int) -> None:
    """Quarter turns, mirrors, zoom and shift: the box stays around the bright square."""
    square = np.zeros((3, 96, 96), dtype=np.uint8)
    square[:, 30:50, 40:52] = 255
    boxes = np.array([[0, 30, 40, 50, 52]], dtype=np.float32)
    changes = BoxChanges(gamma=0.0, contrast=0.0, brightness=0.0, colour=0.0, noise=0.0)
    source = BoxSource([square], [boxes], 1, changes)
    image, maps = source.batch(np.array([0]), torch.Generator().manual_seed(seed))
    heat = torch.logit(maps["heat"].clamp(1e-4, 1 - 1e-4))
    found, _, _ = decoded(heat, maps["size"], maps["offset"])
    rows, columns = np.nonzero(image[0, 0].numpy() > 0.5)
    wanted = [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]
    np.testing.assert_allclose(found[0, 0].numpy(), wanted, atol=1.0)


def test_the_graph_of_a_detector_decodes_as_torch_does() -> None:
    """Serving has no torch: peaks and boxes must come out of the graph."""
    torch.manual_seed(0)
    network = Detector(2).eval()
    torch.nn.init.normal_(network.heat[-1].weight, std=1.0)
    decoder = DecodedDetector(network)
    names = ("boxes", "scores", "labels", "embedding")
    graph = Graph(export(decoder, size=64, names=names, weights="float32", channels=3))
    image = np.random.default_rng(3).random((1, 3, 64, 64)).astype(np.float32)
    with torch.no_grad():
        wanted = decoder(torch.from_numpy(image))
    found = graph.run(image)
    np.testing.assert_allclose(found["scores"], wanted.scores.numpy(), atol=1e-4)
    sure = wanted.scores[0].numpy() > 1e-3
    np.testing.assert_array_equal(found["labels"][0][sure], wanted.labels[0].numpy()[sure])
    np.testing.assert_allclose(found["boxes"][0][sure], wanted.boxes[0].numpy()[sure], atol=0.05)


def test_a_detector_that_is_right_loses_less_than_one_that_is_blind() -> None:
    """The loss must reward the middle of a cell."""
    boxes = np.array([[0, 8, 12, 40, 52]], dtype=np.float32)
    maps = {
        name: torch.from_numpy(one)[None] for name, one in maps_of(boxes, kinds=1, size=64).items()
    }
    network = Detector(1).eval()
    with torch.no_grad():
        blind = network(torch.zeros(1, 3, 64, 64))
    right = blind._replace(
        heat=torch.logit(maps["heat"].clamp(0.01, 0.99)), size=maps["size"], offset=maps["offset"]
    )
    assert float(detector_loss(right, maps)) < 0.2 * float(detector_loss(blind, maps))


def test_lighting_and_tint_are_taken_out_before_vessels_are_looked_for() -> None:
    """A photograph of another camera, half as bright, must look the same to the network."""
    image = torch.rand((1, 3, 96, 96), generator=_rng()) * 0.5 + 0.2
    tint = torch.tensor([1.3, 0.8, 0.6])[None, :, None, None]
    assert float((evened(image) - evened(image * tint)).abs().mean()) < 0.05


def test_patches_and_masks_are_cut_alike_and_a_graph_answers_as_the_network() -> None:
    """A bright line must lie under its mask, turned as it may be."""
    square = np.zeros((3, 128, 128), dtype=np.uint8)
    square[:, 60:66, :] = 255
    mask = np.zeros((1, 128, 128), dtype=np.uint8)
    mask[:, 60:66, :] = 1
    plain = FineChanges(gamma=0.0, contrast=0.0, brightness=0.0, colour=0.0, noise=0.0)
    source = FineSource([square], [mask], 64, 4, plain)
    assert len(source) == 4
    image, wanted = source.batch(np.arange(4), _rng())
    np.testing.assert_allclose(image[:, 0].numpy(), wanted[:, 0].numpy(), atol=1e-3)
    network = FineNetwork(1, widths=(4, 8, 8, 8)).eval()
    content = export(network, size=64, names=("masks", "embedding"), weights="float32", channels=3)
    with torch.no_grad():
        masks = network(image[:1]).masks.numpy()
    np.testing.assert_allclose(Graph(content).run(image[:1].numpy())["masks"], masks, atol=1e-3)


def test_auroc_of_counts_is_the_share_of_pairs_in_order() -> None:
    """Drawn pixels at 1, 3, 3 and others at 0, 1, 3: of nine pairs 5 in order and 3 ties."""
    from osler.learn.imaging.fine_run import auroc_of_counts

    positive, negative = np.array([0.0, 1.0, 0.0, 2.0]), np.array([1.0, 1.0, 0.0, 1.0])
    assert auroc_of_counts(positive, negative) == pytest.approx((5 + 0.5 * 3) / 9)
