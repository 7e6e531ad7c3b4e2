"""The training cases whose embeddings lie nearest: counts of labels, never pictures."""

import numpy as np
import numpy.typing as npt

from osler.analyse.heads import Arrays
from osler.clinical import SimilarCases

CONSIDERED = 50
AXES = 48
Floats = npt.NDArray[np.float32]


def compress_cases(
    embeddings: Floats, labels: npt.NDArray[np.float32]
) -> dict[str, npt.NDArray[np.generic]]:
    """Keep training cases as directions in the leading axes, one byte an axis.

    Parameters
    ----------
    embeddings
        (cases, E).
    labels
        (cases, K), 1, 0 or NaN (stored as 255).
    """
    mean = embeddings.mean(axis=0)
    _, _, axes = np.linalg.svd(embeddings - mean, full_matrices=False)
    axes = axes[: min(AXES, len(axes))].astype(np.float32)
    along = _directions((embeddings - mean) @ axes.T)
    return {
        "cases_mean": mean.astype(np.float32),
        "cases_axes": axes.astype(np.float16),
        "cases": np.rint(along * 127).astype(np.int8),
        "cases_labels": np.nan_to_num(labels, nan=255.0).astype(np.uint8),
    }


def similar_cases(arrays: Arrays, embedding: Floats) -> list[SimilarCases]:
    """Return, for each output, how many of the 50 nearest training cases carry it.

    ``embedding`` is (E,). Nearness is the cosine in the leading axes; cases whose label is not
    stated are passed over.
    """
    axes = np.asarray(arrays["cases_axes"], dtype=np.float32)
    mean = np.asarray(arrays["cases_mean"], dtype=np.float32)
    along = _directions(((embedding - mean) @ axes.T)[None])[0]
    cases = np.asarray(arrays["cases"], dtype=np.float32)
    order = np.argsort(-(cases @ along), kind="stable")
    labels = np.asarray(arrays["cases_labels"], dtype=np.uint8)[order]
    counts = []
    for column in labels.T:
        stated = column[column != 255][:CONSIDERED]
        counts.append(SimilarCases(len(stated), int(stated.sum())))
    return counts


def _directions(vectors: npt.NDArray[np.floating]) -> Floats:
    """Scale rows to unit length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
