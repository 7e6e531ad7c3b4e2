"""Small linear heads and distances that live in a package's fingerprint."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class LinearHead:
    """A multinomial logistic regression on standardised features.

    ``weights`` (classes, features), ``bias`` (classes,), ``mean`` and ``scale`` (features,).
    """

    classes: tuple[str, ...]
    weights: Floats
    bias: Floats
    mean: Floats
    scale: Floats

    def probabilities(self, features: Floats) -> Floats:
        """Return class probabilities: (n, classes) of features (n, d)."""
        z = np.clip((features - self.mean) / self.scale, -8.0, 8.0)
        scores = z @ self.weights.T + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float32)

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays to store under a prefix."""
        return {
            f"{prefix}_classes": np.array(self.classes),
            f"{prefix}_weights": self.weights.astype(np.float32),
            f"{prefix}_bias": self.bias.astype(np.float32),
            f"{prefix}_mean": self.mean.astype(np.float32),
            f"{prefix}_scale": self.scale.astype(np.float32),
        }

    @classmethod
    def of(cls, arrays: Arrays, prefix: str) -> "LinearHead":
        """Read a head back from stored arrays."""
        return cls(
            tuple(str(name) for name in arrays[f"{prefix}_classes"]),
            *(
                np.asarray(arrays[f"{prefix}_{part}"], dtype=np.float32)
                for part in ("weights", "bias", "mean", "scale")
            ),
        )


@dataclass(frozen=True)
class Distance:
    """Mahalanobis distance in the leading principal axes of a training set.

    ``axes`` (k, d), ``scale`` (k,) the standard deviation along each; a distance is the root
    mean square over axes, so a typical training film is near 1. ``limit`` is the largest
    distance that the gate accepts.
    """

    mean: Floats
    axes: Floats
    scale: Floats
    limit: float

    def of_features(self, features: Floats) -> Floats:
        """Return the distance of each row of features: (n,)."""
        along = (features - self.mean) @ self.axes.T / self.scale
        return np.asarray(np.sqrt((along**2).mean(axis=1)), dtype=np.float32)

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays to store under a prefix."""
        return {
            f"{prefix}_mean": self.mean.astype(np.float32),
            f"{prefix}_axes": self.axes.astype(np.float32),
            f"{prefix}_scale": self.scale.astype(np.float32),
            f"{prefix}_limit": np.asarray(self.limit, dtype=np.float32),
        }

    @classmethod
    def of(cls, arrays: Arrays, prefix: str) -> "Distance":
        """Read a distance back from stored arrays."""
        mean, axes, scale = (
            np.asarray(arrays[f"{prefix}_{part}"], dtype=np.float32)
            for part in ("mean", "axes", "scale")
        )
        return cls(mean, axes, scale, float(np.asarray(arrays[f"{prefix}_limit"], dtype=float)))
