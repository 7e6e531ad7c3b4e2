"""How well things are found: average precision, and how far counts are off."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
OVERLAP = 0.5


@dataclass(frozen=True)
class Found:
    """The boxes of one kind on one picture: (n,4) as row0, column0, row1, column1; scores (n,)."""

    boxes: Numbers = field(repr=False)
    scores: Numbers = field(repr=False)


@dataclass(frozen=True)
class Matched:
    """Every box found on a set of pictures, whether it hit, and how many there were to find.

    ``picture`` (n,) is the picture of each box found, ``wanted`` (pictures,) the number of drawn
    boxes of each picture.
    """

    scores: Numbers = field(repr=False)
    hits: npt.NDArray[np.bool_] = field(repr=False)
    picture: npt.NDArray[np.int64] = field(repr=False)
    wanted: npt.NDArray[np.int64] = field(repr=False)


def overlaps(first: Numbers, second: Numbers) -> Numbers:
    """Return intersection over union of boxes (n,4) and (m,4): (n,m)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    both = np.prod(np.maximum(high - low, 0.0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second)]
    return np.asarray(both / np.maximum(areas[0][:, None] + areas[1][None] - both, 1e-12))


def match(found: Sequence[Found], drawn: Sequence[Numbers], *, overlap: float = OVERLAP) -> Matched:
    """Match boxes found to boxes drawn, picture by picture, the highest score first.

    A drawn box is hit once, by the box that overlaps it most of those it is the best match of;
    a second box on it is false (PASCAL VOC's rule). ``drawn`` are (n,4).
    """
    scores, hits, picture = [], [], []
    for number, (one, wanted) in enumerate(zip(found, drawn, strict=True)):
        order = np.argsort(-one.scores, kind="stable")
        shared = overlaps(one.boxes[order], wanted)
        taken = np.zeros(len(wanted), dtype=bool)
        for row in shared:
            best = int(np.argmax(row)) if len(row) else -1
            hit = best >= 0 and row[best] >= overlap and not taken[best]
            if hit:
                taken[best] = True
            hits.append(hit)
        scores.append(one.scores[order])
        picture.append(np.full(len(order), number, dtype=np.int64))
    return Matched(
        scores=np.concatenate([np.zeros(0), *scores]),
        hits=np.asarray(hits, dtype=bool),
        picture=np.concatenate([np.zeros(0, dtype=np.int64), *picture]),
        wanted=np.asarray([len(each) for each in drawn], dtype=np.int64),
    )


def average_precision(matched: Matched, weights: Numbers | None = None) -> float:
    """Return the area under precision over recall, all points, precision made to fall.

    Parameters
    ----------
    matched
        From `match`, over all pictures.
    weights
        (pictures,): how often each picture counts; once where None.

    Returns
    -------
    0 to 1, as PASCAL VOC counts since 2010; NaN where there is nothing to find.
    """
    times = np.ones(len(matched.wanted)) if weights is None else weights
    total = float((matched.wanted * times).sum())
    if total == 0:
        return float("nan")
    order = np.argsort(-matched.scores, kind="stable")
    each = times[matched.picture[order]]
    hits = np.cumsum(each * matched.hits[order])
    false = np.cumsum(each * ~matched.hits[order])
    precision = hits / np.maximum(hits + false, 1e-12)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(np.concatenate([[0.0], hits / total]))
    return float((steps * falling).sum())


def best_cut(matched: Matched) -> float:
    """Return the score from which hits and misses together are best (the highest F1)."""
    order = np.argsort(-matched.scores, kind="stable")
    hits = np.cumsum(matched.hits[order])
    f1 = 2.0 * hits / (np.arange(1, len(hits) + 1) + max(1, int(matched.wanted.sum())))
    return float(matched.scores[order][int(np.argmax(f1))]) if len(hits) else 0.5


def count_cut(matched: Matched, candidates: Numbers) -> float:
    """Return the score whose counts are nearest to the drawn ones, mean absolute error."""
    errors = [float(np.abs(count_errors(matched, cut)).mean()) for cut in candidates]
    return float(candidates[int(np.argmin(errors))])


def count_errors(matched: Matched, cut: float) -> Numbers:
    """Return found minus drawn on each picture at a cut-off: (pictures,)."""
    kept = matched.picture[matched.scores >= cut]
    found = np.bincount(kept, minlength=len(matched.wanted))
    return np.asarray(found - matched.wanted, dtype=np.float64)
