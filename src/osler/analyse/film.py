"""What one film shows before any model scores it: outlines, layout, measured quality."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from osler.analyse.graph import Graph
from osler.clinical import Picture
from osler.evaluate.calibration import expit
from osler.prepare.film import canonical

Floats = npt.NDArray[np.float32]

QUALITY = (
    "contrast",
    "detail",
    "dark share",
    "bright share",
    "flat border",
    "right lung area",
    "left lung area",
    "heart area",
    "lung balance",
    "lungs row",
    "lungs column",
    "lungs apart",
    "lungs cut off",
    "lungs in one piece each",
    "outline doubt",
)


@dataclass(frozen=True)
class FilmFacts:
    """One film as the gates see it.

    Attributes
    ----------
    square
        (224, 224), 0 to 1, from `osler.prepare.film.canonical`.
    parts
        (3, 224, 224), probability of right lung, left lung and heart.
    quality
        (15,), the measures named in `QUALITY`.
    features
        Embedding of chest-anatomy followed by the quality measures: what gates look at.
    """

    square: Floats
    parts: Floats
    quality: Floats
    features: Floats


def look(picture: Picture, anatomy: Graph) -> FilmFacts:
    """Outline a film and measure its quality."""
    return look_at_squares(canonical(picture)[None], anatomy)[0]


def look_at_squares(squares: Floats, anatomy: Graph) -> list[FilmFacts]:
    """Outline canonical squares (n, 224, 224), 0 to 1."""
    answer = anatomy.run(squares[:, None].astype(np.float32))
    parts = expit(answer["logits"]).astype(np.float32)
    facts = []
    for square, part, embedding in zip(squares, parts, answer["embedding"], strict=True):
        quality = measure_quality(square, part)
        facts.append(FilmFacts(square, part, quality, np.concatenate([embedding, quality])))
    return facts


def measure_quality(square: Floats, parts: Floats) -> Floats:
    """Return the measures of `QUALITY`, in that order, each about 0 to 1."""
    right, left, heart = parts[0] >= 0.5, parts[1] >= 0.5, parts[2] >= 0.5
    lungs = right | left
    areas = [float(mask.mean()) for mask in (right, left, heart)]
    rows, columns = _centre(lungs)
    apart = _centre(left)[1] - _centre(right)[1]
    edges = np.concatenate([lungs[0], lungs[-1], lungs[:, 0], lungs[:, -1]])
    measures = [
        float(square.std()),
        float(np.abs(ndimage.laplace(square)).mean()),
        float((square < 0.02).mean()),
        float((square > 0.98).mean()),
        _flat_border(square),
        *areas,
        min(areas[:2]) / max(*areas[:2], 1e-3),
        rows,
        columns,
        apart,
        float(edges.mean()),
        0.5 * (_largest_share(right) + _largest_share(left)),
        float((parts * (1.0 - parts)).mean() * 4.0),
    ]
    return np.array(measures, dtype=np.float32)


def _centre(mask: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return the mean row and column of a mask as shares of the side; the middle if empty."""
    rows, columns = np.nonzero(mask)
    if len(rows) == 0:
        return 0.5, 0.5
    return float(rows.mean() / mask.shape[0]), float(columns.mean() / mask.shape[1])


def _flat_border(square: Floats) -> float:
    """Return the share of rows and columns, from the edges inwards, that hold one grey only."""
    flat = 0
    for lines in (square, square[::-1], square.T, square.T[::-1]):
        varied = lines.std(axis=1) > 0.01
        flat += int(np.argmax(varied)) if varied.any() else len(varied)
    return float(flat / (2.0 * square.shape[0]))


def _largest_share(mask: npt.NDArray[np.bool_]) -> float:
    """Return the largest connected piece's share of a mask; 0 if the mask is empty."""
    labels: npt.NDArray[np.int32]
    labels, count = ndimage.label(mask)
    if count == 0:
        return 0.0
    largest = int(np.bincount(labels.ravel())[1:].max())
    return float(largest / mask.sum())
