"""A data set written down: every file with its hash, its patient, its class and its split."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from osler.learn.datasets.checking import Doubt
from osler.learn.datasets.looking import ImageFacts
from osler.learn.datasets.table import TABLE, DataSet

SCHEMA = 1


@dataclass(frozen=True)
class Manifest:
    """What a data set is, as one JSON object (`to_json`).

    ``splits`` and ``groups`` are of each row; ``sha256`` is over all of the rest, so that a run can
    say what it was trained on in one line.
    """

    name: str
    label: str | None
    rows: tuple[dict[str, Any], ...]
    summary: dict[str, Any]
    doubts: tuple[Doubt, ...]

    @property
    def sha256(self) -> str:
        """The hash over the rows: files, patients, classes and splits."""
        return hashlib.sha256(json.dumps(self.rows, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as JSON."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "sha256": self.sha256,
            "label": self.label,
            "summary": self.summary,
            "doubts": [asdict(one) for one in self.doubts],
            "rows": list(self.rows),
        }

    def write(self, file: Path) -> None:
        """Write the manifest; the file is whole or not there."""
        part = file.with_suffix(".part")
        part.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")
        part.replace(file)


def a_manifest(
    dataset: DataSet,
    facts: Sequence[ImageFacts],
    *,
    groups: Sequence[str],
    splits: Sequence[str],
    label: str | None,
    doubts: tuple[Doubt, ...],
) -> Manifest:
    """Put a manifest together from what was found; all sequences are of the rows."""
    rows = tuple(
        {
            "file": row.columns["file"],
            "sha256": one.sha256,
            "pixels": one.pixels,
            "patient": row.patient_id,
            "group": group,
            "split": split,
            "label": None if label is None else row.columns[label],
        }
        for row, one, group, split in zip(dataset.rows, facts, groups, splits, strict=True)
    )
    return Manifest(
        dataset.name, label, rows, _summary(dataset, facts, splits, label=label), doubts
    )


def _summary(
    dataset: DataSet, facts: Sequence[ImageFacts], splits: Sequence[str], *, label: str | None
) -> dict[str, Any]:
    """Return counts and ranges: what a training plan is derived from."""
    read = [one for one in facts if one.fault is None]
    sides = np.array([one.shape for one in read] or [(0, 0)])
    return {
        "files": len(facts),
        "read": len(read),
        "patients": len(dataset.patients()),
        "splits": dict(sorted(Counter(splits).items())),
        "classes": {}
        if label is None
        else {
            split: dict(
                sorted(
                    Counter(
                        row.columns[label]
                        for row, its in zip(dataset.rows, splits, strict=True)
                        if its == split
                    ).items()
                )
            )
            for split in sorted(set(splits))
        },
        "rows": [int(np.percentile(sides[:, 0], q)) for q in (0, 50, 100)],
        "columns": [int(np.percentile(sides[:, 1], q)) for q in (0, 50, 100)],
        "channels": dict(sorted(Counter(str(one.channels) for one in read).items())),
        "values": {
            "low": min((one.low for one in read), default=0.0),
            "high": max((one.high for one in read), default=0.0),
            "mean": float(np.mean([one.mean for one in read])) if read else 0.0,
            "deviation": float(np.mean([one.deviation for one in read])) if read else 0.0,
        },
    }


def write_table(dataset: DataSet, splits: Sequence[str], file: Path) -> None:
    """Write the data set's table with new splits beside the old one, never over it.

    ``file`` has all columns of the table it came from.
    """
    with (dataset.folder / TABLE).open(newline="", encoding="utf-8-sig") as stream:
        names = list(csv.DictReader(stream).fieldnames or ())
    columns = names if "split" in names else [*names, "split"]
    part = file.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        for row, split in zip(dataset.rows, splits, strict=True):
            writer.writerow({**row.columns, "split": split})
    part.replace(file)
