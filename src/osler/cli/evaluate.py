"""``osler evaluate``: say how good a package is on a data set."""

from pathlib import Path
from typing import Annotated

import typer

from osler.cli.talk import print_json, progress
from osler.errors import NotFound


def _evaluate_record(
    model: str, table: Path, mapping: Path, *, report: Path | None, as_json: bool
) -> None:
    """Score a table by a model of the record and print its figures."""
    from osler.analyse.record_package import list_record_packages
    from osler.analyse.registry import default_folder
    from osler.learn.tables.foreign import evaluate_record_package
    from osler.settings import read_settings

    settings = read_settings()
    folder = settings.models_dir or default_folder()
    wanted, _, version = model.partition("/")
    listed = list_record_packages(folder, allowed=settings.allow_models)
    for one in listed:
        if one.package and one.name == wanted and version in ("", one.version):
            found = evaluate_record_package(one.package, table, mapping, report=report)
            break
    else:
        names = ", ".join(dict.fromkeys(one.name for one in listed if one.package)) or "none"
        raise NotFound(f"no model of the record {model!r}; there is {names}")
    if as_json:
        print_json(found)
        return
    print(f"{found['model']} on {found['table']}: {found['rows']} rows")
    for name, words in found["in_words"].items():
        print(f"  {name}: {words}")
    if found["missing_features"]:
        print(f"  without: {', '.join(found['missing_features'])}")


def evaluate(
    model: Annotated[str, typer.Argument(help="Name of a package, or name/version.")],
    dataset: Annotated[Path, typer.Argument(help="Folder with labels.csv.")],
    split: Annotated[
        str | None,
        typer.Option(
            help="Rows to score. [default: test; all rows where there is no split column]"
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Other readers' labels: a CSV with file and 0/1 columns."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Folder for an HTML report with charts (extra: charts).")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="Of a model of the record: which column is which feature (TOML)."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Another package, compared on the same films by paired tests."),
    ] = None,
    map_: Annotated[
        Path | None,
        typer.Option("--map", help="What a foreign table's words mean for the outputs (TOML)."),
    ] = None,
    sanity: Annotated[
        bool, typer.Option("--sanity", help="Check the maps too: randomised, deleted, pointing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score a data set and print figures with 95 % intervals, with and without refused films.

    Examples:

      osler evaluate cxr-tb ../data/cxr-tb-shenzhen

      osler evaluate cxr-adult ../data/cxr-adult --labels readers.csv

      osler evaluate cxr-adult ../data/other-hospital --map other-hospital.toml

      osler evaluate cxr-adult/1.1.0 ../data/cxr-adult --against cxr-adult/1.0.0

      osler evaluate record-liver other.csv --mapping other.toml
    """
    if mapping is not None:
        _evaluate_record(model, dataset, mapping, report=report, as_json=as_json)
        return
    from osler.analyse.registry import ANATOMY, default_folder, find_package
    from osler.learn.foreign import Asked, evaluate_package
    from osler.settings import read_settings

    settings = read_settings()
    folder = settings.models_dir or default_folder()
    package = find_package(folder, model, allowed=settings.allow_models)
    anatomy = find_package(folder, ANATOMY, allowed=settings.allow_models)
    other = find_package(folder, against, allowed=settings.allow_models) if against else None
    asked = Asked(
        split=split, labels=labels, mapping=map_, against=other, report=report, sanity=sanity
    )
    with progress(quiet=as_json) as tell:
        found = evaluate_package(
            package,
            anatomy,
            dataset,
            asked=asked,
            on_progress=lambda done, known: tell("scoring", done, known),
        )
    if as_json:
        print_json(found)
        return
    from osler.learn.foreign import as_table

    print(as_table(found))
