"""Graphs that Keras exported, as graphs of packages. No torch here."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from make.package import a_judging_graph
from make.written import FILES, written
from osler.analyse.graph import Graph
from osler.errors import InputRefused, NotReadable, NotSupported
from osler.evaluate.calibration import expit
from osler.learn.importing.checking import occlusion, run
from osler.learn.importing.surgery import adopt, read_graph
from osler.learn.importing.written import WrittenCard

KERAS: dict[str, Any] = {"layout": "NHWC", "range": [-1.0, 1.0]}


def a_card(*names: str, **changes: Any) -> WrittenCard:  # noqa: ANN401 - any key of a card
    """Return a card of a Keras model."""
    return WrittenCard.model_validate(written(*names, graph=KERAS, **changes))


def answers(name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return pictures, 0 to 1, and what Keras itself answered to them."""
    with np.load(FILES / "keras-answers.npz") as kept:
        return kept["pictures"], kept[name]


def test_a_keras_softmax_answers_as_in_keras_and_gets_maps() -> None:
    """Whoever compares the report with the old system must find the same numbers."""
    content = (FILES / "keras-averaged.onnx").read_bytes()
    found = adopt(read_graph(content, name="theirs"), a_card("a", "b", "c"))
    pictures, wanted = answers("averaged")
    answer = run(Graph(found.content), pictures)
    np.testing.assert_allclose(expit(answer["logits"]), wanted, atol=1e-5)
    assert found.evidence == "class map"
    assert answer["evidence"].shape == (5, 3, 15, 15)
    assert answer["embedding"].shape == (5, 8)


def test_of_two_classes_the_map_adds_up_to_the_logit() -> None:
    """The difference of two classes' maps is the answer cut up by place."""
    content = (FILES / "keras-averaged.onnx").read_bytes()
    model = read_graph(content, name="theirs")
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.shape in ((8, 3), (3,)):
            kept = np.ascontiguousarray(values[..., :2])
            tensor.CopyFrom(onnx.numpy_helper.from_array(kept, tensor.name))
    for one in model.graph.output:
        one.type.tensor_type.shape.dim[1].dim_value = 2
    found = adopt(model, a_card("a", "b"))
    answer = run(Graph(found.content), answers("averaged")[0])
    rest = answer["logits"] - answer["evidence"].mean(axis=(2, 3))
    assert found.evidence == "map"
    np.testing.assert_allclose(rest - rest[:1], 0.0, atol=1e-4)


def test_a_keras_model_without_averaged_places_answers_and_has_no_map() -> None:
    """A map that does not follow from the answer would point at the wrong place."""
    content = (FILES / "keras-flattened.onnx").read_bytes()
    found = adopt(read_graph(content, name="theirs"), a_card("a", "b"))
    pictures, wanted = answers("flattened")
    answer = run(Graph(found.content), pictures)
    np.testing.assert_allclose(expit(answer["logits"]), wanted, atol=1e-5)
    assert found.evidence == "none"
    assert not answer["evidence"].any()


def test_outputs_are_picked_by_their_place() -> None:
    """A card that names the third output must not show the first."""
    content = (FILES / "keras-averaged.onnx").read_bytes()
    card = a_card("c", "a")
    outputs = [
        one.model_copy(update={"column": place})
        for one, place in zip(card.outputs, (2, 0), strict=True)
    ]
    found = adopt(
        read_graph(content, name="theirs"), card.model_copy(update={"outputs": tuple(outputs)})
    )
    pictures, wanted = answers("averaged")
    answer = run(Graph(found.content), pictures)
    np.testing.assert_allclose(expit(answer["logits"]), wanted[:, [2, 0]], atol=1e-5)


def test_a_mean_of_a_map_and_a_bias_is_its_own_evidence() -> None:
    """A network of our own kind keeps the map that it had."""
    model = read_graph(a_judging_graph(weights=(4.0, -2.0), bias=0.5), name="ours")
    card = WrittenCard.model_validate(written("a", "b", size=224, graph={"output": "logits"}))
    found = adopt(model, card)
    picture = np.zeros((1, 1, 224, 224), dtype=np.float32)
    picture[..., :32, :32] = 1.0
    answer = run(Graph(found.content), picture)
    assert found.evidence == "map"
    np.testing.assert_allclose(answer["evidence"][0, :, 0, 0], [4.0, -2.0], atol=1e-5)
    np.testing.assert_allclose(answer["logits"][0], [4 / 49 + 0.5, -2 / 49 + 0.5], atol=1e-5)


def test_a_place_that_is_hidden_takes_its_share_of_the_logit() -> None:
    """By hand: one bright cell of 49 adds 4/49; painted with the mean 1/49 it adds 4/49²."""
    model = read_graph(a_judging_graph(weights=(4.0,)), name="ours")
    card = WrittenCard.model_validate(written("a", size=224, graph={"output": "logits"}))
    picture = np.zeros((1, 224, 224), dtype=np.float32)
    picture[:, 64:96, 32:64] = 1.0
    found = occlusion(Graph(adopt(model, card).content), picture)
    assert found.shape == (1, 7, 7)
    assert found[0, 2, 1] == pytest.approx(4 / 49 - 4 / 49**2, abs=1e-5)
    assert int(found[0].argmax()) == 2 * 7 + 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 64}, r"the model reads \['any', 32, 32, 1\]"),
        ({"graph": {"layout": "NCHW"}}, "mend"),
        ({"graph": {**KERAS, "input": "film"}}, "expected one image"),
        ({"graph": {**KERAS, "output": "film"}}, "name one of them"),
    ],
)
def test_a_card_that_does_not_fit_the_graph_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    """A picture fed in the wrong shape or scale gives numbers that look like answers."""
    model = read_graph((FILES / "keras-averaged.onnx").read_bytes(), name="theirs")
    card = WrittenCard.model_validate(written("a", "b", "c", **{"graph": KERAS, **changes}))
    with pytest.raises(InputRefused, match=message):
        adopt(model, card)


def test_more_outputs_than_the_model_has_are_refused() -> None:
    """The fourth name would belong to nothing."""
    model = read_graph((FILES / "keras-averaged.onnx").read_bytes(), name="theirs")
    with pytest.raises(InputRefused, match="the model has 3"):
        adopt(model, a_card("a", "b", "c", "d"))


def test_what_is_no_graph_is_a_sentence() -> None:
    """A text file renamed to .onnx is told apart from a model."""
    with pytest.raises(NotReadable, match="is no ONNX graph"):
        read_graph(b"hello, I am no graph", name="theirs.onnx")


def test_weights_in_other_files_are_refused() -> None:
    """A graph that names files would read them from wherever the importer stands."""
    model = onnx.load_from_string(a_judging_graph())
    tensor = model.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="secrets.bin")
    tensor.ClearField("raw_data")
    with pytest.raises((NotSupported, NotReadable), match=r"other files|no ONNX graph"):
        read_graph(model.SerializeToString(), name="theirs.onnx")


def test_operators_of_nobody_knows_whom_are_refused() -> None:
    """A custom operator is a program in a library."""
    model = onnx.load_from_string(a_judging_graph())
    model.opset_import.append(onnx.helper.make_opsetid("their.ops", 1))
    with pytest.raises(NotSupported, match=r"needs operators of their\.ops"):
        read_graph(model.SerializeToString(), name="theirs.onnx")


def a_model_with_a_hidden_layer(rng: np.random.Generator) -> bytes:
    """Return a graph: three maps of the picture, their means, four ReLUs, two outputs."""
    constants = {
        "kernel": rng.normal(size=(3, 1, 4, 4)),
        "first": rng.normal(size=(3, 4)),
        "shift": rng.normal(size=4),
        "second": rng.normal(size=(4, 2)),
        "bias": rng.normal(size=2),
    }
    make = onnx.helper.make_node
    nodes = [
        make("Conv", ["film", "kernel"], ["maps"], strides=[4, 4]),
        make("GlobalAveragePool", ["maps"], ["means"]),
        make("Flatten", ["means"], ["flat"]),
        make("Gemm", ["flat", "first", "shift"], ["before"]),
        make("Relu", ["before"], ["after"]),
        make("Gemm", ["after", "second", "bias"], ["answer"]),
    ]
    kind = onnx.TensorProto.FLOAT
    film = onnx.helper.make_tensor_value_info("film", kind, ["N", 1, 16, 16])
    answer = onnx.helper.make_tensor_value_info("answer", kind, ["N", 2])
    initial = [
        onnx.numpy_helper.from_array(np.asarray(value, dtype=np.float32), name)
        for name, value in constants.items()
    ]
    graph = onnx.helper.make_graph(nodes, "hidden", [film], [answer], initial)
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=9)
    return bytes(model.SerializeToString())


def test_through_a_hidden_layer_the_map_is_that_of_the_gradient() -> None:
    """Brighten one cell by a thousandth: the logit moves by its map's cell over 16 thousand."""
    rng = np.random.default_rng(8)
    card = WrittenCard.model_validate(written("a", "b", size=16))
    found = adopt(read_graph(a_model_with_a_hidden_layer(rng), name="theirs"), card)
    graph = Graph(found.content)
    picture = rng.random((1, 1, 16, 16)).astype(np.float32)
    answer = graph.run(picture)
    assert found.evidence == "gradient map"
    assert answer["evidence"].shape == (1, 2, 4, 4)
    brighter = picture.copy()
    brighter[..., 4:8, 8:12] *= 1.001
    moved = (graph.run(brighter)["logits"] - answer["logits"])[0] * 16 * 1000
    np.testing.assert_allclose(moved, answer["evidence"][0, :, 1, 2], rtol=0.05, atol=0.02)
