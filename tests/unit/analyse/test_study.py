"""A study is judged film by film, and all that was not judged is said."""

from pathlib import Path

import numpy as np
import pytest

from make.package import a_card, a_film, a_panel, a_picture, an_instance, an_output
from osler.analyse.study import analyse_study, can_be_judged


def test_a_film_is_scored_by_every_package_that_fits(tmp_path: Path) -> None:
    """Two packages look at one film, and each speaks for itself."""
    panel = a_panel(tmp_path, a_card("one"), a_card("two", outputs=(an_output("line"),)))
    film = an_instance()
    found = analyse_study([film], {film.uid: a_picture(a_film())}, panel, age_years=None)
    assert found.not_assessed == ()
    assert found.films[0].shape == (224, 224)
    scored = [(one.model.name, one.name) for one in found.films[0].predictions]
    assert scored == [("one", "shadow"), ("two", "line")]
    # seven of the eight similar cases of the tiny package have a label, three of them ill
    similar = found.films[0].predictions[0].similar
    assert similar is not None
    assert (similar.considered, similar.with_label) == (7, 3)


def test_every_package_is_named_by_a_score_or_a_refusal(tmp_path: Path) -> None:
    """A package that is not named reads as if it had looked and seen nothing."""
    panel = a_panel(tmp_path, a_card("grown"), a_card("young", kind="child"))
    film = an_instance()
    found = analyse_study([film], {film.uid: a_picture(a_film())}, panel, age_years=40.0)
    scored = {one.model.name for one in found.films[0].predictions}
    refused = {one.model: one.gate for one in found.not_assessed}
    assert scored == {"grown"}
    assert refused == {"young": "population"}


def test_a_film_that_all_refuse_is_no_film_of_the_analysis(tmp_path: Path) -> None:
    """A child's film with no age stated: refused by the pixels, with the reason."""
    panel = a_panel(tmp_path)
    film = an_instance()
    picture = a_picture(a_film(narrow=True))
    found = analyse_study([film], {film.uid: picture}, panel, age_years=None)
    assert found.films == ()
    assert [one.gate for one in found.not_assessed] == ["population"]
    assert "does not look like that of an adult" in found.not_assessed[0].reason


def test_an_object_without_pixels_is_named(tmp_path: Path) -> None:
    """A structured report in the study was not looked at, and the page says so."""
    panel = a_panel(tmp_path)
    document = an_instance("2.25.7", has_pixels=False, sop_class="Basic Text SR Storage")
    found = analyse_study([document], {}, panel, age_years=None)
    assert len(found.not_assessed) == 1
    said = found.not_assessed[0]
    assert (said.model, said.gate, said.instance_uid) == ("all models", "no pixels", "2.25.7")
    assert said.reason == "Basic Text SR Storage holds no pixels to judge"


def test_many_slices_are_one_line(tmp_path: Path) -> None:
    """Three hundred lines of 'CT' would hide the one line that matters."""
    panel = a_panel(tmp_path)
    slices = [an_instance(f"2.25.{i}", modality="CT") for i in range(100, 400)]
    found = analyse_study(slices, {}, panel, age_years=None)
    assert len(found.not_assessed) == 1
    said = found.not_assessed[0]
    assert said.reason == "the header says modality CT; need CR or DX (300 images)"
    assert said.instance_uid is None


def test_three_refused_films_are_listed_one_by_one(tmp_path: Path) -> None:
    """With few films the reader wants to know which."""
    panel = a_panel(tmp_path)
    films = [an_instance(f"2.25.{i}", view_position="LATERAL") for i in range(3)]
    found = analyse_study(films, {}, panel, age_years=None)
    assert [one.instance_uid for one in found.not_assessed] == ["2.25.0", "2.25.1", "2.25.2"]


def test_a_header_decides_whether_pixels_are_read_at_all(tmp_path: Path) -> None:
    """A CT of a thousand slices is refused without decoding one of them."""
    panel = a_panel(tmp_path)
    assert can_be_judged(an_instance(), panel)
    assert not can_be_judged(an_instance(modality="CT"), panel)
    assert not can_be_judged(an_instance(has_pixels=False), panel)


def test_an_output_that_is_too_weak_is_said_once(tmp_path: Path) -> None:
    """It was scored, and must be read neither as present nor as absent."""
    weak = an_output("line", shipped=False, not_assessed_reason="the model is too weak here")
    panel = a_panel(tmp_path, a_card(outputs=(an_output(), weak)))
    films = [an_instance("2.25.1"), an_instance("2.25.2")]
    pictures = {film.uid: a_picture(a_film()) for film in films}
    found = analyse_study(films, pictures, panel, age_years=None)
    said = [(one.gate, one.name, one.reason) for one in found.not_assessed]
    assert said == [("performance", "line", "the model is too weak here")]


@pytest.mark.parametrize(
    ("stated", "view", "source"),
    [
        ("AP", "AP", "stated in the header"),
        (None, "PA", "estimated from the pixels (1.00)"),
    ],
)
def test_the_view_is_stated_or_estimated_and_says_which(
    tmp_path: Path, stated: str | None, *, view: str, source: str
) -> None:
    """On an AP film the heart looks too wide: where the view is from decides what is measured."""
    panel = a_panel(tmp_path)
    film = an_instance(view_position=stated)
    found = analyse_study([film], {film.uid: a_picture(a_film())}, panel, age_years=None)
    assert (found.films[0].view, found.films[0].view_source) == (view, source)


def test_a_clip_is_refused_before_it_is_outlined(tmp_path: Path) -> None:
    """The first frame of thirty is not a film."""
    panel = a_panel(tmp_path)
    clip = an_instance(frames=30)
    blank = a_picture(np.zeros((300, 300), dtype=np.float32))
    found = analyse_study([clip], {clip.uid: blank}, panel, age_years=None)
    assert [one.gate for one in found.not_assessed] == ["geometry"]
