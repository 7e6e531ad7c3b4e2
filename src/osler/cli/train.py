"""``osler train``: from a recipe and data to a checked package."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli.talk import print_json, progress, say
from osler.errors import Misuse, NotSupported

if TYPE_CHECKING:
    from osler.learn.imaging.bench import ImageBench


def _train_films(recipe: Path, data: Path, *, models: Path, runs: Path, as_json: bool) -> None:
    """Train and package a model of chest films."""
    try:
        from osler.learn.bench import Bench, train_network
        from osler.learn.build import build_package
    except ModuleNotFoundError as error:
        raise NotSupported(
            f"training needs {error.name}, which is not installed; "
            "pip install torch==2.13.0, then pip install 'osler[train]'"
        ) from error
    from osler.learn.recipe import read_recipe

    read = read_recipe(recipe)
    with progress(quiet=as_json) as tell:
        bench = Bench(
            recipe=read,
            recipe_folder=recipe.parent,
            data=data,
            runs=runs,
            on_progress=lambda name, done, known, loss: tell(
                f"{name} (loss {loss:.3f})" if known == done else name, done, known
            ),
        )
        network = train_network(bench)
        say(f"{read.name}: trained; exporting, calibrating and evaluating")
        place = build_package(bench, network, models)
    if as_json:
        from osler.analyse.card import read_card

        print_json(read_card(place / "card.json").model_dump(mode="json"))
        return
    print(place)


@dataclass(frozen=True)
class _Asked:
    """What somebody wants of an image recipe."""

    plan: bool
    sheet: Path | None
    models: Path
    as_json: bool


def is_of_images(recipe: Path) -> bool:
    """Tell whether a recipe is of the general bench; one that cannot be read is not."""
    try:
        return tomllib.loads(recipe.read_text(encoding="utf-8")).get("kind") == "image"
    except (OSError, ValueError):
        return False


def is_of_record(recipe: Path) -> bool:
    """Tell whether a recipe is of a model of the record; one that cannot be read is not."""
    try:
        return tomllib.loads(recipe.read_text(encoding="utf-8")).get("task") == "record"
    except (OSError, ValueError):
        return False


def _train_record(recipe: Path, data: Path, *, models: Path, runs: Path, as_json: bool) -> None:
    """Train, check and package a model of the record."""
    try:
        from osler.learn.tables.building import build_record_package
    except ModuleNotFoundError as error:
        raise NotSupported(
            f"training of models of the record needs {error.name}, which is not installed; "
            "pip install 'osler[tables]'"
        ) from error
    with progress(quiet=as_json) as tell:
        place = build_record_package(recipe, data, models, runs=runs, tell=tell)
    if as_json:
        from osler.analyse.record_card import read_record_card

        print_json(read_record_card(place / "card.json").model_dump(mode="json"))
        return
    print(place)


def _train_images(bench: "ImageBench", asked: _Asked) -> None:
    """Print a plan, draw a contact sheet, or train and package, as was asked."""
    from osler.learn.imaging.making import derived_plan, make_package
    from osler.learn.imaging.sheet import write_sheet

    if asked.plan:
        plan = derived_plan(bench)
        if asked.as_json:
            print_json(plan.model_dump(mode="json"))
            return
        print("\n".join(plan.lines()))
        return
    if asked.sheet is not None:
        derived_plan(bench)
        say(f"{write_sheet(bench, asked.sheet)} pictures, each as it is and changed")
        print(asked.sheet)
        return
    place = make_package(bench, asked.models, say=say)
    if asked.as_json:
        from osler.analyse.card import read_card

        print_json(read_card(place / "card.json").model_dump(mode="json"))
        return
    print(place)


def _image_bench(
    recipe: Path, data: Path, *, runs: Path, tell: Callable[[str, int, int], None]
) -> "ImageBench":
    """Return the bench of an image recipe."""
    try:
        from osler.learn.imaging.bench import ImageBench
    except ModuleNotFoundError as error:
        raise NotSupported(
            f"training needs {error.name}, which is not installed; "
            "pip install torch==2.13.0, then pip install 'osler[train]'"
        ) from error
    from osler.learn.imaging.recipe import read_image_recipe

    return ImageBench(
        recipe=read_image_recipe(recipe),
        recipe_folder=recipe.parent,
        data=data,
        runs=runs,
        on_progress=lambda name, done, known, loss: tell(
            f"{name} (loss {loss:.3f})" if known == done and loss else name, done, known
        ),
    )


def train(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as recipes/cxr-tb.toml.")],
    data: Annotated[Path, typer.Option(help="Folder that holds the recipe's data sets.")],
    models: Annotated[Path, typer.Option(help="Folder of packages to write to.")] = Path("models"),
    runs: Annotated[
        Path, typer.Option(help="Folder for checkpoints; a stopped run goes on from there.")
    ] = Path("runs"),
    plan: Annotated[
        bool, typer.Option("--plan", help="Only print the plan of an image recipe, with reasons.")
    ] = False,
    sheet: Annotated[
        Path | None,
        typer.Option(help="Only draw pictures of an image recipe as training changes them."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the card.")] = False,
) -> None:
    """Train, calibrate, evaluate and package a model by its recipe.

    Needs the extra 'train': pip install torch==2.13.0, then pip install 'osler[train]'. A recipe of
    a model of the record (task = "record") needs the extra 'tables' instead, and no torch.

    Examples:

      osler train recipes/cxr-tb.toml --data ../data

      osler train recipes/ct-ich.toml --data ../data --plan

      osler train recipes/tables/record-coronary.toml --data ../data/tabular
    """
    if is_of_images(recipe):
        with progress(quiet=as_json) as tell:
            bench = _image_bench(recipe, data, runs=runs, tell=tell)
            _train_images(bench, _Asked(plan, sheet, models, as_json))
        return
    if plan or sheet is not None:
        raise Misuse(
            f"{recipe.name} is no recipe of kind 'image'; only these have a plan and a sheet"
        )
    if is_of_record(recipe):
        _train_record(recipe, data, models=models, runs=runs, as_json=as_json)
        return
    _train_films(recipe, data, models=models, runs=runs, as_json=as_json)
