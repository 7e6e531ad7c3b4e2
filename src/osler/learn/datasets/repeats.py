"""Images that are in a data set more than once: to the pixel, nearly, or as in a mirror."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from osler.learn.datasets.looking import ImageFacts, Mark

# Correlation of two marks from which on two images are called the same; measured on five data sets
# (docs/reference/data-sets.md).
NEARLY = 0.98
TOGETHER = 512
Kind = Literal["same pixels", "nearly the same", "mirrored"]


@dataclass(frozen=True)
class Repeat:
    """Two rows that show the same, ``first`` before ``second`` in the table, and how alike."""

    first: int
    second: int
    kind: Kind
    correlation: float


def find_repeats(facts: Sequence[ImageFacts]) -> tuple[Repeat, ...]:
    """Return every pair of rows that show the same, in the order of the table.

    Images of one grey are all alike and are left out.
    """
    rows = [n for n, one in enumerate(facts) if one.mark is not None and one.mark.any()]
    if len(rows) < 2:
        return ()
    marks = np.stack([_mark(facts[row]).ravel() for row in rows])
    mirrored = np.stack([_mark(facts[row])[:, ::-1].ravel() for row in rows])
    same = [
        Repeat(rows[a], rows[b], _kind(facts[rows[a]], facts[rows[b]]), alike)
        for a, b, alike in _alike(marks, marks)
    ]
    known = {(one.first, one.second) for one in same}
    turned = [
        Repeat(rows[a], rows[b], "mirrored", alike)
        for a, b, alike in _alike(marks, mirrored)
        if (rows[a], rows[b]) not in known
    ]
    return tuple(sorted([*same, *turned], key=lambda one: (one.first, one.second)))


def _mark(facts: ImageFacts) -> Mark:
    """Return the mark of an image that was read."""
    assert facts.mark is not None  # noqa: S101 - narrows the type; `find_repeats` has chosen
    return facts.mark


def _kind(first: ImageFacts, second: ImageFacts) -> Kind:
    """Say in which way two images are the same."""
    return "same pixels" if first.pixels == second.pixels else "nearly the same"


def _alike(
    marks: npt.NDArray[np.float32], others: npt.NDArray[np.float32]
) -> Iterator[tuple[int, int, float]]:
    """Yield pairs (a, b, correlation) with a < b, a block of rows at a time."""
    for start in range(0, len(marks), TOGETHER):
        block = marks[start : start + TOGETHER] @ others[start:].T
        for a, b in np.argwhere(block >= NEARLY):
            if a < b:
                yield start + int(a), start + int(b), float(block[a, b])
