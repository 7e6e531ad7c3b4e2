"""Films of a data set as squares in memory, decoded once and kept in a cache file."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.learn.datasets.table import DataSet
from osler.prepare.film import SQUARE, canonical
from osler.standards.pictures import decode_first, read_content

Squares = npt.NDArray[np.uint8]


def load_squares(
    dataset: DataSet, *, cache: Path, on_progress: Callable[[int, int], None] | None = None
) -> Squares:
    """Return the films of a data set by the road that a served film takes.

    Returns
    -------
    (rows, 224, 224), 0 to 255: the canonical square times 255, rounded.
    """
    key = hashlib.sha256()
    for row in dataset.rows:
        key.update(f"{row.path.name}:{row.path.stat().st_size}\n".encode())
    file = cache / f"{dataset.name}-{key.hexdigest()[:16]}.npy"
    if file.is_file():
        loaded: Squares = np.load(file, allow_pickle=False)
        return loaded
    squares = np.empty((len(dataset.rows), SQUARE, SQUARE), dtype=np.uint8)
    for i, row in enumerate(dataset.rows):
        squares[i] = load_square(row.path)
        if on_progress is not None:
            on_progress(i + 1, len(dataset.rows))
    cache.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part.npy")
    np.save(part, squares)
    part.replace(file)
    return squares


def load_square(path: Path) -> npt.NDArray[np.uint8]:
    """Return one film as a canonical square, 0 to 255."""
    instance = read_content(path.read_bytes(), origin=path.name)
    square: npt.NDArray[np.uint8] = np.rint(canonical(decode_first(instance)) * 255.0).astype(
        np.uint8
    )
    return square
