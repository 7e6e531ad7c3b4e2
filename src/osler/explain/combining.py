"""From the films of a study to findings about the patient, each with its place and reasons."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from osler.analyse.card import ConformalCard, OutputCard
from osler.analyse.package import Package
from osler.analyse.series import LEAST_SERIES, SERIES_RULE, series_score
from osler.analyse.study import Panel
from osler.clinical import (
    OSLER,
    Code,
    Explanation,
    FilmAnalysis,
    FilmScore,
    Finding,
    Interval,
    Measurement,
    NotAssessed,
    OperatingPoint,
    Prediction,
    Quantity,
    SeriesUid,
    StudyAnalysis,
)
from osler.evaluate.calibration import expit, logit
from osler.evaluate.conformal import prediction_set
from osler.explain.heart_size import measure_heart
from osler.explain.regions import Outlines, explain, explain_picture

RULE = "mean of the films' log-odds; every film is listed with its own probability"
BALANCED = "balanced"


def findings_of(analysis: StudyAnalysis, panel: Panel) -> tuple[Finding, ...]:
    """Return one finding for each output that is shipped and was judged on some film."""
    found = []
    for package in panel.judges:
        for output in package.card.outputs:
            scored = [
                (film, one)
                for film in analysis.films
                for one in film.predictions
                if one.model.name == package.card.name and one.name == output.name
            ]
            if scored and output.shipped:
                found.append(_finding(package, output, scored))
    return tuple(found)


def _finding(
    package: Package, output: OutputCard, scored: Sequence[tuple[FilmAnalysis, Prediction]]
) -> Finding:
    """Combine what the films gave for one output, and explain it on the most telling film."""
    film, telling = max(scored, key=lambda pair: pair[1].probability.value)
    said = _statement(package, output, scored)
    point, probability = said.point, said.probability
    positive = probability.value >= point.threshold
    explanation = _explained(film, telling) if positive else None
    return Finding(
        model=package.identity,
        name=output.name,
        code=output.code_value(),
        display=output.display,
        probability=probability,
        likelihood_ratio=said.likelihood_ratio,
        limited=said.limited,
        prevalence=said.prevalence,
        operating_point=point,
        positive=positive,
        certainty="",
        explanation=explanation,
        films=tuple(FilmScore(f.instance_uid, f.origin, p.probability) for f, p in scored),
        combined_by=said.rule,
        needs_pretest=output.needs_pretest,
        not_ruled_out=prediction_set(
            probability.value,
            present_from=said.conformal.present_from,
            absent_up_to=said.conformal.absent_up_to,
        ).value,
        coverage=said.conformal.coverage,
        under_changes=_under_changes(said, scored),
    )


def _under_changes(
    said: "_Statement", scored: Sequence[tuple[FilmAnalysis, Prediction]]
) -> Interval | None:
    """Combine the ranges under small changes as the pictures are; a series' statement has none."""
    ranges = [one.under_changes for _, one in scored if one.under_changes is not None]
    if len(ranges) < len(scored) or said.of_series:
        return None
    return _mean(ranges, odds=True)


@dataclass(frozen=True)
class _Statement:
    """What the pictures of a study together say of the patient, for one output."""

    probability: Interval
    likelihood_ratio: Interval
    limited: bool
    prevalence: float
    point: OperatingPoint
    conformal: ConformalCard
    rule: str
    of_series: bool = False


def _statement(
    package: Package, output: OutputCard, scored: Sequence[tuple[FilmAnalysis, Prediction]]
) -> _Statement:
    """Combine pictures by the rule of the card: their mean, or a series by its highest slices."""
    made = [one for _, one in scored]
    series = _series(scored) if output.series is not None else []
    if output.series is not None and series:
        column = package.card.outputs.index(output)
        each = [series_score(package, column, np.array(logits)) for logits in series]
        whole = max(each, key=lambda one: one.probability.value)
        several = f"; the highest of {len(each)} series" if len(each) > 1 else ""
        return _Statement(
            whole.probability,
            whole.likelihood_ratio,
            whole.limited,
            output.series.calibration.prevalence,
            output.series.operating_point(BALANCED),
            output.series.conformal,
            f"{SERIES_RULE}, calibrated on patients{several}; every slice is listed with its own "
            "probability",
            of_series=True,
        )
    return _Statement(
        _mean([one.probability for one in made], odds=True),
        _mean([one.likelihood_ratio for one in made], odds=False),
        any(one.limited for one in made),
        made[0].prevalence,
        output.operating_point(BALANCED),
        output.conformal,
        RULE if len(made) > 1 else "one film" if scored[0][0].parts is not None else "one picture",
    )


def _series(scored: Sequence[tuple[FilmAnalysis, Prediction]]) -> list[list[float]]:
    """Return the logits of each series of enough slices, in the order of the slices."""
    by_series: dict[SeriesUid | None, list[float]] = defaultdict(list)
    for film, one in scored:
        by_series[film.series_uid].append(one.logit)
    return [logits for logits in by_series.values() if len(logits) >= LEAST_SERIES]


def _explained(film: FilmAnalysis, telling: Prediction) -> Explanation:
    """Say where the evidence lies: by lung on a chest film, else by place on the picture."""
    if film.parts is None:
        return explain_picture(
            telling.evidence,
            instance_uid=film.instance_uid,
            shape=film.shape,
            similar=telling.similar,
        )
    return explain(
        telling.evidence,
        Outlines.of(film.parts),
        instance_uid=film.instance_uid,
        shape=film.shape,
        similar=telling.similar,
    )


def _mean(intervals: Sequence[Interval], *, odds: bool) -> Interval:
    """Average intervals on the log-odds scale (probabilities) or the log scale (ratios).

    Bounds are averaged as if the films erred together, which is the cautious case.
    """
    rows = np.array([(one.value, one.low, one.high) for one in intervals])
    if len(rows) == 1:
        return intervals[0]
    mean = expit(logit(rows).mean(axis=0)) if odds else np.exp(np.log(rows).mean(axis=0))
    value, low, high = (float(x) for x in mean)
    return Interval(value, min(low, value), max(high, value))


def measurements_of(
    analysis: StudyAnalysis, panel: Panel, *, cut_off: str, source: str
) -> tuple[tuple[Measurement, ...], tuple[NotAssessed, ...]]:
    """Measure the cardiothoracic ratio on each film that allows it.

    Parameters
    ----------
    analysis
        The films; one on which ``chest-anatomy`` itself was refused is not measured.
    panel
        The packages in use.
    cut_off, source
        What an enlarged heart is held to be, in words, and by whom, from ``guidelines/``.
    """
    card = panel.anatomy.card
    refused = {one.instance_uid for one in analysis.not_assessed if one.model == card.name}
    error = card_error(panel.anatomy)
    taken, left = [], []
    for film in analysis.films:
        if film.parts is None or film.instance_uid in refused:
            continue
        size = measure_heart(film.parts, view=film.view, view_source=film.view_source)
        if size.ratio is None:
            left.append(
                NotAssessed(
                    card.name, "view", size.reason, "cardiothoracic_ratio", film.instance_uid
                )
            )
            continue
        taken.append(
            Measurement(
                model=panel.anatomy.identity,
                code=Code(OSLER, "cardiothoracic-ratio", "Cardiothoracic ratio"),
                display="Cardiothoracic ratio",
                instance_uid=film.instance_uid,
                quantity=Quantity(size.ratio, "1"),
                low=max(0.0, size.ratio - error),
                high=size.ratio + error,
                comment=f"view {film.view}, {film.view_source}; {cut_off}",
                source=source,
            )
        )
    return tuple(taken), tuple(left)


def card_error(anatomy: Package) -> float:
    """Return the half-width that held 95 % of the ratio's errors on the card's test films."""
    for evaluation in anatomy.card.evaluation:
        if "cardiothoracic_ratio_error_p95" in evaluation.figures:
            return evaluation.figures["cardiothoracic_ratio_error_p95"].value
    return 1.0
