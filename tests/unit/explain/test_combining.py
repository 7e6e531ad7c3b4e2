"""From films to findings about a patient."""

from pathlib import Path

import numpy as np
import pytest

from make.package import (
    a_card,
    a_film,
    a_package,
    a_panel,
    a_picture,
    an_estimate,
    an_instance,
    an_outlining_graph,
    an_output,
)
from osler.analyse.card import EvaluationCard
from osler.analyse.package import load_package
from osler.analyse.study import Panel, analyse_study
from osler.clinical import (
    FilmAnalysis,
    InstanceUid,
    Interval,
    Prediction,
    SimilarCases,
    StudyAnalysis,
)
from osler.explain.combining import findings_of, measurements_of


def a_scored_film(
    panel: Panel, uid: str, *, probability: Interval, ratio: Interval, limited: bool = False
) -> FilmAnalysis:
    """Return one outlined film with one prediction of the panel's first judge."""
    parts = np.zeros((3, 224, 224), dtype=np.float32)
    parts[0, 40:180, 20:90] = parts[1, 40:180, 134:204] = 1.0
    evidence = np.zeros((7, 7), dtype=np.float32)
    evidence[5, 1 if uid == "2.25.1" else 5] = 1.0
    prediction = Prediction(
        model=panel.judges[0].identity,
        name="shadow",
        instance_uid=InstanceUid(uid),
        logit=0.0,
        probability=probability,
        likelihood_ratio=ratio,
        limited=limited,
        prevalence=0.2,
        evidence=evidence,
        similar=SimilarCases(7, 3),
    )
    return FilmAnalysis(
        instance_uid=InstanceUid(uid),
        origin=f"{uid}.dcm",
        shape=(700, 700),
        parts=parts,
        view="PA",
        view_source="stated in the header",
        predictions=(prediction,),
    )


def test_two_films_are_combined_by_the_mean_of_their_log_odds(tmp_path: Path) -> None:
    """Odds of nine to one and of one to one combine to three to one: 75 %.

    One unclear film must neither hide the clear one nor be hidden by it.
    """
    panel = a_panel(tmp_path)
    films = (
        a_scored_film(
            panel,
            "2.25.1",
            probability=Interval(0.9, 0.8, 0.95),
            ratio=Interval(9.0, 4.0, 10.0),
            limited=True,
        ),
        a_scored_film(
            panel,
            "2.25.2",
            probability=Interval(0.5, 0.2, 0.6),
            ratio=Interval(4.0, 1.0, 6.4),
        ),
    )
    (finding,) = findings_of(StudyAnalysis(films, ()), panel)
    assert finding.probability.value == pytest.approx(0.75)
    assert finding.probability.low == pytest.approx(0.5)  # odds 4 and 1/4
    assert finding.probability.high == pytest.approx(1 / (1 + 1 / np.sqrt(19 * 1.5)))
    assert finding.likelihood_ratio.value == pytest.approx(6.0)
    assert finding.likelihood_ratio.low == pytest.approx(2.0)
    assert finding.likelihood_ratio.high == pytest.approx(8.0)
    assert finding.limited
    assert finding.combined_by.startswith("mean of the films' log-odds")
    assert [one.probability.value for one in finding.films] == [0.9, 0.5]


def test_the_most_telling_film_is_the_one_explained(tmp_path: Path) -> None:
    """The outline is drawn on the film in which the shadow is clearest."""
    panel = a_panel(tmp_path)
    ratio = Interval(1.0, 1.0, 1.0)
    films = tuple(
        a_scored_film(panel, uid, probability=Interval(p, p, p), ratio=ratio)
        for uid, p in (("2.25.1", 0.4), ("2.25.2", 0.7))
    )
    (finding,) = findings_of(StudyAnalysis(films, ()), panel)
    assert finding.explanation is not None
    assert finding.explanation.instance_uid == "2.25.2"
    assert finding.explanation.regions[0].words == "left lower zone"


def test_one_film_is_taken_as_it_is(tmp_path: Path) -> None:
    """Combining must not change what a single film gave."""
    panel = a_panel(tmp_path)
    interval = Interval(0.37, 0.2, 0.61)
    film = a_scored_film(panel, "2.25.1", probability=interval, ratio=interval)
    (finding,) = findings_of(StudyAnalysis((film,), ()), panel)
    assert finding.probability == interval
    assert finding.combined_by == "one film"
    assert not finding.positive


def test_an_output_that_is_not_shipped_is_no_finding(tmp_path: Path) -> None:
    """A score that the card calls too weak must not reach the page by another way."""
    weak = an_output(shipped=False, not_assessed_reason="too weak")
    panel = a_panel(tmp_path, a_card(outputs=(weak,)))
    film = an_instance()
    analysis = analyse_study([film], {film.uid: a_picture(a_film())}, panel, age_years=None)
    assert analysis.films[0].predictions
    assert findings_of(analysis, panel) == ()


@pytest.mark.parametrize(("probability", "positive"), [(0.5, True), (0.49, False)])
def test_a_place_is_shown_only_for_what_is_called(
    tmp_path: Path, probability: float, *, positive: bool
) -> None:
    """Every map has a peak: an outline around nothing would be read as something."""
    panel = a_panel(tmp_path)
    interval = Interval(probability, 0.4, 0.6)
    film = a_scored_film(panel, "2.25.1", probability=interval, ratio=interval)
    (finding,) = findings_of(StudyAnalysis((film,), ()), panel)
    assert finding.operating_point.threshold == 0.5
    assert finding.positive == positive
    assert (finding.explanation is not None) == positive


def an_evaluated_panel(models: Path) -> Panel:
    """Return a panel whose anatomy states that 95 % of its ratios are within 0.04."""
    evaluation = EvaluationCard(
        name="test",
        dataset="drawn",
        split="test",
        labels="drawn",
        films=40,
        patients=40,
        refused=0,
        outputs={},
        figures={"cardiothoracic_ratio_error_p95": an_estimate(0.04, reach=0.01)},
    )
    card = a_card("chest-anatomy", outputs=(), task="anatomy", evaluation=(evaluation,))
    anatomy = load_package(a_package(models, card, graph=an_outlining_graph()))
    judge = load_package(a_package(models, a_card()))
    return Panel(anatomy, (judge,))


def test_the_ratio_comes_with_the_error_of_its_test_films(tmp_path: Path) -> None:
    """44 columns of heart in 184 of chest, give or take what the card measured."""
    panel = an_evaluated_panel(tmp_path)
    film = an_instance()
    analysis = analyse_study([film], {film.uid: a_picture(a_film())}, panel, age_years=None)
    taken, left = measurements_of(
        analysis, panel, cut_off="enlarged above 0.50", source="a guideline"
    )
    assert left == ()
    assert taken[0].quantity.value == pytest.approx(44 / 184, abs=0.006)
    assert taken[0].high - taken[0].quantity.value == pytest.approx(0.04)
    assert taken[0].quantity.value - taken[0].low == pytest.approx(0.04)
    assert taken[0].comment == "view PA, stated in the header; enlarged above 0.50"
    assert taken[0].source == "a guideline"


def test_an_ap_film_is_listed_as_not_measured(tmp_path: Path) -> None:
    """A reader who finds no ratio needs to know that it was not normal but not taken."""
    panel = an_evaluated_panel(tmp_path)
    film = an_instance(view_position="AP")
    analysis = analyse_study([film], {film.uid: a_picture(a_film())}, panel, age_years=None)
    taken, left = measurements_of(analysis, panel, cut_off="", source="")
    assert taken == ()
    assert (left[0].name, left[0].instance_uid) == ("cardiothoracic_ratio", film.uid)
    assert left[0].reason.startswith("the film is AP (stated in the header)")


def test_a_film_that_the_outlines_refuse_is_not_measured(tmp_path: Path) -> None:
    """A child's heart is wide by nature; the adult cut-off does not apply to it."""
    grown, young = a_card(), a_card("young", kind="child")
    panel = an_evaluated_panel(tmp_path)
    judges = (*panel.judges, load_package(a_package(tmp_path, young)))
    panel = Panel(panel.anatomy, judges)
    film = an_instance()
    picture = a_picture(a_film(narrow=True))
    analysis = analyse_study([film], {film.uid: picture}, panel, age_years=4.0)
    assert {one.model for one in analysis.not_assessed} == {grown.name, "chest-anatomy"}
    taken, left = measurements_of(analysis, panel, cut_off="", source="")
    assert taken == ()
    assert left == ()
