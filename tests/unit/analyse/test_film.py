"""What is measured of a film before any model scores it."""

import numpy as np
import pytest

from make.package import a_film, a_picture, an_outlining_graph
from osler.analyse.film import QUALITY, look, look_at_squares, measure_quality
from osler.analyse.graph import Graph


def test_outlines_and_features_of_a_drawn_film() -> None:
    """Lungs of 140 x 70 on 224 x 224 cover 0.195; the right one lies on the picture's left."""
    facts = look(a_picture(a_film(rows=448, columns=336)), Graph(an_outlining_graph()))
    measured = dict(zip(QUALITY, facts.quality.tolist(), strict=True))
    assert measured["right lung area"] == pytest.approx(140 * 70 / 224**2, abs=0.01)
    assert measured["left lung area"] == pytest.approx(measured["right lung area"], abs=0.01)
    assert measured["lungs apart"] == pytest.approx(114 / 224, abs=0.01)
    assert measured["lungs cut off"] == 0.0
    assert facts.features.shape == (4 + len(QUALITY),)
    assert np.nonzero(facts.parts[0] > 0.5)[1].mean() < 112


def test_the_measures_by_hand() -> None:
    """Two lungs of 10 x 10 and 10 x 5 pixels on 100 x 100, one touching the edge."""
    square = np.full((100, 100), 0.5, dtype=np.float32)
    parts = np.zeros((3, 100, 100), dtype=np.float32)
    parts[0, 40:50, 0:10] = 1.0
    parts[1, 40:50, 70:75] = 1.0
    found = dict(zip(QUALITY, measure_quality(square, parts).tolist(), strict=True))
    assert found["contrast"] == 0.0
    assert found["flat border"] == pytest.approx(2.0)
    assert found["right lung area"] == pytest.approx(0.01)
    assert found["lung balance"] == pytest.approx(0.5)
    assert found["lungs row"] == pytest.approx(0.445)
    assert found["lungs apart"] == pytest.approx((72.0 - 4.5) / 100)
    assert found["lungs cut off"] == pytest.approx(10 / 400)
    assert found["lungs in one piece each"] == 1.0
    assert found["outline doubt"] == 0.0


def test_a_lung_in_two_pieces_is_seen() -> None:
    """A torn outline is a sign that the network did not know what it saw."""
    parts = np.zeros((3, 100, 100), dtype=np.float32)
    parts[0, 10:20, 10:20] = parts[1, 10:20, 60:70] = 1.0
    parts[1, 50:60, 60:70] = 1.0
    found = measure_quality(np.zeros((100, 100), dtype=np.float32), parts)
    assert found[QUALITY.index("lungs in one piece each")] == pytest.approx(0.75)


def test_a_picture_without_lungs_has_finite_measures() -> None:
    """A knee must be refused by its measures, not break them."""
    found = measure_quality(
        np.zeros((100, 100), dtype=np.float32), np.zeros((3, 100, 100), dtype=np.float32)
    )
    assert np.isfinite(found).all()


def test_films_seen_together_are_seen_as_alone() -> None:
    """Gates are fitted on batches and applied to one film at a time."""
    graph = Graph(an_outlining_graph())
    squares = np.stack([a_film(), a_film(narrow=True)]) / 255.0
    together = look_at_squares(squares, graph)
    for square, facts in zip(squares, together, strict=True):
        alone = look_at_squares(square[None], graph)[0]
        np.testing.assert_allclose(facts.features, alone.features, atol=1e-6)
