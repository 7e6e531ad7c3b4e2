"""Does a map follow from the model, and does what it points at matter? Checks of evidence.

References
----------
Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018 (randomisation).
Petsiuk et al., "RISE", BMVC 2018 (deletion and insertion).
Zhang et al., "Top-down neural attention by excitation backprop", ECCV 2016 (pointing game).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]
Score = Callable[[npt.NDArray[np.float32]], tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]
MOST_CELLS = 14
STEPS = 10
BLUR = 1 / 12  # of the picture's side: no structure that a film is read by is left


def ranks(values: Floats) -> npt.NDArray[np.float64]:
    """Return the rank of each number from 0; equal ones share the mean of theirs."""
    flat = np.ravel(values)
    _, member, counts = np.unique(flat, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    shared: npt.NDArray[np.float64] = (last - 0.5 * (counts + 1))[np.ravel(member)]
    return shared


def rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's correlation of two maps of one shape; 0 where either is flat."""
    a, b = ranks(one), ranks(other)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0


@dataclass(frozen=True)
class Faithfulness:
    """Mean probability while cells are taken out or put in, by the map and by chance.

    Lower is better for ``deletion``, higher for ``insertion``; what counts is the distance from
    the order by chance.
    """

    deletion: float
    deletion_by_chance: float
    insertion: float
    insertion_by_chance: float


def faithfulness(
    score: Score,
    picture: npt.NDArray[np.float32],
    output: int,
    *,
    rng: np.random.Generator,
    chances: int = 3,
) -> Faithfulness:
    """Blur the cells that speak most for an output first, and sharpen them first.

    Parameters
    ----------
    score
        Takes pictures (N,C,S,S), gives logits (N,K) and maps (N,K,h,w).
    picture
        (C,S,S), 0 to 1.
    output
        Which of the K.
    chances
        How many orders by chance are averaged.
    """
    _, maps = score(picture[None])
    order = cell_order(maps[0, output])
    blurred = _blurred(picture)
    by_map = [_area(score, picture, blurred, output=output, order=order, out=out) for out in (1, 0)]
    shuffled = [_shuffled(order, rng) for _ in range(chances)]
    by_chance = [
        np.mean(
            [_area(score, picture, blurred, output=output, order=one, out=out) for one in shuffled]
        )
        for out in (1, 0)
    ]
    return Faithfulness(by_map[0], float(by_chance[0]), by_map[1], float(by_chance[1]))


def cell_order(evidence: Floats) -> npt.NDArray[np.int64]:
    """Return the place of each cell when they are sorted from most to least: (h, w), from 0.

    Maps finer than 14 cells a side are averaged to 14.
    """
    rows, columns = evidence.shape
    if max(rows, columns) > MOST_CELLS:
        zoom = (min(rows, MOST_CELLS) / rows, min(columns, MOST_CELLS) / columns)
        evidence = ndimage.zoom(ndimage.uniform_filter(evidence, 1 / min(zoom)), zoom, order=1)
    order = np.empty(evidence.size, dtype=np.int64)
    order[np.argsort(-np.ravel(evidence), kind="stable")] = np.arange(evidence.size)
    return order.reshape(evidence.shape)


def _shuffled(order: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the same places by chance."""
    return np.asarray(rng.permutation(order.ravel()).reshape(order.shape))


def _blurred(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return a picture in which nothing can be told any more."""
    sigma = picture.shape[-1] * BLUR
    return np.asarray(ndimage.gaussian_filter(picture, (0, sigma, sigma)), dtype=np.float32)


def _area(
    score: Score,
    picture: npt.NDArray[np.float32],
    blurred: npt.NDArray[np.float32],
    *,
    output: int,
    order: npt.NDArray[np.int64],
    out: int,
) -> float:
    """Return the mean probability over the steps, cells taken out (1) or put in (0) in order."""
    size = picture.shape[-1]
    row = (np.arange(size) * order.shape[0]) // size
    column = (np.arange(size) * order.shape[1]) // size
    place = order[row][:, column]
    cuts = np.linspace(0, order.size, STEPS + 1)
    masks = np.stack([place < cut for cut in cuts])[:, None]
    start, end = (picture, blurred) if out else (blurred, picture)
    steps = np.where(masks, end[None], start[None]).astype(np.float32)
    logits = score(steps)[0][:, output].astype(np.float64)
    probability = 0.5 * (1.0 + np.tanh(0.5 * logits))
    return float(np.trapezoid(probability, dx=1.0 / STEPS))


def points_at(evidence: Floats, place: Bools) -> bool:
    """Tell whether the peak of a map (h, w) lies in a place drawn on its picture (rows, columns).

    The peak is the middle of its cell; a map that is flat points at nothing.
    """
    if float(evidence.max()) <= float(evidence.min()):
        return False
    row, column = np.unravel_index(int(np.argmax(evidence)), evidence.shape)
    r = int((int(row) + 0.5) / evidence.shape[0] * place.shape[0])
    c = int((int(column) + 0.5) / evidence.shape[1] * place.shape[1])
    return bool(place[r, c])
