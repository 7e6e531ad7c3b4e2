"""``osler prepare``: whether a data set is fit to learn from."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli.kept import Json
from osler.cli.talk import print_json, say
from osler.errors import Misuse, NotAllowed, NotFound

if TYPE_CHECKING:
    from osler.prepare.quality import Report
    from osler.standards.tables import Table

app = typer.Typer(help="Look whether data is fit to be used.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keep the name of the one command there is in the command line."""


@app.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="A CSV (plain or gzip), or a folder of them.")],
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The outcome, to look for leaks.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Where a row comes from; found by its name."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report with charts here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a table: what is missing, repeated, impossible, mixed, or too good to be true.

    Example:

      osler prepare check pima.csv --target outcome --html quality.html

    Exit code: 0 checked, whatever was found; 2 no such column, 3 no table.
    """
    from osler.prepare.quality import check_tables
    from osler.standards.guideline import shipped

    reports = check_tables(
        _tables(path),
        target=target,
        ranges=shipped().plausible_ranges,
        now=datetime.now(UTC),
        source=source,
    )
    if html is not None:
        _write(html, reports)
    if as_json:
        print_json([_plain(one) for one in reports])
        return
    for one in reports:
        print(f"{one.name}: {one.rows} rows of {one.people} people, {len(one.columns)} columns")
        for found in one.suspicions:
            print(f"  {found.kind}: {f'{found.column}: ' if found.column else ''}{found.sentence}")
        if one.target is None:
            say(f"{one.name}: no --target was named, so no leak was looked for")


def _tables(path: Path) -> "list[Table]":
    """Read the tables at a path."""
    from osler.standards.tables import read_table

    if not path.exists():
        raise NotFound(f"{path}: there is no such file or folder; check the path")
    files = [path]
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.name.endswith((".csv", ".csv.gz")))
    if not files:
        raise Misuse(f"{path}: no CSV lies in the folder; expected .csv or .csv.gz")
    return [read_table(one.read_bytes(), name=one.name) for one in files]


def _write(html: Path, reports: "tuple[Report, ...]") -> None:
    """Write the page."""
    from osler.prepare.quality.page import to_html

    try:
        html.write_text(to_html(reports), encoding="utf-8")
    except OSError as error:
        raise NotAllowed(
            f"--html {html}: cannot be written ({error.strerror}); name another place"
        ) from error


def _plain(report: "Report") -> dict[str, Any]:
    """Return a report as JSON holds it."""
    return {
        "name": report.name,
        "rows": report.rows,
        "people": report.people,
        "target": report.target,
        "suspicions": [vars(one) for one in report.suspicions],
        "columns": [
            {
                "name": one.name,
                "kind": "words" if one.numbers is None else "numbers",
                "missing": int(one.missing.sum()),
                "distinct": one.distinct,
                "auroc_alone": report.alone.get(one.name),
                "drift": report.drift.get(one.name),
            }
            for one in report.columns
        ],
    }
