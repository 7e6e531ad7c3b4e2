"""From a recipe of volumes to a graph and its figures (needs torch)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from osler.analyse.card import EvaluationCard, InputContract
from osler.analyse.graph import Graph
from osler.analyse.volumes import StructureOutline, measured, outline_volume, voxel_mm3
from osler.evaluate.distances import SurfaceDistances, surface_distances
from osler.evaluate.overlap import dice
from osler.learn.cardtext import read_card_text
from osler.learn.datasets.table import DataSet
from osler.learn.export import export_volume
from osler.learn.imaging.bench import ImageBench
from osler.learn.imaging.both_ways import BothWays
from osler.learn.imaging.measuring import Measured, Resampled, defined, measured_once
from osler.learn.imaging.outlined_plans import VolumesPlan
from osler.learn.imaging.outlined_rows import rows_of, unread
from osler.learn.imaging.packaging import Made
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.imaging.volume_facts import LabelledVolume
from osler.learn.imaging.volumes import VolumePlan, read_labelled, train_volumes
from osler.prepare.volume import canonical

Floats = npt.NDArray[np.float32]


def make_volumes(bench: ImageBench, derived: VolumesPlan) -> Made:
    """Train by the plan, export, and measure the test volumes by the serving road."""
    recipe, plan = bench.recipe, plan_of_volumes(bench.recipe, derived)
    learnt = rows_of(bench.dataset(), derived, derived.splits)
    network = train_volumes(
        learnt,
        plan,
        derived,
        folder=bench.folder(),
        seed=recipe.seed,
        on_progress=bench.on_progress,
    )
    if derived.both_ways:
        network = BothWays(network).eval()
    content = export_volume(network, window=plan.contract.window, weights=recipe.weights)
    test = rows_of(bench.dataset(), derived, ("test",))
    graph = Graph(content, feeds="volume")
    found = measured_once(bench.folder(), content, lambda: _measured(bench, plan, graph, test=test))
    first = next(read_labelled(test, plan.column))
    example = canonical(first.volume, plan.contract).voxels
    return Made(
        content=content,
        weights=recipe.weights,
        parity=parity_of_volumes(network, content, _whole(example)),
        figures=found.figures,
        contract=contract_of_card(bench, derived),
        arrays=ranges_of_volumes(learnt, plan),
    )


def plan_of_volumes(recipe: ImageRecipe, derived: VolumesPlan) -> VolumePlan:
    """Return what a training on volumes needs of its plan."""
    return VolumePlan(
        contract=derived.contract(),
        structures=tuple(one.name for one in recipe.structures),
        patch=derived.patch,
        changes=derived.changes,
        column=recipe.structures[0].column,
    )


def ranges_of_volumes(dataset: DataSet, plan: VolumePlan) -> dict[str, npt.NDArray[np.generic]]:
    """Return the smallest and the largest drawn volume of each structure, in mm3.

    What is outlined far outside of them is probably no such structure: the gates refuse it.
    """
    sizes = np.array(
        [
            [
                (np.rint(one.labels.voxels) == label).sum() * voxel_mm3(one.volume.affine)
                for label in range(1, len(plan.structures) + 1)
            ]
            for one in read_labelled(dataset, plan.column)
        ]
    )
    return {"volume_low": sizes.min(axis=0), "volume_high": sizes.max(axis=0)}


def contract_of_card(bench: ImageBench, derived: VolumesPlan) -> InputContract:
    """Return the card's contract: the written part, and window and spacing."""
    written = read_card_text(bench.recipe_folder / bench.recipe.card).input
    return InputContract(
        **written.model_dump(),
        name="volume",
        size=max(derived.window),
        window=derived.window,
        spacing_mm=derived.spacing_mm,
        window_hu=derived.window_hu,
        extent_mm=derived.extent_mm,
    )


def _whole(voxels: Floats) -> Floats:
    """Cut a volume to sides that the network can halve: (1,1,D,H,W)."""
    sides = [side // 8 * 8 for side in voxels.shape]
    return np.ascontiguousarray(voxels[: sides[0], : sides[1], : sides[2]])[None, None]


def parity_of_volumes(network: nn.Module, content: bytes, part: Floats) -> float:
    """Return the largest difference of a probability between PyTorch and the graph."""
    with torch.no_grad():
        wanted = network(torch.from_numpy(part)).masks.softmax(dim=1).numpy()
    logits = torch.from_numpy(Graph(content, feeds="volume").run(part)["masks"])
    return float(np.abs(logits.softmax(dim=1).numpy() - wanted).max())


@dataclass(frozen=True)
class _Compared:
    """One structure of one test volume: how far the outlines cover each other, and both sizes.

    ``apart`` is None where one of the two outlines is empty.
    """

    dice: float
    apart: SurfaceDistances | None
    found: StructureOutline
    drawn: StructureOutline


def _measured(bench: ImageBench, plan: VolumePlan, graph: Graph, *, test: DataSet) -> Measured:
    """Outline the test volumes as a patient's are, and compare with what was drawn."""
    read, rows = [], []
    for one in read_labelled(test, plan.column):
        read.append(one.row)
        rows.append(_compared(graph, one, plan))
    again = Resampled.of([row.patient_id for row in read], seed=bench.recipe.seed)
    figures = {}
    for number, name in enumerate(plan.structures):
        each = [row[number] for row in rows]
        covers = np.array([one.dice for one in each])
        found = np.array([one.found.volume_mm3 for one in each])
        drawn = np.array([one.drawn.volume_mm3 for one in each])
        figures[f"Dice, {name} (mean of volumes)"] = again.mean(covers)
        figures[f"Dice, {name}, lowest"] = again.quantile(covers, 0.0)
        figures[f"surface distance, {name}, mm, mean"] = again.mean(
            np.array([one.apart.mean() if one.apart else np.nan for one in each])
        )
        figures[f"surface distance, {name}, mm, 95th percentile (mean of volumes)"] = again.mean(
            np.array([one.apart.hausdorff() if one.apart else np.nan for one in each])
        )
        figures[f"volume found minus drawn, {name}, mm3"] = again.mean(found - drawn)
        figures[f"volume error, {name}, % of drawn, mean"] = again.mean(
            100.0 * np.abs(found - drawn) / drawn
        )
        figures[f"volume error p95, {name}"] = again.quantile(
            np.abs(found - drawn) / np.maximum(found, 1e-9), 0.95
        )
        longest = np.array([[one.found.longest_mm, one.drawn.longest_mm] for one in each])
        figures[f"longest extent error p95, {name}"] = again.quantile(
            np.abs(longest[:, 0] - longest[:, 1]) / np.maximum(longest[:, 0], 1e-9), 0.95
        )
    return Measured(
        (
            EvaluationCard(
                name="test",
                dataset=test.name,
                split="test",
                labels="the data set's own outlines",
                films=len(read),
                patients=len({row.patient_id for row in read}),
                refused=0,
                note="every volume counts once; intervals by patient"
                + unread(bench.dataset(), read),
                outputs={},
                figures=defined(figures),
            ),
        )
    )


def _compared(graph: Graph, one: LabelledVolume, plan: VolumePlan) -> list[_Compared]:
    """Outline one volume and compare every structure."""
    found = outline_volume(
        graph,
        one.volume,
        contract=plan.contract,
        structures=plan.structures,
    )
    labels = np.rint(one.labels.voxels).astype(np.uint8)
    spacing = np.linalg.norm(one.volume.affine[:3, :3], axis=0)
    return [
        _Compared(
            dice(found.labels == shape.label, labels == shape.label),
            surface_distances(
                found.labels == shape.label,
                labels == shape.label,
                spacing_mm=(float(spacing[0]), float(spacing[1]), float(spacing[2])),
            ),
            shape,
            measured(labels, shape.label, shape.name, affine=one.volume.affine),
        )
        for shape in found.structures
    ]
