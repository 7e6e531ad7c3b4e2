"""A column as numbers or as words, with what is missing."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from osler.standards.tables import Table

MISSING = frozenset({"", "na", "n/a", "nan", "null", "?", "."})
# As many cells have to be numbers for a column to be one; the rest is named as odd.
NUMERIC_SHARE = 0.95


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Attributes
    ----------
    numbers
        One a row, NaN where missing or no number; None for a column of words.
    words
        One a row, as written.
    missing
        One a row.
    """

    name: str
    words: npt.NDArray[np.str_]
    missing: npt.NDArray[np.bool_]
    numbers: npt.NDArray[np.float64] | None

    @cached_property
    def known(self) -> npt.NDArray[np.float64]:
        """The numbers that are there."""
        if self.numbers is None:
            return np.empty(0)
        return self.numbers[np.isfinite(self.numbers)]

    @cached_property
    def codes(self) -> npt.NDArray[np.int64]:
        """One number a distinct word, one a row."""
        _, inverse = np.unique(self.words, return_inverse=True)
        return inverse.astype(np.int64)

    @property
    def distinct(self) -> int:
        """How many different words there are, missing ones left out."""
        return len(np.unique(self.words[~self.missing]))

    @property
    def missing_share(self) -> float:
        """Which share of the cells is missing."""
        return float(self.missing.mean()) if len(self.missing) else 0.0


def columns_of(table: Table) -> tuple[Column, ...]:
    """Return the columns of a table."""
    return tuple(_column(name, cells) for name, cells in table.columns.items())


def _column(name: str, cells: tuple[str, ...]) -> Column:
    words = np.asarray(cells, dtype=np.str_)
    missing = np.fromiter((cell.lower() in MISSING for cell in cells), dtype=bool, count=len(cells))
    numbers = np.full(len(cells), np.nan)
    read = 0
    for index in np.flatnonzero(~missing):
        try:
            numbers[index] = float(cells[index])
        except ValueError:
            continue
        read += 1
    known = int((~missing).sum())
    is_numeric = known > 0 and read >= NUMERIC_SHARE * known
    return Column(name, words, missing, numbers if is_numeric else None)
