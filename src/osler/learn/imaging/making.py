"""From an image recipe to a package: plan, train, export, build (needs torch)."""

from collections.abc import Callable
from pathlib import Path

from osler.learn.imaging.bench import ImageBench, measured, plan_of, train_pictures
from osler.learn.imaging.building import package_pictures
from osler.learn.imaging.outlined_plans import OutlinedPlan
from osler.learn.imaging.outlined_tasks import (
    make_outlined,
    plan_of_outlines,
    trained_on_outlines,
)
from osler.learn.imaging.packaging import build_package, check_ready
from osler.learn.imaging.planning import Plan
from osler.learn.imaging.recipe import SCORED
from osler.learn.imaging.trained import Trained


def make_package(
    bench: ImageBench, models: Path, *, say: Callable[[str], None] = lambda _line: None
) -> Path:
    """Train what a recipe names, tell the plan on the way, and return the package's folder."""
    recipe, plan = bench.recipe, derived_plan(bench)
    for line in plan.lines():
        say(line)
    if not isinstance(plan, Plan):
        trained = trained_on_outlines(bench, plan)
        check_ready(trained, models)
        made = make_outlined(bench, plan)
        say(f"{recipe.name}: trained; measuring gates and writing the card")
        return build_package(trained, made, models)
    trained = Trained(
        recipe,
        bench.recipe_folder,
        bench.data,
        bench.runs,
        plan.contract(),
        left_out=frozenset(plan.fingerprint.left_out),
    )
    check_ready(trained, models)
    network = train_pictures(bench)
    say(f"{recipe.name}: trained; exporting, calibrating and evaluating")
    return package_pictures(trained, measured(plan, network), models)


def derived_plan(bench: ImageBench) -> Plan | OutlinedPlan:
    """Return the plan of a recipe: what its rules derive, with what the recipe sets."""
    return plan_of(bench) if bench.recipe.task in SCORED else plan_of_outlines(bench)
