"""From a recipe of things that are counted to a graph and its figures (needs torch)."""

import numpy as np
import numpy.typing as npt
import torch

from osler.analyse.card import Estimate, EvaluationCard
from osler.analyse.graph import Graph
from osler.evaluate.detecting import (
    Found,
    Matched,
    average_precision,
    best_cut,
    count_errors,
    match,
)
from osler.learn.datasets.table import DataSet
from osler.learn.export import export
from osler.learn.imaging.bench import ImageBench
from osler.learn.imaging.boxes import Boxed, BoxPlan, boxed, on_picture, train_detector
from osler.learn.imaging.detector import DecodedDetector
from osler.learn.imaging.measuring import Measured, Resampled, defined, measured_once
from osler.learn.imaging.outlined_plans import BoxesPlan
from osler.learn.imaging.outlined_rows import rows_of, unread
from osler.learn.imaging.packaging import Made
from osler.learn.imaging.recipe import ImageRecipe

Weights = npt.NDArray[np.float64]
NAMES = ("boxes", "scores", "labels", "embedding")
OVERLAP_WORDS = "overlap 0.5, all-point interpolation"


def make_boxes(bench: ImageBench, derived: BoxesPlan) -> Made:
    """Train by the plan, export with the decoding in the graph, and measure."""
    recipe, plan = bench.recipe, plan_of_boxes(bench.recipe, derived)
    whole = bench.dataset()
    network = train_detector(
        boxed(rows_of(whole, derived, derived.splits), whole, plan),
        plan,
        derived,
        folder=bench.folder(),
        seed=recipe.seed,
        on_progress=bench.on_progress,
    )
    decoder = DecodedDetector(network).eval()
    content = export(
        decoder,
        size=plan.contract.size,
        names=NAMES,
        weights=recipe.weights,
        channels=plan.contract.channels,
    )
    graph = Graph(content)
    found = measured_once(bench.folder(), content, lambda: _measured(bench, graph, derived))
    held = rows_of(whole, derived, derived.cut_offs)
    one = boxed(DataSet(held.name, held.folder, held.rows[:1]), whole, plan)[0]
    with torch.no_grad():
        wanted = decoder(torch.from_numpy(one.canvas.image[None])).scores.numpy()
    parity = float(np.abs(graph.run(one.canvas.image[None])["scores"] - wanted).max())
    return Made(
        content=content,
        weights=recipe.weights,
        parity=parity,
        figures=found.figures,
        thresholds=found.thresholds,
    )


def plan_of_boxes(recipe: ImageRecipe, derived: BoxesPlan) -> BoxPlan:
    """Return what a detector needs: the ``column`` of a structure is its label in boxes.csv."""
    kinds = tuple(one.column for one in recipe.structures)
    return BoxPlan(derived.contract(), kinds, derived.changes)


def found_by(graph: Graph, rows: list[Boxed], *, kinds: int) -> list[list[Found]]:
    """Return what a graph finds, in pixels of each picture."""
    out = []
    for one in rows:
        answer = graph.run(one.canvas.image[None])
        labels = answer["labels"][0].astype(np.int64)
        out.append(
            on_picture(one.canvas, answer["boxes"][0], (answer["scores"][0], labels), kinds=kinds)
        )
    return out


def _matched(graph: Graph, rows: list[Boxed], plan: BoxPlan) -> list[Matched]:
    """Match what is found on some pictures with what was drawn, kind by kind."""
    found = found_by(graph, rows, kinds=len(plan.kinds))
    return [
        match(
            [one[kind] for one in found],
            [row.boxes[row.boxes[:, 0] == kind, 1:].astype(np.float64) for row in rows],
        )
        for kind in range(len(plan.kinds))
    ]


def _measured(bench: ImageBench, graph: Graph, derived: BoxesPlan) -> Measured:
    """Choose the cut-offs, and measure the test pictures once."""
    whole, plan = bench.dataset(), plan_of_boxes(bench.recipe, derived)
    names = [one.name for one in bench.recipe.structures]
    held = _matched(graph, boxed(rows_of(whole, derived, derived.cut_offs), whole, plan), plan)
    cuts = {name: best_cut(one) for name, one in zip(names, held, strict=True)}
    test = boxed(rows_of(whole, derived, ("test",)), whole, plan)
    read = [one.row for one in test]
    matched = _matched(graph, test, plan)
    again = Resampled.of([row.patient_id for row in read], seed=bench.recipe.seed)
    figures: dict[str, Estimate | None] = {
        f"mAP50, mean of {len(names)} kinds ({OVERLAP_WORDS})": again.estimate(
            lambda w: float(np.mean([average_precision(one, w) for one in matched]))
        )
    }
    for name, one in zip(names, matched, strict=True):
        errors = count_errors(one, cuts[name])
        figures[f"AP50, {name}"] = again.estimate(
            lambda w, one=one: average_precision(one, w)  # type: ignore[misc]
        )
        figures[f"count error, {name}, mean absolute"] = again.mean(np.abs(errors))
        figures[f"count found minus drawn, {name}, mean"] = again.mean(errors)
        figures[f"count error p95, {name}"] = again.quantile(
            np.abs(errors) / np.maximum(one.wanted + errors, 1.0), 0.95
        )
    card = EvaluationCard(
        name="test",
        dataset=whole.name,
        split="test",
        labels="the data set's own boxes",
        films=len(read),
        patients=len({row.patient_id for row in read}),
        refused=0,
        note=(
            f"cut-offs chosen on {' and '.join(derived.cut_offs)} for the highest F1; intervals by "
            f"group of the same field{unread(whole, read)}"
        ),
        outputs={},
        figures=defined(figures),
    )
    return Measured((card,), cuts)
