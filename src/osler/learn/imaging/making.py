"""From an image recipe to a package: plan, train, export, build (needs torch)."""

from collections.abc import Callable
from pathlib import Path

from osler.errors import Misuse
from osler.learn.imaging.bench import ImageBench, measured, plan_of, train_pictures
from osler.learn.imaging.building import package_pictures
from osler.learn.imaging.outlined_tasks import make_outlined
from osler.learn.imaging.packaging import build_package
from osler.learn.imaging.planning import Plan
from osler.learn.imaging.recipe import SCORED
from osler.learn.imaging.trained import Trained


def make_package(
    bench: ImageBench, models: Path, *, say: Callable[[str], None] = lambda _line: None
) -> Path:
    """Train what a recipe names, tell the plan on the way, and return the package's folder."""
    recipe = bench.recipe
    if recipe.task not in SCORED:
        trained, made = make_outlined(bench)
        say(f"{recipe.name}: trained; measuring gates and writing the card")
        return build_package(trained, made, models)
    plan = plan_of(bench)
    for line in plan.lines():
        say(line)
    network = train_pictures(bench)
    say(f"{recipe.name}: trained; exporting, calibrating and evaluating")
    trained = Trained(recipe, bench.recipe_folder, bench.data, bench.runs, plan.contract())
    return package_pictures(trained, measured(plan, network), models)


def derived_plan(bench: ImageBench) -> Plan:
    """Return the plan that a recipe leaves to the bench.

    Raises
    ------
    Misuse
        The recipe's task states its own course, so nothing is derived.
    """
    if bench.recipe.task not in SCORED:
        raise Misuse(
            f"recipe {bench.recipe.name}: task {bench.recipe.task!r} states its own course; a plan "
            f"is derived for {', '.join(sorted(SCORED))}"
        )
    return plan_of(bench)
