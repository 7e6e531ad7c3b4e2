"""The tasks whose networks outline or count: which run makes which (needs torch)."""

import os

from osler.learn.datasets.table import read_listed
from osler.learn.imaging.bench import ImageBench
from osler.learn.imaging.box_run import make_boxes
from osler.learn.imaging.fine_run import make_fine
from osler.learn.imaging.outlined_planning import PLAN, outlined_plan
from osler.learn.imaging.outlined_plans import BoxesPlan, OutlinedPlan, VolumesPlan
from osler.learn.imaging.packaging import Made
from osler.learn.imaging.trained import Trained
from osler.learn.imaging.volume_run import make_volumes
from osler.prepare.picture import PictureContract


def plan_of_outlines(bench: ImageBench) -> OutlinedPlan:
    """Return the plan of a recipe of such a task, and keep it beside the run."""
    return outlined_plan(
        bench.dataset(),
        bench.recipe,
        file=bench.folder() / PLAN,
        processes=os.cpu_count() or 1,
        tell=lambda done, known: bench.on_progress("looking at files", done, known, 0.0),
    )


def make_outlined(bench: ImageBench, plan: OutlinedPlan) -> Made:
    """Train, export and measure by a plan of such a task; what `build_package` takes."""
    if isinstance(plan, VolumesPlan):
        return make_volumes(bench, plan)
    return make_boxes(bench, plan) if isinstance(plan, BoxesPlan) else make_fine(bench, plan)


def trained_on_outlines(bench: ImageBench, plan: OutlinedPlan) -> Trained:
    """Return what the training of such a plan leaves behind, as packaging needs it."""
    # A volume is no picture: its card takes the contract of volumes that was made with it.
    if isinstance(plan, VolumesPlan):
        contract = PictureContract(size=max(plan.window))
    else:
        contract = plan.contract()
    return Trained(
        bench.recipe,
        bench.recipe_folder,
        bench.data,
        bench.runs,
        contract,
        left_out=frozenset(plan.fingerprint.left_out) | _excluded(bench),
    )


def _excluded(bench: ImageBench) -> set[str]:
    """Return the files that the recipe excludes: they are not on the card."""
    kept = {row.columns["file"] for row in bench.dataset().rows}
    listed = {row.columns["file"] for row in read_listed(bench.data / bench.recipe.data).rows}
    return listed - kept
