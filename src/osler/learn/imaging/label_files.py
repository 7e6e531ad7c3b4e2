"""Files that say what is drawn: which column names them, where they lie (no torch)."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from osler.errors import InputRefused, OslerError
from osler.learn.datasets.table import TABLE, DataSet, Row
from osler.learn.imaging.fingerprint import data_hash
from osler.learn.imaging.recipe import ImageRecipe

log = logging.getLogger(__name__)
Read = TypeVar("Read")


def needed(dataset: DataSet, column: str) -> str:
    """Return a column's name.

    Raises
    ------
    InputRefused
        The table has no such column.
    """
    found = dataset.rows[0].columns if dataset.rows else {}
    if column not in found:
        raise InputRefused(
            f"{dataset.folder.name}/{TABLE}: found columns {', '.join(found) or 'none'}, "
            f"need {column!r}, which names what is drawn; add it, or set 'column' of the structures"
        )
    return column


def column_of(dataset: DataSet, recipe: ImageRecipe) -> str:
    """Return the one column that names the label maps of volumes.

    Raises
    ------
    InputRefused
        The structures name several, or the table has no such column.
    """
    columns = sorted({one.column for one in recipe.structures})
    if len(columns) > 1:
        raise InputRefused(
            f"recipe {recipe.name}: structures name the columns {', '.join(columns)}; a volume has "
            "one label map, in which they are 1, 2, ... in the recipe's order: name one column"
        )
    return needed(dataset, columns[0])


def beside(folder: Path, name: str) -> Path:
    """Return the path of a file that a table names.

    Raises
    ------
    InputRefused
        It is not there, or lies outside of the data set.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise InputRefused(f"{name!r} is not a file in {folder.name}; add it or drop its row")
    return path


def files_hash(dataset: DataSet, recipe: ImageRecipe, named: Iterable[str]) -> str:
    """Return the hash of the table, and of the size of every file that it and ``named`` name."""
    digest = hashlib.sha256(data_hash(dataset, recipe).encode())
    for name in (*(row.columns["file"] for row in dataset.rows), *named):
        path = dataset.folder / name
        size = path.stat().st_size if path.is_file() else -1
        digest.update(f"{name}:{size}\n".encode())
    return digest.hexdigest()


def readable(rows: Iterable[Row], read: Callable[[Row], Read]) -> Iterator[Read]:
    """Yield what was read of each row; a file that breaks after it was looked at is passed over."""
    for row in rows:
        try:
            found = read(row)
        except OslerError as error:
            log.warning("left out, it broke after it was looked at: %s", error)
            continue
        yield found


def some(found: list[Read], dataset: DataSet) -> list[Read]:
    """Return what was read of a data set.

    Raises
    ------
    InputRefused
        It is nothing.
    """
    if not found:
        raise InputRefused(
            f"{dataset.name}: none of {len(dataset.rows)} rows can be read; look at their files"
        )
    return found
