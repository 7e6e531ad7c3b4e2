"""A CSV file as numbers in Osler's units, with what is missing as NaN."""

import csv
import gzip
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.errors import InputRefused, NotFound
from osler.learn.tables.recipe import Column, TableRecipe

FEWEST_ROWS = 100
FEWEST_A_CLASS = 20
NAMES_THE_TARGET = 0.999
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """``values`` (rows, features) with NaN for missing; ``labels`` (rows,); one group a person."""

    values: Floats
    labels: Bools
    groups: tuple[str, ...]
    names: tuple[str, ...]
    sha256: str
    repeated_rows: int

    def part(self, rows: npt.NDArray[np.int64] | Bools) -> "Table":
        """Return some rows."""
        chosen = np.arange(len(self.labels))[rows]
        return Table(
            self.values[chosen],
            self.labels[chosen],
            tuple(self.groups[i] for i in chosen),
            names=self.names,
            sha256=self.sha256,
            repeated_rows=self.repeated_rows,
        )


def read_rows(file: Path) -> list[dict[str, str]]:
    """Read the rows of a CSV file, also a gzipped one.

    Raises
    ------
    NotFound
        No such file.
    """
    if not file.is_file():
        raise NotFound(f"no table at {file}; name the folder that holds it with --data")
    content = file.read_bytes()
    text = (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_table(file: Path, recipe: TableRecipe) -> Table:
    """Read the columns of a recipe.

    Rows that agree in every predictor are taken for one person, so that copies never stand on
    both sides of a fold; so are rows of one value of the recipe's ``group`` column.

    Raises
    ------
    InputRefused
        A column is missing or empty, a class is missing or too small, there are too few rows, or
        one column alone tells the outcome.
    """
    rows = read_rows(file)
    _require_columns(rows, recipe, file)
    values = np.array([[number_of(row, one) for one in recipe.columns] for row in rows])
    labels = np.array([row[recipe.target.column].strip() in recipe.target.positive for row in rows])
    table = Table(
        values.reshape(len(rows), len(recipe.columns)),
        labels,
        _groups(rows, values, recipe),
        names=tuple(one.feature.name for one in recipe.columns),
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        repeated_rows=len(rows) - len({tuple(row.values()) for row in rows}),
    )
    require_learnable(table)
    return table


def require_learnable(table: Table) -> None:
    """Refuse a table from which nothing honest can be learnt.

    Raises
    ------
    InputRefused
        Names what is wrong first.
    """
    count, positive = len(table.labels), int(table.labels.sum())
    if count < FEWEST_ROWS:
        raise InputRefused(
            f"the table has {count} rows, expected at least {FEWEST_ROWS}; "
            "a model of fewer patients is chance; collect more"
        )
    if positive in (0, count):
        raise InputRefused(
            "the table has a single class of the outcome; expected patients with and without it; "
            "check the recipe's target"
        )
    if min(positive, count - positive) < FEWEST_A_CLASS:
        raise InputRefused(
            f"the table has {positive} positive and {count - positive} negative rows, expected at "
            f"least {FEWEST_A_CLASS} of each; collect more"
        )
    for column, name in enumerate(table.names):
        known = ~np.isnan(table.values[:, column])
        if not known.any():
            raise InputRefused(
                f"column {name!r} is missing in every row; expected some values; "
                "take it out of the recipe"
            )
        if _tells_all(table.values[known, column], table.labels[known]):
            raise InputRefused(
                f"column {name!r} alone tells the outcome in every row; it is the outcome, or "
                "known only after it; take it out of the recipe"
            )


def _tells_all(values: Floats, labels: Bools) -> bool:
    """Tell whether few values of one column split the classes without a single error."""
    found = np.unique(values)
    if len(found) < 2 or len(found) > 5 or labels.all() or not labels.any():
        return False
    return all(len(np.unique(labels[values == one])) == 1 for one in found)


def _require_columns(rows: list[dict[str, str]], recipe: TableRecipe, file: Path) -> None:
    there = set(rows[0]) if rows else set()
    for wanted in (recipe.target.column, *(one.column for one in recipe.columns)):
        if wanted not in there:
            raise InputRefused(
                f"{file.name} has no column {wanted!r}; expected the recipe's columns; "
                f"there is {', '.join(sorted(there)) or 'no row'}"
            )


def number_of(row: dict[str, str], column: Column) -> float:
    """Return one value in Osler's unit; NaN where it is missing or not plausible."""
    text = row[column.column].strip()
    if text in column.words:
        return column.words[text]
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    if column.zero_is_missing and value == 0:
        return float("nan")
    value *= column.factor
    plausible = column.feature.low <= value <= column.feature.high
    # Served as float32: learnt from the same numbers.
    return float(np.float32(value)) if plausible else float("nan")


def _groups(rows: list[dict[str, str]], values: Floats, recipe: TableRecipe) -> tuple[str, ...]:
    """Return who each row is of."""
    if recipe.group is not None:
        return tuple(row[recipe.group] for row in rows)
    return tuple(hashlib.sha256(one.tobytes()).hexdigest()[:16] for one in values)
