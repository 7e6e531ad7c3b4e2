"""A picture and its mirror image get one answer, and the map of each side stays on its side."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'train'")

from osler.analyse.graph import Graph  # noqa: E402
from osler.learn.export import export, parity  # noqa: E402
from osler.learn.imaging.both_ways import BothWays  # noqa: E402
from osler.learn.imaging.networks import PictureNetwork  # noqa: E402
from osler.learn.imaging.volume_network import VolumeNetwork  # noqa: E402

NAMES = ("logits", "evidence", "embedding", "masks")
SIZE = 64
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Constant folding:UserWarning"),
]


@pytest.fixture(scope="module")
def network() -> "BothWays":
    """Return an untrained network of two labels and one outline."""
    torch.manual_seed(1)
    network: BothWays = BothWays(PictureNetwork(2, 1)).eval()
    return network


def test_the_mirror_image_has_the_same_answer(network: "BothWays") -> None:
    """Answers are equal, maps and outlines mirrored."""
    image = torch.rand((2, 1, SIZE, SIZE), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        plain, mirrored = network(image), network(image.flip(-1))
        alone = network.network(image)
    torch.testing.assert_close(plain.logits, mirrored.logits)
    torch.testing.assert_close(plain.embedding, mirrored.embedding)
    torch.testing.assert_close(plain.evidence, mirrored.evidence.flip(-1))
    torch.testing.assert_close(plain.masks, mirrored.masks.flip(-1))
    assert not torch.allclose(plain.evidence, alone.evidence)


def test_the_graph_that_ships_looks_both_ways(network: "BothWays") -> None:
    """What was measured is what is served, for one picture and for some."""
    content = export(network, size=SIZE, names=NAMES, weights="float32")
    image = np.random.default_rng(3).random((3, 1, SIZE, SIZE), dtype=np.float32)
    assert parity(network, content, image) < 1e-4
    graph = Graph(content)
    one, other = graph.run(image[:1]), graph.run(image[:1, :, :, ::-1].copy())
    np.testing.assert_allclose(one["logits"], other["logits"], atol=1e-4)


def test_a_volume_and_its_mirror_image_have_mirrored_outlines() -> None:
    """Columns are mirrored; slices and rows stay where they are."""
    torch.manual_seed(4)
    network = BothWays(VolumeNetwork(2, (4, 8, 8, 8))).eval()
    volume = torch.rand((1, 1, 16, 24, 32), generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        plain, mirrored = network(volume), network(volume.flip(-1))
        turned = network(volume.flip(-2))
    torch.testing.assert_close(plain.masks, mirrored.masks.flip(-1))
    torch.testing.assert_close(plain.embedding, mirrored.embedding)
    assert not torch.allclose(plain.masks, turned.masks.flip(-2))
