"""Another hospital's words for a package's outputs: a file says which word means what. No torch."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from osler.analyse.card import Card, Part
from osler.errors import InputRefused, NotFound
from osler.learn.datasets.table import DataSet, Row


class Meaning(Part):
    """How one output is read off a table.

    A cell is cut at ``separator`` where there is one. Any part among ``positive`` makes it
    positive. Of the rest, parts among ``unknown`` and blank cells say nothing; where ``negative``
    is given only its words are negative, and every other word says nothing.
    """

    column: str
    positive: tuple[str, ...]
    negative: tuple[str, ...] | None = None
    unknown: tuple[str, ...] = ()
    separator: str | None = None

    def label(self, cell: str) -> str:
        """Return '1', '0' or '' of a cell."""
        parts = cell.split(self.separator) if self.separator else [cell]
        words = [part.strip() for part in parts if part.strip()]
        if any(word in self.positive for word in words):
            return "1"
        if not words or any(word in self.unknown for word in words):
            return ""
        if self.negative is not None and not any(word in self.negative for word in words):
            return ""
        return "0"


class LabelMap(Part):
    """A foreign data set in the words of a package.

    ``table`` and ``images`` lie in the data set's folder. ``columns`` names its columns for what
    Osler calls file, patient_id, split, sex, age and view. ``structures`` says what it calls what
    a package outlines or counts: the column of mask files, the label of boxes, the number in label
    maps.
    """

    table: str = "labels.csv"
    images: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    outputs: dict[str, Meaning] = Field(default_factory=dict)
    structures: dict[str, str] = Field(default_factory=dict)


KNOWN_COLUMNS = frozenset({"file", "patient_id", "split", "sex", "age", "view"})


def read_label_map(file: Path, card: Card) -> LabelMap:
    """Read a map from TOML and hold it against a card.

    Raises
    ------
    NotFound
        No such file.
    InputRefused
        It does not parse, has an unknown key, or names an output that the package has not.
    """
    if not file.is_file():
        raise NotFound(f"no map at {file}; docs/reference/evaluate.md says what stands in it")
    try:
        found = LabelMap.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(f"map {file.name} is not TOML: {error}; mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputRefused(f"map {file.name}, key {where}: {first['msg']}") from error
    for kind, named, have in (
        ("outputs", set(found.outputs), {one.name for one in card.outputs}),
        ("structures", set(found.structures), {one.name for one in card.structures}),
    ):
        if named - have:
            raise InputRefused(
                f"map {file.name} names the {kind} {sorted(named - have)}; {card.name} has "
                f"{sorted(have)}"
            )
    if not found.outputs and not found.structures:
        raise InputRefused(f"map {file.name} names no output and no structure of {card.name}")
    strange = sorted(set(found.columns) - KNOWN_COLUMNS)
    if strange:
        raise InputRefused(
            f"map {file.name}, columns: found {strange}, expected {sorted(KNOWN_COLUMNS)}"
        )
    return found


def mapped_dataset(folder: Path, plan: LabelMap) -> DataSet:
    """Read a foreign data set as a map says: one 0/1 column an output.

    Raises
    ------
    NotFound, InputRefused
        The table, one of its columns or one of its files is not there.
    """
    table = folder / plan.table
    if not table.is_file():
        raise NotFound(f"no {plan.table} in {folder}; the map's 'table' names it")
    with table.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        there = set(reader.fieldnames or ())
        named = {plan.columns.get("file", "file"), *plan.columns.values()}
        absent = sorted((named | {one.column for one in plan.outputs.values()}) - there)
        if absent:
            raise InputRefused(f"{plan.table} has no columns {absent}; it has {sorted(there)}")
        rows = tuple(_rows(folder, reader, plan))
    if not rows:
        raise InputRefused(f"{table} holds no rows")
    return DataSet(folder.name, folder, rows)


def _rows(folder: Path, lines: "csv.DictReader[str]", plan: LabelMap) -> Iterator[Row]:
    """Yield the rows of a foreign table."""
    root = (folder / plan.images).resolve()
    for number, line in enumerate(lines, start=2):
        columns = _columns(line, plan)
        path = (root / columns["file"]).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise InputRefused(
                f"{plan.table} line {number}: {columns['file']!r} is no file in the data set"
            )
        whose = columns.get("patient_id") or line.get("group_id") or columns["file"]
        yield Row(path, whose, columns.get("split"), columns)


def _columns(line: Mapping[str, str], plan: LabelMap) -> dict[str, str]:
    """Return a line in Osler's words."""
    found = {
        ours: line[plan.columns.get(ours, ours)] or ""
        for ours in KNOWN_COLUMNS
        if plan.columns.get(ours, ours) in line
    }
    labels = {name: one.label(line[one.column] or "") for name, one in plan.outputs.items()}
    return {**line, **found, **labels}
