"""``osler prepare dataset``: a folder of labelled images, checked and split."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli.kept import Json
from osler.cli.talk import print_json, progress, say
from osler.errors import Misuse

if TYPE_CHECKING:
    from osler.learn.datasets.manifest import Manifest

SHOWN = 3


def dataset(
    folder: Annotated[Path, typer.Argument(help="Folder with labels.csv and the images.")],
    label: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The class; 'label' where there is one."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(metavar="SHARES", help="Split anew: percent for train/val/test, as 70/10/20."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the new split.")] = 0,
    by_time: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Split by time: the newest patients are the test."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write manifest.json and a newly split labels.csv."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a data set of images: files, repeats, patients on both sides of a split, classes.

    Every file is read as a served image is. Repeats are found by their pixels, nearly the same and
    mirrored ones by a mark; with a new split they stay on one side, as a patient's images do. Rows
    in the split 'exclude' are left there.

    Examples:

      osler prepare dataset ../data/busi

      osler prepare dataset films --split 70/10/20 --seed 7 --out films-split

    Exit code: 0 checked, whatever was found; 2 no such column, 3 no table.
    """
    from osler.learn.datasets.manifest import write_table
    from osler.learn.datasets.preparing import Split, prepare_dataset, read_shares

    if by_time is not None and split is None:
        raise Misuse("--by-time says how to split; expected --split 70/10/20 as well")
    wish = None if split is None else Split(read_shares(split), seed, by_time)
    with progress(quiet=as_json) as tell:
        read, manifest = prepare_dataset(
            folder, label=label, split=wish, processes=os.cpu_count() or 1, tell=tell
        )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        manifest.write(out / "manifest.json")
        if wish is not None:
            write_table(read, [row.split or "" for row in read.rows], out / "labels.csv")
    if as_json:
        print_json(manifest.to_json())
        return
    _show(manifest)
    if out is not None:
        say(f"written to {out}")


def _show(manifest: "Manifest") -> None:
    """Print what a data set is, and the doubts about it."""
    summary = manifest.summary
    low, middle, high = (
        f"{rows} x {columns}"
        for rows, columns in zip(summary["rows"], summary["columns"], strict=True)
    )
    print(f"{manifest.name}: {summary['files']} files, {summary['read']} read")
    print(f"patients: {summary['patients']}")
    print(f"rows x columns: from {low} to {high}, {middle} at the median")
    for split, count in summary["splits"].items():
        classes = summary["classes"].get(split, {})
        told = ", ".join(f"{name or 'no label'} {number}" for name, number in classes.items())
        print(f"{split or 'no split'}: {count}{f' ({told})' if told else ''}")
    for one in manifest.doubts:
        print(f"{one.weight}: {one.sentence}")
        for example in one.examples[:SHOWN]:
            print(f"  {example}")
    print(f"sha256 {manifest.sha256}")
