"""How far apart two outlines lie, in millimetres."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SurfaceDistances:
    """From every surface element of one mask to the nearest of the other, mm, both ways."""

    there: Floats
    back: Floats

    def mean(self) -> float:
        """Return the mean over both surfaces (average symmetric surface distance)."""
        return float(np.concatenate([self.there, self.back]).mean())

    def hausdorff(self, percentile: float = 95.0) -> float:
        """Return the larger of the two percentiles; 100 gives the Hausdorff distance itself."""
        return float(max(np.percentile(one, percentile) for one in (self.there, self.back)))

    def surface_dice(self, tolerance_mm: float) -> float:
        """Return the share of both surfaces that lies within a tolerance of the other.

        References
        ----------
        Nikolov et al., J Med Internet Res 2021;23(7):e26151 (elements counted, not areas).
        """
        return float((np.concatenate([self.there, self.back]) <= tolerance_mm).mean())


def surface_distances(
    one: Bools, other: Bools, *, spacing_mm: tuple[float, ...]
) -> SurfaceDistances | None:
    """Measure between the surfaces of two masks; None where either is empty.

    Parameters
    ----------
    one, other
        Masks of one shape, (rows, columns) or (slices, rows, columns). An element of the surface
        is an element of the mask with a neighbour (across an edge or a face) outside it.
    spacing_mm
        Between the centres of elements along each axis.
    """
    if one.shape != other.shape or len(spacing_mm) != one.ndim:
        raise ValueError(f"masks {one.shape} and {other.shape}, spacing {spacing_mm}")
    if not one.any() or not other.any():
        return None
    box = _box(one | other)
    edges = [_edge(mask[box]) for mask in (one, other)]
    fields = [ndimage.distance_transform_edt(~edge, sampling=spacing_mm) for edge in edges]
    return SurfaceDistances(
        there=np.asarray(fields[1][edges[0]], dtype=np.float64),
        back=np.asarray(fields[0][edges[1]], dtype=np.float64),
    )


def _box(mask: Bools) -> tuple[slice, ...]:
    """Return the box around a mask."""
    found = []
    for axis in range(mask.ndim):
        others = tuple(a for a in range(mask.ndim) if a != axis)
        at = np.flatnonzero(mask.any(axis=others))
        found.append(slice(int(at[0]), int(at[-1]) + 1))
    return tuple(found)


def _edge(mask: Bools) -> Bools:
    """Return the elements of a mask that touch what is outside it, the border included."""
    inner = ndimage.binary_erosion(mask, border_value=0)
    return np.asarray(mask & ~inner, dtype=np.bool_)
