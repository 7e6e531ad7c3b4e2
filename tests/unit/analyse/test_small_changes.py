"""How far an answer holds when the picture is turned, shifted, scaled and lit a little."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from make.package import SIDE, a_card, a_film, a_judging_graph, a_package, an_output
from osler.analyse.package import Package, load_package
from osler.analyse.scoring import predictions
from osler.analyse.small_changes import CHANGES, changed, under_changes
from osler.clinical import InstanceUid

UID = InstanceUid("1.2.3")


def a_loaded(models: Path, graph: bytes | None = None) -> Package:
    """Return a package whose first logit is four times the mean brightness."""
    card = a_card(outputs=(an_output("shadow"),))
    return load_package(a_package(models, card, graph=graph))


def test_each_change_moves_a_bright_place_where_it_says() -> None:
    """A place of one pixel is found again where the arithmetic of the change puts it."""
    image = np.zeros((1, 101, 101), dtype=np.float32)
    image[0, 60, 50] = 1.0
    for one, seen in zip(CHANGES, changed(image), strict=True):
        row, column = np.argwhere(seen[0] == seen[0].max()).mean(axis=0)
        angle = np.deg2rad(one.degrees)
        away = 10.0 - 101 * one.rows
        across = -101 * one.columns
        wanted_row = 50 + one.zoom * (np.cos(angle) * away + np.sin(angle) * across)
        wanted_column = 50 + one.zoom * (-np.sin(angle) * away + np.cos(angle) * across)
        assert row == pytest.approx(wanted_row, abs=1.0), one
        assert column == pytest.approx(wanted_column, abs=1.0), one


def test_greys_are_changed_and_stay_between_black_and_white() -> None:
    """Brighter and darker, never beyond what the network was taught to read."""
    seen = changed(np.full((1, 32, 32), 0.5, dtype=np.float32))
    means = [float(one[0, 8:24, 8:24].mean()) for one in seen]
    assert means[-2] == pytest.approx(0.5**1.12, abs=1e-6)
    assert means[-1] == pytest.approx(0.5**0.89, abs=1e-6)
    assert seen.min() >= 0.0
    assert seen.max() <= 1.0


def test_an_answer_that_hangs_on_brightness_has_a_range(tmp_path: Path) -> None:
    """By hand: the graph says four times the mean, so a darker film says less."""
    package = a_loaded(tmp_path)
    square = (a_film() / 255.0).astype(np.float32)
    made, _ = predictions(package, square, UID)
    (one,) = under_changes(package, made, square[None])
    assert one.under_changes is not None
    assert one.probability == made[0].probability
    plan = package.card.outputs[0].calibration
    means = np.array([seen.mean() for seen in changed(square[None])])
    wanted = 1.0 / (1.0 + np.exp(-(plan.slope * 4.0 * means + plan.intercept)))
    assert one.under_changes.low == pytest.approx(float(wanted.min()), abs=1e-4)
    assert one.under_changes.high == pytest.approx(float(wanted.max()), abs=1e-4)
    assert one.under_changes.low < one.probability.value < one.under_changes.high


def test_an_answer_that_nothing_moves_has_a_range_of_one_number(tmp_path: Path) -> None:
    """A graph that looks at nothing gives the same answer whatever is changed."""
    package = a_loaded(tmp_path, a_judging_graph(weights=(0.0,), bias=0.7))
    square = np.full((SIDE, SIDE), 0.5, dtype=np.float32)
    made, _ = predictions(package, square, UID)
    (one,) = under_changes(package, made, square[None])
    assert one.under_changes is not None
    assert one.under_changes.low == pytest.approx(one.under_changes.high, abs=1e-6)
    assert replace(one, under_changes=None) == made[0]
