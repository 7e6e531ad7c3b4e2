"""From the films of a study to findings about the patient, each with its place and reasons."""

from collections.abc import Sequence

import numpy as np

from osler.analyse.card import OutputCard
from osler.analyse.package import Package
from osler.analyse.study import Panel
from osler.clinical import (
    OSLER,
    Code,
    FilmAnalysis,
    FilmScore,
    Finding,
    Interval,
    Measurement,
    NotAssessed,
    Prediction,
    Quantity,
    StudyAnalysis,
)
from osler.evaluate.calibration import expit, logit
from osler.evaluate.conformal import prediction_set
from osler.explain.heart_size import measure_heart
from osler.explain.regions import Outlines, explain

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
    probability = _mean([one.probability for _, one in scored], odds=True)
    film, telling = max(scored, key=lambda pair: pair[1].probability.value)
    parts = film.parts
    point = output.operating_point(BALANCED)
    positive = probability.value >= point.threshold
    explanation = None
    if parts is not None and positive:
        explanation = explain(
            telling.evidence,
            Outlines.of(parts),
            instance_uid=film.instance_uid,
            shape=film.shape,
            similar=telling.similar,
        )
    return Finding(
        model=package.identity,
        name=output.name,
        code=output.code_value(),
        display=output.display,
        probability=probability,
        likelihood_ratio=_mean([one.likelihood_ratio for _, one in scored], odds=False),
        limited=any(one.limited for _, one in scored),
        prevalence=telling.prevalence,
        operating_point=point,
        positive=positive,
        certainty="",
        explanation=explanation,
        films=tuple(FilmScore(f.instance_uid, f.origin, p.probability) for f, p in scored),
        combined_by=RULE if len(scored) > 1 else "one film",
        needs_pretest=output.needs_pretest,
        not_ruled_out=prediction_set(
            probability.value,
            present_from=output.conformal.present_from,
            absent_up_to=output.conformal.absent_up_to,
        ).value,
        coverage=output.conformal.coverage,
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
