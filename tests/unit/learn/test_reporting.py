"""Where the evidence lay on test films, counted by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from make.package import a_card, an_output
from osler.learn.datasets.table import Row
from osler.learn.evaluation import Judged
from osler.learn.reporting import evidence_figures
from osler.learn.scoring import Scores

OUTPUTS = (an_output("Mass"), an_output("Nodule"))
Boxes = list[list[str | int]]
NO_BOX: Boxes = []


def judged(boxes: list[Boxes], *, lungs: float = 1.0) -> Judged:
    """Return films whose maps peak in cell (5, 1) for Mass and (0, 6) for Nodule, of 7 x 7."""
    evidence = np.full((len(boxes), 2, 7, 7), -1.0, dtype=np.float16)
    evidence[:, 0, 5, 1], evidence[:, 0, 2, 2] = 3.0, 1.0
    evidence[:, 1, 0, 6] = 2.0
    inside = np.zeros((len(boxes), 7, 7), dtype=np.float16)
    inside[:, 5, 1] = lungs
    scores = Scores(
        np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (len(boxes), 1)),
        evidence,
        (None,) * len(boxes),
        inside,
    )
    rows = tuple(
        Row(Path(f"{i}.png"), f"p{i}", "test", {"boxes": json.dumps(one)})
        for i, one in enumerate(boxes)
    )
    labels = np.zeros((len(boxes), 2), dtype=np.float32)
    return Judged(rows, scores, labels, a_card(outputs=OUTPUTS).outputs, (0, 1))


def test_the_share_inside_the_lungs_is_that_of_the_top_output() -> None:
    """3 of 4 parts of the evidence lie in a cell that is half lung: 0.375."""
    found = evidence_figures(judged([NO_BOX] * 6, lungs=0.5), seed=0)
    (title,) = found
    assert title == "share of the top finding's evidence inside the lungs (n=6)"
    assert found[title].value == pytest.approx(0.375)


def test_the_peak_falls_into_a_box_or_beside_it() -> None:
    """Cell (5, 1) is centred at row 176, column 48 of 224: four of six boxes hold that point."""
    hit: Boxes = [["Mass", 40, 170, 20, 20]]
    miss: Boxes = [["Mass", 100, 100, 20, 20]]
    found = evidence_figures(judged([hit] * 4 + [miss] * 2), seed=0)
    assert found["peak of the map inside a box, Mass (n=6)"].value == pytest.approx(4 / 6)
    assert found["peak of the map inside a box, all findings (n=6)"].value == pytest.approx(4 / 6)
    assert not any("Nodule" in title for title in found)


def test_one_box_of_several_is_enough() -> None:
    """A film with two masses has two right places."""
    both: Boxes = [["Mass", 100, 100, 20, 20], ["Mass", 40, 170, 20, 20]]
    found = evidence_figures(judged([both] * 5), seed=0)
    assert found["peak of the map inside a box, Mass (n=5)"].value == 1.0


def test_a_handful_of_boxes_gives_no_figure() -> None:
    """Four boxes prove nothing about where a network looks."""
    hit: Boxes = [["Mass", 40, 170, 20, 20]]
    found = evidence_figures(judged([hit] * 4 + [NO_BOX] * 6), seed=0)
    assert not any("box" in title for title in found)
