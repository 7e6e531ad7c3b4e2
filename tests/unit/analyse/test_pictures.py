"""Any picture is outlined, counted and measured by the package that it is made for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from make.package import (
    SIDE,
    a_bright_places_graph,
    a_card,
    a_counting_graph,
    a_package,
    a_picture,
    an_estimate,
    an_instance,
    an_output,
)
from osler.analyse.card import EvaluationCard, InputContract, StructureCard
from osler.analyse.package import Package, load_package
from osler.analyse.pictures import contours_of, judge_picture

LESION = StructureCard(name="lesion", display="Lesion", system="s", code="lesion")
CELL = StructureCard(name="cell", display="Cell", system="s", code="cell", threshold=0.4)
DUST = StructureCard(name="dust", display="Dust", system="s", code="dust")
CONTRACT = InputContract(
    subject="drawn picture",
    modalities=("US",),
    body_parts=(),
    views=(),
    size=SIDE,
    intensity="0 to 1",
    geometry="padded",
    min_pixels=16,
    fit="pad",
    scaling="range",
)


def a_package_of(
    models: Path, graph: bytes, *structures: StructureCard, **changes: object
) -> Package:
    """Return a package that outlines or counts."""
    card = a_card(
        "drawn",
        kind="any",
        outputs=(),
        structures=structures,
        **{"input": CONTRACT, "task": "picture", **changes},  # type: ignore[arg-type]
    )
    return load_package(a_package(models, card, graph=graph))


def a_lesion(*, rows: int = 100, columns: int = 200) -> np.ndarray:
    """Return a dark picture with a bright rectangle of 40 x 60 pixels."""
    grey = np.full((rows, columns), 20.0, dtype=np.float32)
    grey[30:70, 50:110] = 250.0
    return grey


def test_a_lesion_is_outlined_in_pixels_of_the_picture(tmp_path: Path) -> None:
    """The outline is drawn on the picture as it came, not on the network's square."""
    package = a_package_of(tmp_path, a_bright_places_graph(), LESION)
    judged = judge_picture(package, a_picture(a_lesion()), an_instance())
    (outline,) = judged.outlines
    assert (outline.structure, outline.count) == ("lesion", 1)
    points = np.array(outline.contours[0])
    assert points.min(axis=0) == pytest.approx((30, 50), abs=1.5)
    assert points.max(axis=0) == pytest.approx((70, 110), abs=1.5)


def test_an_area_is_in_square_millimetres_where_the_spacing_is_stated(tmp_path: Path) -> None:
    """2,400 pixels of 0.5 x 0.2 mm are 240 mm2."""
    package = a_package_of(tmp_path, a_bright_places_graph(), LESION)
    picture = replace(a_picture(a_lesion()), spacing_mm=(0.5, 0.2))
    (area,) = judge_picture(package, picture, an_instance()).measurements
    assert area.quantity.unit == "mm2"
    assert area.quantity.value == pytest.approx(240.0, rel=0.03)


def test_without_a_spacing_an_area_is_a_share_of_the_picture(tmp_path: Path) -> None:
    """Millimetres that nobody stated would be invented."""
    package = a_package_of(tmp_path, a_bright_places_graph(), LESION)
    (area,) = judge_picture(package, a_picture(a_lesion()), an_instance()).measurements
    assert area.quantity.unit == "%"
    assert area.quantity.value == pytest.approx(12.0, rel=0.03)
    assert "spacing is not stated" in area.comment


def test_an_error_that_was_not_measured_leaves_the_interval_open(tmp_path: Path) -> None:
    """A narrow interval that nobody measured reads as certainty."""
    package = a_package_of(tmp_path, a_bright_places_graph(), LESION)
    (area,) = judge_picture(package, a_picture(a_lesion()), an_instance()).measurements
    assert (area.low, area.high) == (0.0, float("inf"))
    assert area.source == "its error was not measured"


def test_the_cards_error_gives_the_interval(tmp_path: Path) -> None:
    """A tenth of the value is what 95 % of the test pictures erred by at most."""
    measured = EvaluationCard(
        name="test",
        dataset="drawn",
        split="test",
        labels="by hand",
        films=20,
        patients=20,
        refused=0,
        outputs={},
        figures={"area error p95, lesion": an_estimate(0.1)},
    )
    package = a_package_of(tmp_path, a_bright_places_graph(), LESION, evaluation=(measured,))
    (area,) = judge_picture(package, a_picture(a_lesion()), an_instance()).measurements
    assert area.low == pytest.approx(0.9 * area.quantity.value)
    assert area.high == pytest.approx(1.1 * area.quantity.value)


def test_grains_are_no_lesion(tmp_path: Path) -> None:
    """One bright pixel of noise is not outlined, and has no area."""
    package = a_package_of(tmp_path, a_bright_places_graph(), LESION)
    grey = np.full((1000, 1000), 20.0, dtype=np.float32)
    grey[500, 500] = 255.0
    judged = judge_picture(package, a_picture(grey), an_instance())
    assert judged.outlines == ()
    assert judged.measurements[0].quantity.value == 0.0


def test_things_are_counted_from_the_cut_off_of_their_kind(tmp_path: Path) -> None:
    """Two cells of three pass 0.4; dust, at 0.45, stays below its own 0.5."""
    boxes = [[10, 10, 30, 30], [50, 60, 80, 90], [100, 100, 110, 110], [5, 5, 9, 9]]
    graph = a_counting_graph(boxes, [0.9, 0.41, 0.39, 0.45], [0, 0, 0, 1])
    package = a_package_of(tmp_path, graph, CELL, DUST, task="detection")
    judged = judge_picture(package, a_picture(np.full((448, 448), 90.0)), an_instance())
    assert [(one.structure, one.count) for one in judged.outlines] == [("cell", 2)]
    assert [one.quantity.value for one in judged.measurements] == [2.0, 0.0]
    assert judged.measurements[0].quantity.unit == "{count}"
    # the picture is twice the network's square
    assert judged.outlines[0].contours[0][0] == (20.0, 20.0)
    assert judged.outlines[0].contours[1][2] == (160.0, 180.0)


def test_a_structure_that_is_outlined_too_badly_is_said_not_drawn(tmp_path: Path) -> None:
    """'Not assessed' with the reason, never an outline that the card does not stand for."""
    weak = LESION.model_copy(update={"shipped": False, "not_assessed_reason": "Dice 0.2"})
    package = a_package_of(tmp_path, a_bright_places_graph(), weak)
    judged = judge_picture(package, a_picture(a_lesion()), an_instance())
    assert (judged.outlines, judged.measurements) == ((), ())
    (left,) = judged.not_assessed
    assert (left.name, left.gate, left.reason) == ("lesion", "performance", "Dice 0.2")


def test_scores_carry_their_evidence_over_the_whole_picture(tmp_path: Path) -> None:
    """A padded picture's map has no black margins of its own."""
    card = a_card("drawn", kind="any", outputs=(an_output(),), input=CONTRACT, task="picture")
    package = load_package(a_package(tmp_path, card))
    grey = np.full((100, 200), 40.0, dtype=np.float32)
    grey[:, 150:] = 250.0
    (one,) = judge_picture(package, a_picture(grey), an_instance()).predictions
    assert one.evidence.shape == (64, 64)
    assert np.argmax(one.evidence.mean(axis=0)) > 50
    assert one.similar is not None


def test_only_the_longest_lines_are_drawn_and_all_places_are_counted() -> None:
    """A smear of a hundred specks is counted whole; its drawing stays readable."""
    mask = np.zeros((200, 200), dtype=np.float32)
    mask[::10, ::10] = 1.0
    contours, count = contours_of(mask, 0.5)
    assert count == 400
    assert len(contours) == 40
