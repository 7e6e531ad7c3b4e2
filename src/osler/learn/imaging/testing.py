"""Measure a package of pictures on its test rows by the serving road. No torch."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate, EvaluationCard, StructureCard
from osler.analyse.package import Package
from osler.errors import InputRefused
from osler.evaluate.bootstrap import interval, patient_weights
from osler.evaluate.discrimination import auroc
from osler.evaluate.overlap import dice
from osler.learn.datasets.table import DataSet, Row
from osler.learn.evaluation import evaluation_card, judge
from osler.learn.imaging.loading import read_mask_rows
from osler.learn.imaging.outputs import series_scores
from osler.learn.imaging.trained import Trained
from osler.learn.masks import read_mask
from osler.learn.reporting import SUBGROUPS, kept_evaluations
from osler.learn.sanity import sanity_figures
from osler.learn.together import together
from osler.prepare.picture import canvas_of, mask_on_picture
from osler.standards.pictures import decode_first, read_content

log = logging.getLogger(__name__)
REPEATS = 500
FEWEST = 5
Floats = npt.NDArray[np.float64]


def tag(name: str) -> Callable[[Row], str | None]:
    """Return a function that tells rows with a tag in their note from those without."""

    def of(row: Row) -> str | None:
        if "note" not in row.columns:
            return None
        return "yes" if name in (row.columns["note"] or "").split(";") else "no"

    return of


TAGS = {"calipers": tag("calipers"), "near repeat of another": tag("near_dup")}


def evaluations(trained: Trained, package: Package, anatomy: Package) -> tuple[EvaluationCard, ...]:
    """Return what is measured on test rows, and what training kept of its folds."""
    cards: list[EvaluationCard] = []
    test = trained.tested_on()
    if package.card.outputs and (trained.folder() / "test.npz").is_file():
        judged = judge(package, anatomy, test)
        card = evaluation_card(
            judged,
            name="test",
            dataset=test.name,
            split="test",
            label_source="the data set's own labels",
            seed=trained.recipe.seed,
            subgroups={**SUBGROUPS, **TAGS},
        )
        extra = {**together(package.card, judged), **_outlined(trained, package)}
        extra |= _checked_maps(package, test, seed=trained.recipe.seed)
        cards.append(card.model_copy(update={"figures": extra}))
    cards += kept_evaluations(
        _kept_titles(trained),
        trained.folder(),
        trained.dataset(),
        package=package,
        seed=trained.recipe.seed,
    )
    pooled = trained.pooled()
    if trained.recipe.combine is not None and pooled is not None:
        cards.append(_by_patient(trained, package, pooled))
    return tuple(cards)


def _checked_maps(package: Package, test: DataSet, *, seed: int) -> dict[str, Estimate]:
    """Return the figures of the sanity suite; none where no test picture is positive."""
    try:
        found = sanity_figures(package, test, seed=seed)
    except InputRefused as error:
        log.warning("the maps of %s are not checked: %s", package.card.name, error)
        return {}
    return {name.replace("sanity: ", "evidence: ", 1): one for name, one in found.items()}


def _kept_titles(trained: Trained) -> dict[str, str]:
    """Return the files of kept scores, with what they are."""
    titles = {"oof.npz": "out of fold, train and val"}
    if "test" in trained.recipe.fit.splits:
        titles = {"oof.npz": "test by folds over all rows, patients apart, fixed recipe"}
    plan = trained.recipe.cross_check
    if plan is not None:
        titles["cross-check.npz"] = f"pooled {plan.folds}-fold over all rows, fixed recipe"
    return {n: t for n, t in titles.items() if (trained.folder() / n).is_file()}


def _outlined(trained: Trained, package: Package) -> dict[str, Estimate]:
    """Return Dice of each structure, mean over the test pictures in which it was drawn."""
    if not package.card.structures:
        return {}
    folder = trained.data / trained.recipe.data
    table = trained.recipe.mask_table
    rows = read_mask_rows(folder, table, ("test",)) if table else trained.tested_on().rows
    found: dict[str, Estimate | None] = {}
    for number, structure in enumerate(package.card.structures):
        column = trained.recipe.structures[number].column
        drawn = [row for row in rows if (row.columns.get(column) or "").strip()]
        pairs = [
            (_dice_on(package, number, row=row, mask=(folder, row.columns[column])), row.patient_id)
            for row in drawn
        ]
        told = [(value, who) for value, who in pairs if np.isfinite(value)]
        if len(told) >= FEWEST:
            values = np.array([value for value, _ in told])
            found[f"Dice, {structure.name} (mean over {len(told)} pictures with it)"] = _estimate(
                lambda w, values=values: float(np.average(values, weights=w)),  # type: ignore[misc]
                [who for _, who in told],
            )
    return _named(found)


def _dice_on(package: Package, number: int, *, row: Row, mask: tuple[Path, str]) -> float:
    """Return Dice of one structure on one picture, in its own pixels; NaN where none is drawn."""
    picture = decode_first(read_content(row.path.read_bytes(), origin=row.path.name))
    canvas = canvas_of(picture, package.card.input.picture())
    logits = package.graph.run(canvas.image[None])["masks"][0, number]
    true = read_mask(*mask, picture=picture)
    if not true.any():
        return float("nan")
    structure: StructureCard = package.card.structures[number]
    probability = mask_on_picture(1.0 / (1.0 + np.exp(-logits)), canvas)
    return dice(probability >= structure.threshold, true)


def _by_patient(trained: Trained, package: Package, pooled: Path) -> EvaluationCard:
    """Return the AUROC of whole series, one row a patient, over the folds of all rows."""
    series = series_scores(pooled, trained.dataset())
    figures: dict[str, Estimate | None] = {}
    for column, output in enumerate(package.card.outputs):
        positive = series.labels[:, column] > 0.5
        if FEWEST <= positive.sum() <= len(positive) - FEWEST:
            scores = series.logits[:, column].astype(float)
            title = f"AUROC by patient, {output.name} ({int(positive.sum())} of {len(positive)})"
            figures[title] = _estimate(
                lambda w, s=scores, p=positive: auroc(s, p, w),  # type: ignore[misc]
                list(series.patients),
            )
    return EvaluationCard(
        name="by patient, pooled folds over all patients, fixed recipe",
        dataset=trained.recipe.data,
        split="all",
        labels="a patient has what any slice has",
        films=len(series.patients),
        patients=len(series.patients),
        refused=0,
        note="gates not applied",
        outputs={},
        figures=_named(figures),
    )


def _estimate(statistic: Callable[[Floats | None], float], patients: list[str]) -> Estimate | None:
    """Return a figure with its interval by patient."""
    weights = patient_weights(patients, rng=np.random.default_rng(7), repeats=REPEATS)
    return Estimate.of(interval(statistic, weights))


def _named(found: dict[str, Estimate | None]) -> dict[str, Estimate]:
    """Leave out what is not defined."""
    return {name: one for name, one in found.items() if one is not None}
