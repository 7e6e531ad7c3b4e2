"""A labelled folder of films: ``labels.csv`` and the files that it names."""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.errors import InputRefused, NotFound

TABLE = "labels.csv"


@dataclass(frozen=True)
class Row:
    """One line of ``labels.csv``: the file, whose it is, its split, and every column as text.

    Where ``patient_id`` is absent or blank, ``group_id`` takes its place, else the file's own
    name: then each film counts as a patient of its own.
    """

    path: Path
    patient_id: str
    split: str | None
    columns: Mapping[str, str]


@dataclass(frozen=True)
class DataSet:
    """The rows of one data set, in the order of its file."""

    name: str
    folder: Path
    rows: tuple[Row, ...]

    def where(
        self,
        *,
        splits: Iterable[str] | None = None,
        exclude: Mapping[str, str] | None = None,
        without_patients: frozenset[str] = frozenset(),
    ) -> "DataSet":
        """Return the rows of some splits, without those that ``exclude`` or a patient names."""
        wanted = None if splits is None else set(splits)
        unwanted = dict(exclude or {})
        rows = tuple(
            row
            for row in self.rows
            if (wanted is None or row.split in wanted)
            and row.patient_id not in without_patients
            and not any(row.columns.get(key) == value for key, value in unwanted.items())
        )
        return DataSet(self.name, self.folder, rows)

    def with_splits(self, splits: Iterable[str]) -> "DataSet":
        """Return the same rows in other splits."""
        rows = tuple(replace(row, split=one) for row, one in zip(self.rows, splits, strict=True))
        return DataSet(self.name, self.folder, rows)

    def patients(self) -> frozenset[str]:
        """Return the distinct patients."""
        return frozenset(row.patient_id for row in self.rows)

    def has_splits(self) -> bool:
        """Tell whether the file has a split column."""
        return any(row.split is not None for row in self.rows)

    def fingerprint(self) -> str:
        """Return the SHA-256 over file names, patients, splits and labels, in file order."""
        digest = hashlib.sha256()
        for row in self.rows:
            digest.update("\x1f".join(f"{k}={v}" for k, v in sorted(row.columns.items())).encode())
        return digest.hexdigest()


def read_dataset(folder: Path) -> DataSet:
    """Read ``labels.csv`` of a data set.

    Raises
    ------
    NotFound
        No such folder, or no ``labels.csv`` in it.
    InputRefused
        A needed column is absent, or a row names a file that is not there.
    """
    listed = read_listed(folder)
    absent = [row for row in listed.rows if not row.path.is_file()]
    if absent:
        raise InputRefused(
            f"{folder / TABLE} names {len(absent)} files that are not there, "
            f"first {absent[0].path.name}; remove these rows or add the files"
        )
    return listed


def read_listed(folder: Path) -> DataSet:
    """Read ``labels.csv`` of a data set; the files that it names may be there or not.

    Raises
    ------
    NotFound
        No such folder, or no ``labels.csv`` in it.
    InputRefused
        A needed column is absent, or there is no row.
    """
    table = folder / TABLE
    if not table.is_file():
        raise NotFound(f"no {TABLE} in {folder}; a data set is a folder with {TABLE}")
    with table.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        if "file" not in (reader.fieldnames or ()):
            raise InputRefused(f"{table}: found columns {reader.fieldnames}, need also 'file'")
        rows = tuple(_rows(folder, reader))
    if not rows:
        raise InputRefused(f"{table} holds no rows")
    return DataSet(folder.name, folder, rows)


def _rows(folder: Path, reader: "csv.DictReader[str]") -> Iterator[Row]:
    """Turn lines of the table into rows; a name outside the folder is refused."""
    for number, line in enumerate(reader, start=2):
        name = line["file"]
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise InputRefused(f"labels.csv line {number}: {name!r} lies outside the data set")
        patient = line.get("patient_id") or line.get("group_id") or name
        yield Row(path, patient, line.get("split"), line)


def read_labels(
    rows: Iterable[Row], outputs: Iterable[tuple[str, tuple[str, ...]]]
) -> npt.NDArray[np.float32]:
    """Return the labels of rows: (rows, outputs), 1 yes, 0 no, NaN not stated.

    Parameters
    ----------
    rows
        Rows of one data set.
    outputs
        (name, positive labels) pairs. A 0/1 column of that name wins; without one, ``label`` is
        compared with the positive labels.

    Raises
    ------
    InputRefused
        A column is absent from the data set, or a value is none of 0, 1 and blank.
    """
    return np.array(
        [[_label(row, name, positive) for name, positive in outputs] for row in rows],
        dtype=np.float32,
    )


def _label(row: Row, name: str, positive: tuple[str, ...]) -> float:
    """Return one label as 1, 0 or NaN."""
    column = name if name in row.columns else "label" if positive else name
    if column not in row.columns:
        raise InputRefused(
            f"the data set of {row.path.name} has no column {column!r}, needed for output {name!r}"
        )
    text = (row.columns[column] or "").strip()
    if text == "":
        return float("nan")
    if column == "label":
        return 1.0 if text in positive else 0.0
    if text in ("0", "1", "0.0", "1.0"):
        return float(text)
    raise InputRefused(f"{row.path.name}: column {name!r} holds {text!r}, expected 0, 1 or blank")
