"""Where the evidence lies, in words and as an outline."""

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.path import Path as Polygon

from osler.clinical import Explanation, InstanceUid, SimilarCases
from osler.explain.regions import Outlines, explain, place_in_words

SIDE = 224


def a_chest() -> Outlines:
    """Return lungs of 140 rows x 70 columns; the patient's right one on the picture's left."""
    right, left, heart = (np.zeros((SIDE, SIDE), dtype=bool) for _ in range(3))
    right[40:180, 20:90] = True
    left[40:180, 134:204] = True
    heart[110:180, 95:150] = True
    return Outlines(right, left, heart)


def explained(
    evidence: npt.NDArray[np.float32],
    *,
    shape: tuple[int, int] = (700, 1400),
    outlines: Outlines | None = None,
) -> Explanation:
    """Explain a map on a picture of a shape."""
    return explain(
        evidence,
        outlines or a_chest(),
        instance_uid=InstanceUid("2.25.1"),
        shape=shape,
        similar=SimilarCases(50, 7),
    )


def hot(*cells: tuple[int, int, float]) -> npt.NDArray[np.float32]:
    """Return a 7 x 7 map that is zero but for (row, column, value)."""
    evidence = np.zeros((7, 7), dtype=np.float32)
    for row, column, value in cells:
        evidence[row, column] = value
    return evidence


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (0.25, 0.25, "right upper zone"),
        (0.50, 0.25, "right middle zone"),
        (0.75, 0.25, "right lower zone"),
        (0.25, 0.75, "left upper zone"),
        (0.75, 0.80, "left lower zone"),
        (0.70, 0.46, "over the heart, right side"),
        (0.70, 0.55, "over the heart, left side"),
        (0.40, 0.47, "mediastinum"),
        (0.10, 0.25, "above the right lung"),
        (0.90, 0.75, "below the left lung"),
        (0.50, 0.97, "beside the lung, left middle level"),
    ],
)
def test_places_have_the_names_that_radiologists_use(row: float, column: float, words: str) -> None:
    """The patient's right lung lies on the picture's left: the wrong side may be operated on."""
    side, _, said = place_in_words(row, column, a_chest())
    assert said == words
    assert side == ("right" if column < 0.5 else "left")


def test_without_lungs_no_place_is_named() -> None:
    """A side that was not seen must not be guessed."""
    nothing = np.zeros((SIDE, SIDE), dtype=bool)
    side, zone, words = place_in_words(0.5, 0.2, Outlines(nothing, a_chest().left, nothing))
    assert (side, zone) == (None, None)
    assert words == "place not named: the lungs were not outlined"


def test_the_peak_lies_where_the_network_looked() -> None:
    """Cell (5, 1) of 7 x 7 is centred at 5.5/7 of 700 rows and 1.5/7 of 1,400 columns."""
    found = explained(hot((5, 1, 2.0)))
    assert len(found.regions) == 1
    region = found.regions[0]
    assert region.words == "right lower zone"
    assert region.peak == pytest.approx((550.0, 300.0), abs=6.0)
    assert found.evidence.max() == pytest.approx(1.0)
    assert found.similar == SimilarCases(50, 7)


@pytest.mark.parametrize("cell", [(5, 1), (3, 3), (0, 0), (6, 6), (0, 3)])
def test_the_outline_encloses_the_place(cell: tuple[int, int]) -> None:
    """An outline beside the shadow sends the eye to the wrong place."""
    shape = (700, 1400)
    found = explained(hot((*cell, 1.0)), shape=shape)
    rows, columns = np.nonzero(found.evidence >= 0.5)
    centres = np.stack([(rows + 0.5) * 700 / 256, (columns + 0.5) * 1400 / 256], axis=1)
    outline = np.array(found.regions[0].contour)
    inside = Polygon(outline).contains_points(centres, radius=3.0)
    outside = Polygon(outline).contains_points(centres, radius=-3.0)
    assert (inside | outside).mean() > 0.99
    assert outline.min() >= 0.0
    assert (outline.max(axis=0) <= shape).all()
    area = 0.5 * abs(
        np.dot(outline[:, 0], np.roll(outline[:, 1], 1))
        - np.dot(outline[:, 1], np.roll(outline[:, 0], 1))
    )
    assert area == pytest.approx(len(rows) * 700 * 1400 / 256**2, rel=0.1)


def test_the_strongest_place_comes_first_and_faint_ones_are_left_out() -> None:
    """A reader with ten seconds looks at the first; below half the peak is not outlined."""
    found = explained(hot((1, 1, 0.8), (5, 5, 1.0), (1, 5, 0.3)))
    assert [region.words for region in found.regions] == ["left lower zone", "right upper zone"]
    assert found.regions[0].share > found.regions[1].share
    assert sum(region.share for region in found.regions) <= 1.0


def test_at_most_three_places_are_outlined() -> None:
    """A picture full of outlines says nothing."""
    cells = [(row, column, 1.0) for row in (0, 3, 6) for column in (0, 3, 6)]
    assert len(explained(hot(*cells)).regions) == 3


def test_the_share_inside_the_lungs_by_hand() -> None:
    """Evidence that is the same everywhere lies in the lungs by area: 19,600 of 50,176."""
    found = explained(np.ones((7, 7), dtype=np.float32))
    assert found.share_inside_lungs == pytest.approx(19_600 / 50_176, abs=0.01)
    assert found.cautions == ()


def test_evidence_outside_the_lungs_is_a_caution() -> None:
    """A score that rests on a side marker is worth nothing, and the page must say so."""
    found = explained(hot((0, 6, 1.0)))
    assert found.share_inside_lungs == pytest.approx(0.0, abs=0.02)
    assert "of the evidence lies inside the lungs: read with care" in found.cautions[0]


def test_evidence_against_the_finding_is_no_place() -> None:
    """Where the network saw health there is nothing to outline."""
    found = explained(np.full((7, 7), -0.5, dtype=np.float32))
    assert found.regions == ()
    assert found.share_inside_lungs is None
    assert not found.evidence.any()
    assert found.cautions == ("no one place speaks for it",)


def test_what_speaks_against_does_not_hide_what_speaks_for() -> None:
    """One shadow in a healthy chest is still one shadow."""
    found = explained(np.where(hot((1, 1, 1.0)) > 0, 1.0, -3.0).astype(np.float32))
    assert [region.words for region in found.regions] == ["right upper zone"]


def test_outlines_that_were_not_found_are_a_caution() -> None:
    """Places are then shown, and not named."""
    nothing = Outlines.of(np.zeros((3, SIDE, SIDE), dtype=np.float32))
    found = explained(hot((5, 1, 1.0)), outlines=nothing)
    assert found.share_inside_lungs is None
    assert found.regions[0].side is None
    assert "could not be outlined" in found.cautions[0]
