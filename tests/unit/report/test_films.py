"""Films in the report: what lies where."""

import base64
import io
import re

import numpy as np
import numpy.typing as npt
from PIL import Image

from make import draft as make
from osler.clinical import Draft
from osler.report.films import FilmFigure, film_figures

ROOM = (80.0, 80.0)


def _pixels(svg: str) -> npt.NDArray[np.uint8]:
    """Decode the picture in a drawing."""
    found = re.search(r"base64,([^\"]+)", svg)
    assert found is not None
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(found[1]))))


def _one(draft: Draft) -> FilmFigure:
    """Draw the one film of a draft."""
    (figure,) = film_figures(draft, ROOM)
    return figure


def test_evidence_colours_the_place_it_points_to_and_no_other() -> None:
    """Colour on the wrong lung would send the needle to the wrong side."""
    figure = _one(make.a_draft())
    plain = np.repeat(_pixels(figure.plain)[..., None], 3, axis=2).astype(int)
    change = np.abs(_pixels(figure.outlined).astype(int) - plain).sum(axis=2)
    row, column = np.unravel_index(np.argmax(change), change.shape)
    assert abs(row / 600 - 820 / 1200) < 0.05
    assert abs(column / 500 - 300 / 1000) < 0.05
    assert change[50:250, 300:].max() < 40


def test_the_side_mark_stays_as_taken() -> None:
    """Without the R on the film nobody can check the side."""
    assert _pixels(_one(make.a_draft()).outlined)[30, 30].min() > 225


def test_outlines_are_dashed_and_in_the_film_s_own_pixels() -> None:
    """A dashed line is a model's; a person's is solid."""
    svg = _one(make.a_draft()).outlined
    assert 'viewBox="0 0 1000 1200"' in svg
    assert "stroke-dasharray" in svg
    assert "Pneumonia" in svg


def test_at_most_three_findings_are_drawn() -> None:
    """A film full of outlines shows nothing."""
    figures = film_figures(make.a_crowded_draft(), ROOM)
    drawn = set(re.findall(r"Finding number \d+", "".join(f.outlined for f in figures)))
    assert drawn == {"Finding number 1", "Finding number 2", "Finding number 3"}


def test_a_film_with_no_positive_finding_is_shown_plain_only() -> None:
    """A map of evidence for what is not there would frighten."""
    draft = make.a_draft(findings=(make.a_negative_finding(explanation=make.an_explanation()),))
    assert _one(draft).outlined == ""


def test_a_noisy_film_still_fits() -> None:
    """A report that a mail server refuses reaches nobody."""
    noise = np.random.default_rng(7).integers(0, 256, (1024, 1024), dtype=np.uint8)
    films = (make.a_film(grey=noise, origin_shape=(2048, 2048)),)
    figure = _one(make.a_draft(films=films))
    assert len(figure.plain) + len(figure.outlined) < 1_300_000


def test_a_map_with_gaps_is_drawn_as_no_evidence() -> None:
    """A broken number in a map must not paint the whole film."""
    explanation = make.an_explanation(evidence=np.full((4, 4), np.nan, dtype=np.float32))
    figure = _one(make.a_draft(findings=(make.a_finding(explanation=explanation),)))
    plain = np.repeat(_pixels(figure.plain)[..., None], 3, axis=2).astype(int)
    assert np.abs(_pixels(figure.outlined).astype(int) - plain).mean() < 3
