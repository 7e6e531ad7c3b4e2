"""A network run over a volume window by window, with weights that fall off from the middle."""

from collections.abc import Callable
from itertools import product

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Shape = tuple[int, int, int]
OVERLAP = 0.5
SIGMA_SHARE = 1.0 / 8.0
LEAST_WEIGHT = 1e-3


def starts(side: int, window: int, *, overlap: float = OVERLAP) -> tuple[int, ...]:
    """Return where windows begin along one axis: evenly spread, the last one at the end."""
    if side <= window:
        return (0,)
    count = int(np.ceil((side - window) / max(1, int(window * (1.0 - overlap))))) + 1
    return tuple(int(at) for at in np.rint(np.linspace(0, side - window, count)))


def gaussian(window: Shape) -> Floats:
    """Return weights of a window's voxels: 1 in the middle, never below a thousandth.

    The deviation is an eighth of each side, as nnU-Net takes it.
    """
    weights = np.ones((1, 1, 1))
    for axis, side in enumerate(window):
        at = (np.arange(side) - (side - 1) / 2.0) / (side * SIGMA_SHARE)
        line = np.exp(-0.5 * at**2)
        weights = weights * line.reshape([-1 if each == axis else 1 for each in range(3)])
    return np.asarray(np.maximum(weights / weights.max(), LEAST_WEIGHT), dtype=np.float32)


def slide(
    outline: Callable[[Floats], Floats],
    voxels: Floats,
    *,
    window: Shape,
    classes: int,
) -> Halves:
    """Return the probability of each class at each voxel: (classes, slices, rows, columns).

    Parameters
    ----------
    outline
        Takes a window (1, 1, D, H, W) and returns the logits (1, classes, D, H, W).
    voxels
        (slices, rows, columns), normalised. A side shorter than the window is padded with zeros
        on both ends.
    window, classes
        What ``outline`` takes and gives.

    Sums are kept for one row of windows along the slices at a time, and what no further window
    reaches is written out at half precision: a long scan needs little more than its answer.
    """
    padded, inside = _padded(voxels, window)
    weights = gaussian(window)
    depth = window[0]
    out = np.empty((classes, *padded.shape), dtype=np.float16)
    sums = np.zeros((classes, depth, *padded.shape[1:]), dtype=np.float32)
    total = np.zeros((depth, *padded.shape[1:]), dtype=np.float32)
    firsts = starts(padded.shape[0], depth)
    across = list(product(starts(padded.shape[1], window[1]), starts(padded.shape[2], window[2])))
    for number, top in enumerate(firsts):
        for row, column in across:
            place = (slice(row, row + window[1]), slice(column, column + window[2]))
            part = np.ascontiguousarray(padded[top : top + depth, place[0], place[1]])
            shares = _softmax(outline(part[None, None])[0])
            sums[:, :, place[0], place[1]] += shares * weights
            total[:, place[0], place[1]] += weights
        done = (firsts[number + 1] - top) if number + 1 < len(firsts) else depth
        out[:, top : top + done] = sums[:, :done] / total[:done]
        sums, total = _moved_on(sums, done, axis=1), _moved_on(total, done, axis=0)
    return out[:, inside[0], inside[1], inside[2]]


def _softmax(logits: Floats) -> Floats:
    """Return probabilities over the first axis."""
    raised = np.exp(logits - logits.max(axis=0, keepdims=True))
    return np.asarray(raised / raised.sum(axis=0, keepdims=True), dtype=np.float32)


def _moved_on(sums: Floats, done: int, *, axis: int) -> Floats:
    """Drop the slices that are done, and make room for as many new ones."""
    rest = np.moveaxis(sums, axis, 0)[done:]
    moved = np.zeros_like(sums)
    np.moveaxis(moved, axis, 0)[: len(rest)] = rest
    return moved


def _padded(voxels: Floats, window: Shape) -> tuple[Floats, tuple[slice, slice, slice]]:
    """Pad short sides with zeros to the window; return also where the volume lies."""
    missing = [max(0, need - side) for need, side in zip(window, voxels.shape, strict=True)]
    before = [each // 2 for each in missing]
    inside = tuple(
        slice(first, first + side) for first, side in zip(before, voxels.shape, strict=True)
    )
    where = (inside[0], inside[1], inside[2])
    if not any(missing):
        return voxels, where
    widths = [(first, each - first) for first, each in zip(before, missing, strict=True)]
    return np.pad(voxels, widths), where
