"""``osler train``: from a recipe and data to a checked package."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from osler.cli.talk import print_json, progress, say
from osler.errors import NotSupported


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


def train(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as recipes/cxr-tb.toml.")],
    data: Annotated[Path, typer.Option(help="Folder that holds the recipe's data sets.")],
    models: Annotated[Path, typer.Option(help="Folder of packages to write to.")] = Path("models"),
    runs: Annotated[
        Path, typer.Option(help="Folder for checkpoints; a stopped run goes on from there.")
    ] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the card.")] = False,
) -> None:
    """Train, calibrate, evaluate and package a model by its recipe.

    Needs the extra 'train': pip install torch==2.13.0, then pip install 'osler[train]'. A recipe of
    a model of the record (task = "record") needs the extra 'tables' instead, and no torch.

    Examples:

      osler train recipes/cxr-tb.toml --data ../data

      osler train recipes/tables/record-coronary.toml --data ../data/tabular
    """
    if is_of_record(recipe):
        _train_record(recipe, data, models=models, runs=runs, as_json=as_json)
        return
    try:
        from osler.learn.bench import Bench, train_network
        from osler.learn.build import build_package
    except ModuleNotFoundError as error:
        raise NotSupported(
            f"training needs {error.name}, which is not installed; "
            "pip install torch==2.13.0, then pip install 'osler[train]'"
        ) from error
    from osler.learn.recipe import read_recipe

    plan = read_recipe(recipe)
    with progress(quiet=as_json) as tell:
        bench = Bench(
            recipe=plan,
            recipe_folder=recipe.parent,
            data=data,
            runs=runs,
            on_progress=lambda name, done, known, loss: tell(
                f"{name} (loss {loss:.3f})" if known == done else name, done, known
            ),
        )
        network = train_network(bench)
        say(f"{plan.name}: trained; exporting, calibrating and evaluating")
        place = build_package(bench, network, models)
    if as_json:
        from osler.analyse.card import read_card

        print_json(read_card(place / "card.json").model_dump(mode="json"))
        return
    print(place)
