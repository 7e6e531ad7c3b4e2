"""A SavedModel that TensorFlow wrote, read for real (needs TensorFlow and tf2onnx)."""

import importlib.util
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from make.written import a_written_card, written
from osler.analyse.card import read_card
from osler.analyse.graph import Graph
from osler.errors import NotReadable
from osler.evaluate.calibration import expit
from osler.learn.importing.building import import_model
from osler.learn.importing.checking import run
from osler.learn.importing.likeness import Kin

Floats = npt.NDArray[np.float32]
pytestmark = [
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("tensorflow", "tf2onnx")),
        reason="needs the extra 'savedmodel'",
    ),
    pytest.mark.filterwarnings("ignore"),
]


def a_saved_model(folder: Path, *, signed: bool = True) -> Floats:
    """Write a network of averaged places; return what it answers to the pictures of the test."""
    import tensorflow as tf

    rng = np.random.default_rng(3)
    kernel = tf.constant(rng.normal(size=(3, 3, 1, 6)).astype(np.float32))
    head = tf.constant(rng.normal(size=(6, 2)).astype(np.float32))

    class Network(tf.Module):  # type: ignore[misc]
        """One convolution, the mean over places, one layer."""

        @tf.function(input_signature=[tf.TensorSpec((None, 32, 32, 1), tf.float32)])  # type: ignore[untyped-decorator]
        def score(self, picture: object) -> dict[str, object]:
            """Return a probability of each output."""
            places = tf.nn.relu(tf.nn.conv2d(picture, kernel, 2, "SAME"))
            means = tf.reduce_mean(places, axis=[1, 2])
            return {"probability": tf.nn.sigmoid(tf.matmul(means, head))}

    network = Network()
    name = "serving_default" if signed else "other"
    tf.saved_model.save(network, str(folder), signatures={name: network.score})
    fed = pictures().transpose(0, 2, 3, 1) * 2.0 - 1.0
    return np.asarray(network.score(tf.constant(fed))["probability"])


def pictures() -> Floats:
    """Return five pictures, 0 to 1."""
    return np.random.default_rng(0).random((5, 1, 32, 32), dtype=np.float32)


def test_a_saved_model_answers_as_in_tensorflow(tmp_path: Path) -> None:
    """Hospitals' first networks were mostly TensorFlow's."""
    wanted = a_saved_model(tmp_path / "saved")
    content = written("a", "b", graph={"layout": "NHWC", "range": [-1.0, 1.0]})
    place = import_model(
        tmp_path / "saved",
        a_written_card(tmp_path, content),
        tmp_path / "models",
        anatomy=None,
        kin=Kin(),
    )
    answer = run(Graph((place / "model.onnx").read_bytes()), pictures())
    np.testing.assert_allclose(expit(answer["logits"]), wanted, atol=1e-5)
    assert read_card(place / "card.json").limits[0].startswith("Evidence")
    assert answer["evidence"].shape == (5, 2, 16, 16)


def test_a_saved_model_without_a_serving_signature_is_a_sentence(tmp_path: Path) -> None:
    """Without it nobody can know what goes in and what comes out."""
    a_saved_model(tmp_path / "saved", signed=False)
    with pytest.raises(NotReadable, match="saved"):
        import_model(
            tmp_path / "saved",
            a_written_card(tmp_path, written("a", "b", graph={"layout": "NHWC"})),
            tmp_path / "models",
            anatomy=None,
            kin=Kin(),
        )
