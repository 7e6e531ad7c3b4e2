"""What a data set of boxed things is, as far as a plan depends on it (no torch)."""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.errors import InputRefused, NotFound
from osler.learn.datasets.looking import ImageFacts, look
from osler.learn.datasets.table import DataSet, Row, read_listed
from osler.learn.imaging.at_once import Tell
from osler.learn.imaging.fingerprint import Fingerprint, fingerprint_of, sift
from osler.learn.imaging.label_files import files_hash
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.imaging.seen_structures import Seen, counted_in

Floats = npt.NDArray[np.float32]
BOXES = "boxes.csv"
EDGES = ("ymin", "xmin", "ymax", "xmax")
NEEDED = ("file", "label", *EDGES)
BEYOND = 1.0  # pixels that a box may reach out of its picture, since tools round differently


class BoxStructure(Seen):
    """One kind: its boxes, the median rows and columns of one, and a short one's shorter side.

    ``short`` is the 5th percentile of the shorter side, in pixels of the picture.
    """

    boxes: int
    sides: tuple[float, float]
    short: float


class BoxFingerprint(Fingerprint):
    """A data set of boxed things in numbers, of the pictures that are trained on.

    ``per_picture`` is the least, median and largest number of boxes on a picture.
    """

    per_picture: tuple[int, int, int]
    structures: dict[str, BoxStructure]

    def facts(self) -> Iterator[str]:
        """Yield what was found, in words."""
        colour = "in colour" if self.colour else "grey"
        least, median, most = self.per_picture
        yield (
            f"pictures: median {self.longest} x {self.shortest} pixels, {colour}, mean grey "
            f"{self.grey_mean:.4g} +- {self.grey_deviation:.4g}"
        )
        yield f"boxes on a picture: {least} to {most}, median {median}"
        for name, one in self.structures.items():
            rows, columns = one.sides
            yield (
                f"{name}: {one.boxes} boxes on {one.told('pictures')}, median {rows:.0f} x "
                f"{columns:.0f} pixels, the shorter side 19 times in 20 over {one.short:.0f}"
            )


@dataclass(frozen=True)
class BoxTable:
    """The boxes of each file of ``labels.csv``, and why some files cannot be used.

    ``boxes`` are (n,5): kind, row0, column0, row1, column1, from 0, half-open.
    """

    boxes: Mapping[str, Floats]
    faults: Mapping[str, str]


def read_boxes(dataset: DataSet, kinds: Sequence[str]) -> BoxTable:
    """Read ``boxes.csv``, which counts pixels from 1, both ends within the box (VOC).

    Boxes of files that ``labels.csv`` lacks are passed over, and a file with a box that is none
    is left out: what is not boxed on it would be learnt as nothing.

    Raises
    ------
    NotFound
        There is no such table.
    InputRefused
        It lacks a column, or names a kind that the recipe does not.
    """
    table = dataset.folder / BOXES
    if not table.is_file():
        raise NotFound(f"no {BOXES} in {dataset.folder}; a detector needs one")
    listed = {row.columns["file"] for row in read_listed(dataset.folder).rows}
    found: dict[str, list[list[float]]] = defaultdict(list)
    faults: dict[str, str] = {}
    with table.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        if absent := [one for one in NEEDED if one not in (reader.fieldnames or ())]:
            raise InputRefused(
                f"{BOXES}: found columns {reader.fieldnames}, need also {', '.join(absent)}"
            )
        for number, line in enumerate(reader, start=2):
            if line["label"] not in kinds:
                raise InputRefused(
                    f"{BOXES}: kind {line['label']!r} of {line['file']}, the recipe names "
                    f"{', '.join(kinds)}; add it or leave these boxes out"
                )
            if line["file"] not in listed:
                faults[line["file"]] = f"{BOXES} names {line['file']}, labels.csv does not"
                continue
            box = _box(line)
            if box is None:
                said = ", ".join(f"{edge} {line[edge]}" for edge in EDGES)
                faults[line["file"]] = f"{line['file']}: line {number} of {BOXES} is no box: {said}"
                continue
            found[line["file"]].append([kinds.index(line["label"]), *box])
    known = [row.columns["file"] for row in dataset.rows]
    return BoxTable(
        {f: np.asarray(found.get(f, []), dtype=np.float32).reshape(-1, 5) for f in known},
        {file: said for file, said in faults.items() if file in known or file not in listed},
    )


def _box(line: Mapping[str, str]) -> list[float] | None:
    """Return the edges of a line from 0, half-open; None where they bound nothing."""
    try:
        top, left, bottom, right = (float(line[edge]) for edge in EDGES)
    except (TypeError, ValueError):
        return None
    whole = np.isfinite([top, left, bottom, right]).all() and bottom >= top and right >= left
    return [top - 1.0, left - 1.0, bottom, right] if whole else None


def boxes_hash(dataset: DataSet, recipe: ImageRecipe) -> str:
    """Return the hash of what would be looked at: both tables, and the size of every picture."""
    table: Path = dataset.folder / BOXES
    content = table.read_bytes() if table.is_file() else b""
    return hashlib.sha256(files_hash(dataset, recipe, ()).encode() + content).hexdigest()


def examine_boxes(
    dataset: DataSet, recipe: ImageRecipe, *, processes: int, tell: Tell
) -> BoxFingerprint:
    """Look at every picture and its boxes.

    Raises
    ------
    NotFound, InputRefused
        As `read_boxes`; nothing is left to train on, or a kind is boxed nowhere.
    """
    table = read_boxes(dataset, [one.column for one in recipe.structures])
    facts = look([row.path for row in dataset.rows], processes=processes, on_progress=tell)
    faults = {**table.faults, **_of_other_pictures(dataset, facts, table)}
    sifted = sift(dataset, recipe, facts, faults=faults)
    base = fingerprint_of(dataset, recipe, sifted).model_dump()
    learnt = [dataset.rows[n] for n in sifted.learnt(dataset, recipe)]
    counts = [len(table.boxes[row.columns["file"]]) for row in learnt]
    return BoxFingerprint(
        **{**base, "sha256": boxes_hash(dataset, recipe), "drawn": sum(n > 0 for n in counts)},
        per_picture=(min(counts), round(float(np.median(counts))), max(counts)),
        structures={
            one.name: _structure(one.name, kind, learnt, table=table)
            for kind, one in enumerate(recipe.structures)
        },
    )


def _of_other_pictures(
    dataset: DataSet, facts: Sequence[ImageFacts], table: BoxTable
) -> dict[str, str]:
    """Say of each picture that a box reaches out of it: its boxes are of another picture."""
    found = {}
    for row, fact in zip(dataset.rows, facts, strict=True):
        name = row.columns["file"]
        boxes = table.boxes[name][:, 1:]
        if fact.fault is not None or not len(boxes):
            continue
        top, left = boxes[:, :2].min(axis=0)
        bottom, right = boxes[:, 2:].max(axis=0)
        rows, columns = fact.shape
        if min(top, left) < -BEYOND or bottom > rows + BEYOND or right > columns + BEYOND:
            found[name] = (
                f"{name}: its boxes reach from row {top:.0f}, column {left:.0f} to {bottom:.0f}, "
                f"{right:.0f}, the picture has {rows} x {columns} pixels; box it anew"
            )
    return found


def _structure(name: str, kind: int, rows: Sequence[Row], *, table: BoxTable) -> BoxStructure:
    """Return how often and how large one kind is boxed."""
    each = [table.boxes[row.columns["file"]] for row in rows]
    own = [boxes[boxes[:, 0] == kind, 1:] for boxes in each]
    base = counted_in(name, [row for row, here in zip(rows, own, strict=True) if len(here)])
    every = np.concatenate(own).astype(np.float64)
    sides = every[:, 2:] - every[:, :2]
    rows_of, columns_of = np.median(sides, axis=0)
    return BoxStructure(
        **base.model_dump(),
        boxes=len(every),
        sides=(round(float(rows_of), 1), round(float(columns_of), 1)),
        short=round(float(np.percentile(sides.min(axis=1), 5)), 1),
    )
