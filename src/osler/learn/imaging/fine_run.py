"""From a recipe of thin structures to a graph and its figures (needs torch)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from osler.analyse.card import Estimate, EvaluationCard
from osler.analyse.graph import Graph
from osler.analyse.vessels import field_mask, vessel_measures
from osler.evaluate.calibration import expit
from osler.evaluate.overlap import dice
from osler.learn.datasets.table import DataSet
from osler.learn.export import export
from osler.learn.imaging.bench import ImageBench
from osler.learn.imaging.both_ways import BothWays
from osler.learn.imaging.fine import Drawn, FinePlan, drawn, train_fine
from osler.learn.imaging.fine_facts import mask_of
from osler.learn.imaging.measuring import Measured, Resampled, defined, measured_once
from osler.learn.imaging.outlined_plans import PatchesPlan
from osler.learn.imaging.outlined_rows import rows_of, unread
from osler.learn.imaging.packaging import Made
from osler.learn.imaging.recipe import ImageRecipe
from osler.prepare.picture import mask_on_picture

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Weights = npt.NDArray[np.float64]
BINS = 1000
CUTS = np.arange(0.2, 0.81, 0.02)


@dataclass(frozen=True)
class _Seen:
    """One picture: the probability inside the field, and what was drawn there."""

    probability: Floats
    drawn: Bools
    field: Bools

    def counts(self) -> tuple[Weights, Weights]:
        """Return how many drawn and other pixels have each probability, in a thousand bins."""
        bins = np.minimum((self.probability * BINS).astype(np.int64), BINS - 1)
        inside, is_drawn = bins[self.field], self.drawn[self.field]
        return (
            np.bincount(inside[is_drawn], minlength=BINS).astype(np.float64),
            np.bincount(inside[~is_drawn], minlength=BINS).astype(np.float64),
        )

    def dice(self, cut: float) -> float:
        """Return Dice inside the field at a cut-off."""
        return dice((self.probability >= cut) & self.field, self.drawn & self.field)


def make_fine(bench: ImageBench, derived: PatchesPlan) -> Made:
    """Train by the plan, export, and measure inside the field of view."""
    recipe, plan = bench.recipe, plan_of_patches(bench.recipe, derived)
    network = train_fine(
        drawn(rows_of(bench.dataset(), derived, derived.splits), plan),
        plan,
        derived,
        folder=bench.folder(),
        seed=recipe.seed,
        on_progress=bench.on_progress,
    )
    if derived.both_ways:
        network = BothWays(network).eval()
    content = export(
        network,
        size=plan.contract.size,
        names=("masks", "embedding"),
        weights=recipe.weights,
        channels=plan.contract.channels,
    )
    graph = Graph(content)
    found = measured_once(bench.folder(), content, lambda: _measured(bench, graph, derived))
    held = rows_of(bench.dataset(), derived, derived.cut_offs)
    image = drawn(DataSet(held.name, held.folder, held.rows[:1]), plan)[0].canvas.image[None]
    with torch.no_grad():
        wanted = network(torch.from_numpy(image)).masks.sigmoid().numpy()
    return Made(
        content=content,
        weights=recipe.weights,
        parity=float(np.abs(expit(graph.run(image)["masks"]) - wanted).max()),
        figures=found.figures,
        thresholds=found.thresholds,
    )


def plan_of_patches(recipe: ImageRecipe, derived: PatchesPlan) -> FinePlan:
    """Return what a training on patches needs of its plan."""
    columns = tuple(one.column for one in recipe.structures)
    return FinePlan(derived.contract(), columns, derived.patch, derived.each, derived.changes)


def _seen(graph: Graph, one: Drawn, number: int) -> _Seen:
    """Outline one structure of a picture on its own pixels."""
    logits = graph.run(one.canvas.image[None])["masks"][0, number]
    probability = mask_on_picture(expit(logits).astype(np.float32), one.canvas)
    return _Seen(probability, one.masks[number], field_mask(one.picture.pixels))


def auroc_of_counts(positive: Weights, negative: Weights) -> float:
    """Return the area under the ROC curve of counts by rising score; ties count half."""
    below = np.concatenate([[0.0], np.cumsum(negative)[:-1]])
    pairs = float(positive.sum() * negative.sum())
    return float((positive * (below + 0.5 * negative)).sum()) / pairs if pairs else float("nan")


def _measured(bench: ImageBench, graph: Graph, derived: PatchesPlan) -> Measured:
    """Choose the cut-offs, and measure the test pictures once."""
    dataset, plan = bench.dataset(), plan_of_patches(bench.recipe, derived)
    rows = drawn(rows_of(dataset, derived, ("test",)), plan)
    held = drawn(rows_of(dataset, derived, derived.cut_offs), plan)
    read = [one.row for one in rows]
    again = Resampled.of([row.patient_id for row in read], seed=bench.recipe.seed)
    figures: dict[str, Estimate | None] = {}
    cuts: dict[str, float] = {}
    for number, structure in enumerate(bench.recipe.structures):
        val = [_seen(graph, one, number) for one in held]
        means = [float(np.mean([one.dice(float(cut)) for one in val])) for cut in CUTS]
        cuts[structure.name] = round(float(CUTS[int(np.argmax(means))]), 2)
        seen = [_seen(graph, one, number) for one in rows]
        figures |= _figures(structure.name, seen, cut=cuts[structure.name], again=again)
        if bench.recipe.patches.second is not None:
            figures |= _second(bench, rows, seen, again=again)
    card = EvaluationCard(
        name="test",
        dataset=dataset.name,
        split="test",
        labels="first observer",
        films=len(read),
        patients=len({row.patient_id for row in read}),
        refused=0,
        note=(
            "inside the field of view, found by threshold; cut-offs chosen on "
            f"{' and '.join(derived.cut_offs)}{unread(dataset, read)}"
        ),
        outputs={},
        figures=defined(figures),
    )
    return Measured((card,), cuts)


def _figures(
    name: str, seen: list[_Seen], *, cut: float, again: Resampled
) -> dict[str, Estimate | None]:
    """Return AUROC of pixels, Dice and errors of measures of one structure."""
    counts = [one.counts() for one in seen]
    positive, negative = (np.stack([each[k] for each in counts]) for k in (0, 1))

    def pooled(weights: Weights | None) -> float:
        times = np.ones(len(seen)) if weights is None else weights
        return auroc_of_counts(times @ positive, times @ negative)

    pairs = [
        (
            vessel_measures(one.probability >= cut, one.field),
            vessel_measures(one.drawn, one.field),
        )
        for one in seen
    ]
    areas = np.array([[one.area_share for one in pair] for pair in pairs])
    lengths = np.array([[one.length_per_diameter for one in pair] for pair in pairs])
    return {
        f"AUROC of pixels in the field, {name}": again.estimate(pooled),
        f"Dice in the field, {name} (mean of pictures)": again.mean(
            np.array([one.dice(cut) for one in seen])
        ),
        f"area error p95, {name}": again.quantile(
            np.abs(areas[:, 0] - areas[:, 1]) / areas[:, 0], 0.95
        ),
        f"area found minus drawn, {name}, share of the field": again.mean(
            areas[:, 0] - areas[:, 1]
        ),
        f"length found minus drawn, {name}, diameters of the field": again.mean(
            lengths[:, 0] - lengths[:, 1]
        ),
    }


def _second(
    bench: ImageBench, rows: list[Drawn], seen: list[_Seen], *, again: Resampled
) -> dict[str, Estimate | None]:
    """Return how far a second observer agrees with the first, as a yardstick."""
    column = bench.recipe.patches.second or ""
    folder = bench.data / bench.recipe.data
    values = [
        dice(
            mask_of(folder, one.row.columns[column], shape=at.field.shape) & at.field,
            one.masks[0] & at.field,
        )
        for one, at in zip(rows, seen, strict=True)
    ]
    return {"Dice in the field, second observer against the first": again.mean(np.array(values))}
