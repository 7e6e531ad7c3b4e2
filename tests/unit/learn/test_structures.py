"""Outlines and counts of a package against what was drawn, by hand, on drawn pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, checker, helper, numpy_helper
from PIL import Image

from make.dataset import a_dataset, a_table
from make.package import a_card, a_fingerprint, a_package, an_anatomy
from osler.analyse.card import InputContract, StructureCard
from osler.analyse.package import Package, load_package
from osler.errors import InputRefused
from osler.learn.foreign import Asked, evaluate_package

SIDE = 64


def a_contract() -> InputContract:
    """Return a contract that takes a square of 64 pixels as it is."""
    return InputContract(
        subject="drawn square",
        modalities=(),
        body_parts=(),
        views=(),
        size=SIDE,
        intensity="0 to 1",
        geometry="a square",
        min_pixels=8,
        scaling="range",
    )


def a_structure(name: str) -> StructureCard:
    """Return something that is outlined or counted."""
    return StructureCard(name=name, display=name, system="https://osler.example/codes", code=name)


def model_of(
    nodes: list[Any], constants: Mapping[str, Any], outputs: Mapping[str, tuple[int, int]]
) -> bytes:
    """Put a graph together that reads one picture."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, SIDE, SIDE])
    values = [
        helper.make_tensor_value_info(name, kind, ["N"] * axes)
        for name, (kind, axes) in outputs.items()
    ]
    initial = [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]
    graph = helper.make_graph(nodes, "tiny", [image], values, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def an_outliner(models: Path) -> Package:
    """Return a package that outlines what is brighter than half."""
    nodes = [
        helper.make_node("Sub", ["image", "half"], ["above"]),
        helper.make_node("Mul", ["above", "steep"], ["masks"]),
        helper.make_node("Flatten", ["image"], ["embedding"]),
    ]
    constants = {"half": np.float32(0.5), "steep": np.float32(40.0)}
    content = model_of(
        nodes, constants, {"masks": (TensorProto.FLOAT, 4), "embedding": (TensorProto.FLOAT, 2)}
    )
    card = a_card(
        "outliner",
        task="picture",
        outputs=(),
        structures=(a_structure("spot"),),
        input=a_contract(),
    )
    return load_package(a_package(models, card, graph=content, fingerprint=a_fingerprint()))


def a_counter(models: Path) -> Package:
    """Return a package that always finds the same three things, of two kinds."""
    boxes = np.array([[[10, 10, 20, 20], [40, 40, 50, 50], [0, 0, 5, 5]]], dtype=np.float32)
    constants = {
        "kept": boxes,
        "sure": np.array([[0.9, 0.8, 0.7]], dtype=np.float32),
        "kind": np.array([[0, 0, 1]], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Identity", ["kept"], ["boxes"]),
        helper.make_node("Identity", ["sure"], ["scores"]),
        helper.make_node("Identity", ["kind"], ["labels"]),
        helper.make_node("Flatten", ["image"], ["embedding"]),
    ]
    kinds = {"boxes": (TensorProto.FLOAT, 3), "scores": (TensorProto.FLOAT, 2)}
    content = model_of(
        nodes,
        constants,
        {**kinds, "labels": (TensorProto.INT64, 2), "embedding": (TensorProto.FLOAT, 2)},
    )
    card = a_card(
        "counter",
        task="detection",
        outputs=(),
        structures=(a_structure("red"), a_structure("white")),
        input=a_contract(),
    )
    return load_package(a_package(models, card, graph=content, fingerprint=a_fingerprint()))


def squares(folder: Path, *, moved: int, column: str = "mask_spot") -> Path:
    """Write six pictures of a bright square, and masks of it that are moved to the right."""
    bright = np.zeros((SIDE, SIDE), dtype=np.float32)
    bright[20:40, 20:40] = 255.0
    lines = [{"file": f"{n}.png", "patient_id": f"p{n}", column: f"m{n}.png"} for n in range(6)]
    a_dataset(folder, lines, films={f"{n}.png": bright for n in range(6)})
    for n in range(6):
        Image.fromarray(np.roll(bright, moved, axis=1).astype(np.uint8)).save(folder / f"m{n}.png")
    return folder


def test_outlines_are_compared_on_the_pixels_of_the_picture(tmp_path: Path) -> None:
    """Moved by 5 of 20 columns: Dice 2 x 300 / 800, IoU 300 / 500, at most 5 pixels apart."""
    package = an_outliner(tmp_path / "models")
    anatomy = load_package(an_anatomy(tmp_path / "models"))
    found = evaluate_package(package, anatomy, squares(tmp_path / "drawn", moved=5))
    figures = {name: one["value"] for name, one in found["figures"].items()}
    assert figures["Dice, spot (mean of 6)"] == pytest.approx(0.75)
    assert figures["IoU, spot (mean of 6)"] == pytest.approx(0.6)
    assert figures["Hausdorff distance, 95 %, spot, pixels (mean of 6)"] == pytest.approx(5.0)
    assert (found["n"], found["outputs"]) == (6, {})


def test_a_map_says_which_column_holds_the_masks(tmp_path: Path) -> None:
    """Another hospital's column has another name."""
    package = an_outliner(tmp_path / "models")
    anatomy = load_package(an_anatomy(tmp_path / "models"))
    folder = squares(tmp_path / "drawn", moved=0, column="outline")
    with pytest.raises(InputRefused, match="draws none of"):
        evaluate_package(package, anatomy, folder)
    (folder / "map.toml").write_text('[structures]\nspot = "outline"\n', encoding="utf-8")
    found = evaluate_package(package, anatomy, folder, asked=Asked(mapping=folder / "map.toml"))
    assert found["figures"]["Dice, spot (mean of 6)"]["value"] == 1.0


def boxes(folder: Path) -> Path:
    """Write four pictures; each holds one red thing that is found and one that is not."""
    lines = [{"file": f"{n}.png", "patient_id": f"p{n}"} for n in range(4)]
    blank = np.zeros((SIDE, SIDE), dtype=np.float32)
    a_dataset(folder, lines, films={f"{n}.png": blank for n in range(4)})
    drawn = [
        {"file": f"{n}.png", "label": "RBC", "xmin": x, "ymin": x, "xmax": x + 10, "ymax": x + 10}
        for n in range(4)
        for x in (10, 25)
    ]
    a_table(folder, drawn, "boxes.csv")
    (folder / "map.toml").write_text('[structures]\nred = "RBC"\n', encoding="utf-8")
    return folder


def test_things_that_are_counted_are_matched_with_drawn_boxes(tmp_path: Path) -> None:
    """Half is found at precision 1, then as many false: AP 1/2; counts are right by chance."""
    package = a_counter(tmp_path / "models")
    anatomy = load_package(an_anatomy(tmp_path / "models"))
    folder = boxes(tmp_path / "drawn")
    found = evaluate_package(package, anatomy, folder, asked=Asked(mapping=folder / "map.toml"))
    figures = {name: one["value"] for name, one in found["figures"].items()}
    assert figures["AP50, red"] == pytest.approx(0.5)
    assert figures["count error, mean absolute, red"] == 0.0
    assert figures["FROC score, 1/8 to 8 false marks a picture, red"] == pytest.approx(0.5)
    assert figures["mAP50, mean of 1 kinds"] == pytest.approx(0.5)
    assert figures["count error, mean absolute, white"] == 1.0


def test_boxes_under_other_labels_are_a_sentence(tmp_path: Path) -> None:
    """Nothing matched because of a name must not read as nothing found."""
    package = a_counter(tmp_path / "models")
    anatomy = load_package(an_anatomy(tmp_path / "models"))
    with pytest.raises(InputRefused, match=r"draws \['RBC'\], expected some of \['red', 'white'\]"):
        evaluate_package(package, anatomy, boxes(tmp_path / "drawn"))
