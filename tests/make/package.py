"""Builders of tiny model packages on disk, and of the drawn films that they can judge.

The graphs are real ONNX, small enough to follow by hand. The anatomy outlines what is dark left
and right (lungs) and what is bright in the middle (heart). A judge's evidence is the mean
brightness of each 32 x 32 block times the weight of its output; its logit is the mean of that
evidence plus a bias.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, checker, helper, numpy_helper

from osler.analyse.card import (
    CalibrationCard,
    Card,
    ConformalCard,
    Estimate,
    GateCard,
    InputContract,
    IntendedUse,
    OperatingPointCard,
    OutputCard,
    Population,
    Terms,
    TrainingCard,
)
from osler.analyse.film import QUALITY
from osler.analyse.heads import Distance, LinearHead
from osler.analyse.package import HASHES, Package, load_package, sha256
from osler.analyse.study import Panel
from osler.clinical import Instance, InstanceUid, Picture, SeriesUid, StudyUid

SIDE = 224
CORNERS = 4
FEATURES = CORNERS + len(QUALITY)
ZONES = {"right": (slice(30, 190), slice(10, 100)), "left": (slice(30, 190), slice(124, 214))}
HEART = (slice(110, 190), slice(84, 150))
Arrays = dict[str, npt.NDArray[Any]]
Grey = npt.NDArray[np.float32]


def a_film(*, rows: int = SIDE, columns: int = SIDE, narrow: bool = False) -> Grey:
    """Return a drawn frontal film, 0 to 255: a grey body, two dark lungs, a bright heart.

    The patient's right lung is on the left of the picture. ``narrow`` moves the lungs together,
    which the tiny package takes for a child.
    """
    square = np.full((SIDE, SIDE), 150.0, dtype=np.float32)
    right, left = ((50, 96), (128, 174)) if narrow else ((20, 90), (134, 204))
    for first, last in (right, left):
        square[40:180, first:last] = 30.0
    square[120:180, 96:140] = 240.0
    square[:4] = 0.0
    r = (np.arange(rows) * SIDE) // rows
    c = (np.arange(columns) * SIDE) // columns
    return square[r][:, c]


def a_picture(grey: Grey, *, uid: str = "2.25.1") -> Picture:
    """Return a grey array as a picture whose window is 0 to 255."""
    return Picture(InstanceUid(uid), 0, grey.astype(np.float32), (0.0, 255.0))


def an_instance(uid: str = "2.25.1", **changes: object) -> Instance:
    """Return a chest film's header; keywords change what it states."""
    stated: dict[str, Any] = {
        "uid": InstanceUid(uid),
        "series_uid": SeriesUid("2.25.2"),
        "study_uid": StudyUid("2.25.3"),
        "origin": f"{uid}.dcm",
        "media_type": "application/dicom",
        "content": b"",
        "has_pixels": True,
        "modality": "CR",
        "body_part": "CHEST",
        "view_position": "PA",
    }
    return Instance(**{**stated, **changes})


def a_judging_graph(*, weights: Sequence[float] = (4.0,), bias: float = 0.0) -> bytes:
    """Return a graph whose logit is weight x mean brightness + bias, one output a weight."""
    kernel = np.ones((len(weights), 1, 32, 32), dtype=np.float32) / 32**2
    kernel *= np.asarray(weights, dtype=np.float32)[:, None, None, None]
    constants: Arrays = {
        "kernel": kernel,
        "bias": np.full((1, len(weights)), bias, dtype=np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["evidence"], strides=[32, 32]),
        helper.make_node("GlobalAveragePool", ["evidence"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Add", ["flat", "bias"], ["logits"]),
        *_corner_means(),
    ]
    grid = SIDE // 32
    shapes = {
        "logits": ["N", len(weights)],
        "evidence": ["N", len(weights), grid, grid],
        "embedding": ["N", CORNERS],
    }
    return _graph(nodes, constants, shapes)


def an_outlining_graph() -> bytes:
    """Return a graph that outlines dark lungs left and right and a bright heart between them."""
    zone = np.zeros((1, 3, SIDE, SIDE), dtype=np.float32)
    sign = np.array([-40.0, -40.0, 40.0], dtype=np.float32)[None, :, None, None]
    edge = np.array([0.35, 0.35, 0.8], dtype=np.float32)[None, :, None, None]
    for part, place in enumerate((ZONES["right"], ZONES["left"], HEART)):
        zone[(0, part, *place)] = 1.0
    constants = {"zone": sign * zone, "edge": edge, "outside": -10.0 * (1.0 - zone)}
    nodes = [
        helper.make_node("Sub", ["image", "edge"], ["above"]),
        helper.make_node("Mul", ["above", "zone"], ["signed"]),
        helper.make_node("Add", ["signed", "outside"], ["logits"]),
        *_corner_means(),
    ]
    return _graph(nodes, constants, {"logits": ["N", 3, SIDE, SIDE], "embedding": ["N", CORNERS]})


def a_bright_places_graph() -> bytes:
    """Return a graph that outlines what is brighter than one half, and scores nothing."""
    constants = {"edge": np.array(0.5), "steep": np.array(60.0)}
    nodes = [
        helper.make_node("Sub", ["image", "edge"], ["above"]),
        helper.make_node("Mul", ["above", "steep"], ["masks"]),
        *_corner_means(),
    ]
    return _graph(nodes, constants, {"masks": ["N", 1, SIDE, SIDE], "embedding": ["N", CORNERS]})


def a_counting_graph(
    boxes: Sequence[Sequence[float]], scores: Sequence[float], labels: Sequence[int]
) -> bytes:
    """Return a graph that gives the same boxes (row0, column0, row1, column1) for any picture."""
    given = {
        "fixed boxes": np.asarray([boxes], dtype=np.float32),
        "fixed scores": np.asarray([scores], dtype=np.float32),
        "fixed labels": np.asarray([labels], dtype=np.float32),
    }
    nodes = [
        helper.make_node("Identity", ["fixed boxes"], ["boxes"]),
        helper.make_node("Identity", ["fixed scores"], ["scores"]),
        helper.make_node("Identity", ["fixed labels"], ["labels"]),
        *_corner_means(),
    ]
    shapes: dict[str, list[Any]] = {
        "boxes": [1, len(boxes), 4],
        "scores": [1, len(boxes)],
        "labels": [1, len(boxes)],
        "embedding": ["N", CORNERS],
    }
    return _graph(nodes, given, shapes)


def _corner_means() -> list[Any]:
    """Return the nodes of the embedding: the mean brightness of each quarter."""
    half = SIDE // 2
    pooled = helper.make_node(
        "AveragePool", ["image"], ["quarters"], kernel_shape=[half, half], strides=[half, half]
    )
    return [pooled, helper.make_node("Flatten", ["quarters"], ["embedding"])]


def _graph(
    nodes: list[Any],
    constants: Mapping[str, npt.NDArray[np.float32]],
    shapes: Mapping[str, list[Any]],
) -> bytes:
    """Put nodes together and check them."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, SIDE, SIDE])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    ]
    initial = [
        numpy_helper.from_array(np.asarray(value, dtype=np.float32), name)
        for name, value in constants.items()
    ]
    graph = helper.make_graph(nodes, "tiny", [image], outputs, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def an_estimate(value: float = 0.9, *, reach: float = 0.05) -> Estimate:
    """Return an estimate with a symmetric interval."""
    return Estimate(value=value, low=value - reach, high=value + reach)


def an_output(name: str = "shadow", **changes: object) -> OutputCard:
    """Return an output whose calibration changes nothing; keywords change its parts.

    Cut-offs: sensitive 0.2, balanced 0.5, specific 0.8. A fifth of its calibration set of 200
    films is positive; ratios from 0.1 to 10 are supported.
    """
    stated: dict[str, Any] = {
        "name": name,
        "display": name.capitalize(),
        "system": "https://osler.example/codes",
        "code": name,
        "positive_labels": (),
        "shipped": True,
        "calibration": a_calibration(),
        "conformal": ConformalCard(coverage=0.9, present_from=0.3, absent_up_to=0.6),
        "operating_points": tuple(
            OperatingPointCard(
                name=point,
                chosen_for="a test",
                threshold=threshold,
                sensitivity=an_estimate(0.9),
                specificity=an_estimate(0.9),
            )
            for point, threshold in (("balanced", 0.5), ("sensitive", 0.2), ("specific", 0.8))
        ),
    }
    return OutputCard(**{**stated, **changes})


def a_calibration(**changes: float) -> CalibrationCard:
    """Return a calibration that leaves logits as they are."""
    stated: dict[str, Any] = {
        "slope": 1.0,
        "intercept": 0.0,
        "films": 200,
        "positives": 40,
        "prevalence": 0.2,
        "likelihood_ratio_low": 0.1,
        "likelihood_ratio_high": 10.0,
        "interval_coverage": 0.95,
        "interval_method": "made for a test",
    }
    return CalibrationCard(**{**stated, **changes})


def a_card(
    name: str = "tiny",
    *,
    version: str = "1.0.0",
    kind: Literal["adult", "child", "any"] = "adult",
    outputs: tuple[OutputCard, ...] | None = None,
    **changes: object,
) -> Card:
    """Return a valid card of a judge of adults' films; keywords change top-level keys."""
    ages = {"adult": (16.0, 110.0), "child": (1.0, 5.0), "any": (0.0, 120.0)}[kind]
    stated: dict[str, Any] = {
        "name": name,
        "version": version,
        "title": "A tiny package",
        "task": "classification",
        "intended_use": IntendedUse(
            statement="Tests.",
            population=Population(
                description="drawn films", min_age_years=ages[0], max_age_years=ages[1], kind=kind
            ),
            setting="a test run",
            user="an engineer",
            not_for=("patients",),
        ),
        "input": InputContract(
            modalities=("CR", "DX"),
            body_parts=("CHEST", "THORAX"),
            views=("PA", "AP"),
            size=SIDE,
            intensity="0 to 1",
            geometry="one square",
            min_pixels=112,
        ),
        "outputs": (an_output(),) if outputs is None else outputs,
        "floor_auroc": 0.7,
        "training": TrainingCard(
            recipe="none",
            recipe_sha256="0" * 64,
            seed=0,
            start="nothing",
            machine="none",
            trained_on="none",
            datasets=(),
            method="written by hand",
        ),
        "evaluation": (),
        "gates": GateCard(tuned_with=(), refused={}, note="written by hand"),
        "evidence": {},
        "limits": ("a toy",),
        "change_plan": "none",
        "terms": Terms(weights="MIT", data="drawn", research_only=False, attribution=()),
        "weights_format": "float32",
        "parity": 0.0,
        "runtime": {},
        "files": {},
    }
    return Card(**{**stated, **changes})


def a_head(classes: tuple[str, str], *, feature: str, at: float, sure: float = 60.0) -> LinearHead:
    """Return a head that gives the first class half at ``at`` of one quality measure, rising."""
    weights = np.zeros((2, FEATURES), dtype=np.float32)
    weights[0, CORNERS + QUALITY.index(feature)] = sure
    bias = np.array([-sure * at, 0.0], dtype=np.float32)
    zeros, ones = np.zeros(FEATURES, dtype=np.float32), np.ones(FEATURES, dtype=np.float32)
    return LinearHead(classes, weights, bias, zeros, ones)


def a_fingerprint(*, outputs: int = 1, **changes: npt.ArrayLike) -> Arrays:
    """Return gates that pass the drawn film, 200 equal Platt maps and eight similar cases."""
    population = a_head(("adult", "child"), feature="lungs apart", at=0.43)
    everything = Distance(
        mean=np.zeros(FEATURES, dtype=np.float32),
        axes=np.eye(FEATURES, dtype=np.float32),
        scale=np.ones(FEATURES, dtype=np.float32),
        limit=5.0,
    )
    arrays: Arrays = {
        **a_head(("film", "other"), feature="right lung area", at=0.05, sure=200.0).arrays("frame"),
        "frame_threshold": np.asarray(0.8, dtype=np.float32),
        **population.arrays("population"),
        **a_head(("PA", "AP"), feature="lungs apart", at=0.3).arrays("view"),
        "quality_low": np.full(len(QUALITY), -1.0, dtype=np.float32),
        "quality_high": np.full(len(QUALITY), 2.0, dtype=np.float32),
        **everything.arrays("distance"),
        "platt_slopes": np.ones((200, outputs), dtype=np.float32),
        "platt_intercepts": np.tile(
            np.linspace(-1.0, 1.0, 200, dtype=np.float32)[:, None], (1, outputs)
        ),
        "platt_prevalences": np.full((200, outputs), 0.2, dtype=np.float32),
        "cases_mean": np.zeros(CORNERS, dtype=np.float32),
        "cases_axes": np.eye(CORNERS, dtype=np.float16),
        "cases": np.tile(np.eye(CORNERS, dtype=np.int8) * 127, (2, 1)),
        "cases_labels": np.tile(
            np.array([1, 1, 1, 0, 0, 0, 255, 0], dtype=np.uint8)[:, None], (1, outputs)
        ),
    }
    return {**arrays, **{name: np.asarray(value) for name, value in changes.items()}}


def a_package(
    models: Path,
    card: Card,
    *,
    graph: bytes | None = None,
    fingerprint: Arrays | None = None,
    listed: bool = True,
) -> Path:
    """Write models/<name>/<version> with the right hashes, and list it as shipped."""
    folder = models / card.name / card.version
    folder.mkdir(parents=True)
    outputs = max(len(card.outputs), 1)
    weights = tuple(4.0 + number for number in range(outputs))
    (folder / "model.onnx").write_bytes(graph or a_judging_graph(weights=weights))
    np.savez(
        folder / "fingerprint.npz",
        allow_pickle=False,
        **(fingerprint or a_fingerprint(outputs=outputs)),
    )
    files = {name: sha256(folder / name) for name in ("model.onnx", "fingerprint.npz")}
    whole = card.model_copy(update={"files": files})
    (folder / "card.json").write_text(whole.model_dump_json(indent=1), encoding="utf-8")
    if listed:
        listing = models / HASHES
        entries = json.loads(listing.read_text("utf-8")) if listing.is_file() else {}
        entries[f"{card.name}/{card.version}"] = sha256(folder / "card.json")
        listing.write_text(json.dumps(entries), encoding="utf-8")
    return folder


def an_anatomy(models: Path) -> Path:
    """Write the tiny chest-anatomy package."""
    card = a_card("chest-anatomy", outputs=(), task="anatomy")
    return a_package(models, card, graph=an_outlining_graph())


def a_panel(models: Path, *cards: Card) -> Panel:
    """Write packages of some cards (default one), and the tiny anatomy; return them loaded."""
    anatomy: Package = load_package(an_anatomy(models))
    judges = [load_package(a_package(models, card)) for card in (cards or (a_card(),))]
    return Panel(anatomy, tuple(judges))
