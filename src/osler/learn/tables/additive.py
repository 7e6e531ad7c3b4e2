"""An additive model: log-odds as a sum of shapes, each of one feature or of a pair."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """One feature's share: a step function and a line; ``table[0]`` where it is missing.

    ``cuts`` (bins - 1,) ascending; a value x falls in the bin whose number is how many cuts are at
    most x. ``table`` (bins + 1,), ``slope`` in log-odds a unit, on x held within ``ends``.
    """

    feature: int
    cuts: Floats
    table: Floats
    slope: float
    ends: tuple[float, float]

    def shares(self, values: Floats) -> Floats:
        """Return the share of each row: (rows,)."""
        x = values[:, self.feature]
        held = np.clip(x, *self.ends)
        line = np.where(np.isnan(x), 0.0, self.slope * np.nan_to_num(held))
        return np.asarray(self.table[bins_of(x, self.cuts)] + line)


@dataclass(frozen=True)
class Pair:
    """The share of two features together; row and column 0 stand for missing."""

    features: tuple[int, int]
    cuts: tuple[Floats, Floats]
    table: Floats

    def shares(self, values: Floats) -> Floats:
        """Return the share of each row: (rows,)."""
        one, other = (
            bins_of(values[:, feature], cuts)
            for feature, cuts in zip(self.features, self.cuts, strict=True)
        )
        return np.asarray(self.table[one, other])


@dataclass(frozen=True)
class Additive:
    """The intercept and the shapes; the terms are the shapes first, then the pairs."""

    intercept: float
    shapes: tuple[Shape, ...]
    pairs: tuple[Pair, ...] = ()

    @property
    def terms(self) -> "tuple[Shape | Pair, ...]":
        """Return the shapes, then the pairs."""
        return (*self.shapes, *self.pairs)

    def evidence(self, values: Floats) -> Floats:
        """Return the share of every term: (rows, terms)."""
        return np.stack([one.shares(values) for one in self.terms], axis=1)

    def logits(self, values: Floats) -> Floats:
        """Return log-odds: (rows,)."""
        return np.asarray(self.intercept + self.evidence(values).sum(axis=1))


def bins_of(x: Floats, cuts: Floats) -> npt.NDArray[np.int64]:
    """Return 0 where missing, else 1 + how many cuts are at most x."""
    counted = np.searchsorted(cuts, np.nan_to_num(x), side="right") + 1
    return np.asarray(np.where(np.isnan(x), 0, counted), dtype=np.int64)


def blended(one: Additive, other: Additive, share: float) -> Additive:
    """Return share x one + (1 - share) x other: again additive, term by term."""
    features = {shape.feature for shape in (*one.shapes, *other.shapes)}
    shapes = tuple(
        _blended(_of(one, feature), _of(other, feature), share) for feature in sorted(features)
    )
    scaled = [Pair(p.features, p.cuts, share * p.table) for p in one.pairs if share > 0]
    scaled += [Pair(p.features, p.cuts, (1 - share) * p.table) for p in other.pairs if share < 1]
    intercept = share * one.intercept + (1 - share) * other.intercept
    return Additive(intercept, shapes, tuple(scaled))


def _of(model: Additive, feature: int) -> Shape:
    """Return a model's shape of a feature: flat where it has none."""
    flat = Shape(feature, np.empty(0), np.zeros(2), 0.0, (-np.inf, np.inf))
    return next((one for one in model.shapes if one.feature == feature), flat)


def _blended(one: Shape, other: Shape, share: float) -> Shape:
    """Blend two shapes of one feature on the cuts of both."""
    weighted = ((share, one), (1 - share, other))
    used = [(weight, shape) for weight, shape in weighted if weight > 0]
    cuts = np.unique(np.concatenate([shape.cuts for _, shape in used]))
    ends = next((shape.ends for _, shape in used if shape.slope), one.ends)
    table = sum(weight * _on(shape, cuts) for weight, shape in used)
    slope = sum(weight * shape.slope for weight, shape in used)
    return Shape(one.feature, cuts, np.asarray(table), float(slope), ends)


def _on(shape: Shape, cuts: Floats) -> Floats:
    """Return a shape's table on finer cuts."""
    inside = np.searchsorted(shape.cuts, cuts, side="right") + 1
    return np.concatenate([shape.table[:2], shape.table[inside]])
