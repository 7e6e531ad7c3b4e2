"""Repeated rows, and people who stand in several rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.prepare.quality.columns import Column

PERSON = re.compile(
    r"(?i)(^|_)(patient|subject|person|participant|record|case|uniquepid|pid|mrn|name|id|nbr|number)"
    r"(s|_?id|_?nbr|_?number|_?no)?($|_)|patientunitstayid|patienthealthsystemstayid|code"
)
# phon_R01_S07_3: the third recording of the seventh subject.
RECORDING = re.compile(r"^(.*\d.*)[_\-. ]\d{1,3}$")


@dataclass(frozen=True)
class People:
    """Who is who: one number a row, and the column that says so; '' where each row is a person."""

    groups: npt.NDArray[np.int64]
    column: str = ""
    how: str = ""

    @property
    def number(self) -> int:
        """How many people there are."""
        return len(np.unique(self.groups))


def repeated_rows(columns: Sequence[Column], rows: int) -> int:
    """Return how many rows say again what another says, numbers of rows left aside."""
    kept = [one for one in columns if not _counts_rows(one, rows)]
    if not kept:
        return 0
    codes = np.stack([one.codes for one in kept], axis=1)
    return rows - len(np.unique(codes, axis=0))


def people_of(columns: Sequence[Column], rows: int) -> People:
    """Return who stands in several rows, by a column that names people."""
    for one in columns:
        if not PERSON.search(one.name) or one.missing_share > 0.01:
            continue
        if 1 < one.distinct < rows and one.distinct > max(10, 0.02 * rows) - 1:
            if _is_measured(one):
                continue
            return People(one.codes, one.name, "the same number stands in several rows")
    for one in columns:
        if one.numbers is not None or one.distinct < rows:
            continue
        stems = [found[1] if (found := RECORDING.match(word)) else word for word in one.words]
        names, groups = np.unique(np.asarray(stems), return_inverse=True)
        if 1 < len(names) <= rows / 2:
            how = "names differ by a running number at the end"
            return People(groups.astype(np.int64), one.name, how)
    return People(np.arange(rows, dtype=np.int64))


def _is_measured(column: Column) -> bool:
    """Tell whether a column has fractions: no number of a person has."""
    return bool(len(column.known)) and bool((column.known % 1 != 0).any())


def _counts_rows(column: Column, rows: int) -> bool:
    """Tell whether a column is a number of the row: different in each and named like one."""
    return column.distinct == rows and bool(PERSON.search(column.name))
