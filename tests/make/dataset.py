"""Builders of labelled folders of drawn films."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from make.package import Grey, a_film


def a_table(folder: Path, lines: Sequence[Mapping[str, object]], name: str = "labels.csv") -> Path:
    """Write lines as CSV with the columns of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return file


def a_dataset(
    folder: Path,
    lines: Sequence[Mapping[str, object]],
    *,
    films: Mapping[str, Grey] | None = None,
) -> Path:
    """Write ``labels.csv`` and a film for each line (the drawn one where none is given)."""
    a_table(folder, lines)
    for line in lines:
        name = str(line["file"])
        grey = (films or {}).get(name, a_film())
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.rint(grey).astype(np.uint8)).save(folder / name)
    return folder
