"""A volume in the axes and spacing that a network was trained on, and masks back from there.

Training and serving take the same road. Axes are only swapped and turned over, never tilted: a
volume that was taken obliquely keeps its direction, as nnU-Net does, so a volume of the right
spacing is never interpolated.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from osler.clinical import Volume
from osler.errors import NotSupported, WrongGeometry

Floats = npt.NDArray[np.float32]
Affine = npt.NDArray[np.float64]
SAME_SPACING = 0.01  # relative: a voxel off by less is not worth an interpolation
MOST_VOXELS = 200_000_000
# Slices run to the head, rows to the back, columns to the patient's left, in LPS millimetres.
CANONICAL_AXES = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])


@dataclass(frozen=True)
class VolumeContract:
    """How a volume becomes a network's input.

    Attributes
    ----------
    window
        (slices, rows, columns) that the network reads at once.
    spacing_mm
        Millimetres between the centres of voxels, in the same order.
    percentiles
        Intensities beyond these percentiles of the volume are cut before mean and deviation are
        brought to 0 and 1. Used where ``window_hu`` is not given.
    window_hu
        (low, high) in Hounsfield units, mapped to -1 and 1.
    """

    window: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    percentiles: tuple[float, float] = (0.5, 99.5)
    window_hu: tuple[float, float] | None = None


@dataclass(frozen=True)
class CanonicalVolume:
    """Voxels as a network reads them, and where they lie.

    ``voxels`` is (slices, rows, columns), float32, normalised. ``affine`` maps their indices to
    LPS millimetres. ``to_canonical`` maps indices of the volume that it was made from, whose
    shape is ``original_shape``, to indices of this one.
    """

    voxels: Floats = field(repr=False)
    affine: Affine
    to_canonical: Affine
    original_shape: tuple[int, int, int]


def canonical(volume: Volume, contract: VolumeContract) -> CanonicalVolume:
    """Turn, resample and normalise a volume.

    Raises
    ------
    WrongGeometry
        The affine is singular or not finite.
    NotSupported
        At the contract's spacing the volume would have more than 200 million voxels.
    """
    turned, affine = oriented(volume)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    resampled, affine = _respaced(turned, affine, spacing / np.asarray(contract.spacing_mm))
    return CanonicalVolume(
        voxels=normalised(resampled, contract),
        affine=affine,
        to_canonical=np.linalg.inv(affine) @ volume.affine,
        original_shape=_shape(volume.voxels),
    )


def canonical_labels(labels: Volume, contract: VolumeContract) -> npt.NDArray[np.uint8]:
    """Return a label map (0, 1, ...) on the grid that its image takes, nearest voxel."""
    turned, affine = oriented(labels)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    factors = spacing / np.asarray(contract.spacing_mm)
    if np.abs(factors - 1.0).max() <= SAME_SPACING:
        return np.rint(turned).astype(np.uint8)
    shape, matrix, offset = _grid(turned.shape, factors)
    kept = ndimage.affine_transform(
        np.rint(turned).astype(np.uint8),
        matrix,
        offset,
        output_shape=shape,
        order=0,
        mode="nearest",
    )
    return np.asarray(kept, dtype=np.uint8)


def oriented(volume: Volume) -> tuple[Floats, Affine]:
    """Return the voxels with axes nearest to head, back and left, and their affine.

    A view: nothing is copied or interpolated.
    """
    affine = np.asarray(volume.affine, dtype=np.float64)
    directions = affine[:3, :3]
    if not np.isfinite(affine).all() or abs(np.linalg.det(directions)) < 1e-9:
        raise WrongGeometry(
            f"series {volume.series_uid}: the affine has no inverse; need three independent axes, "
            "send the series with its orientation"
        )
    cosines = CANONICAL_AXES @ (directions / np.linalg.norm(directions, axis=0))
    order = [int(axis) for axis in linear_sum_assignment(-np.abs(cosines))[1]]
    turned = volume.voxels.transpose(order)
    turned_affine = affine[:, [*order, 3]].copy()
    for axis in range(3):
        if cosines[axis, order[axis]] < 0:
            turned = np.flip(turned, axis)
            turned_affine[:3, 3] += turned_affine[:3, axis] * (turned.shape[axis] - 1)
            turned_affine[:3, axis] *= -1.0
    return turned, turned_affine


def normalised(voxels: Floats, contract: VolumeContract) -> Floats:
    """Bring intensities to the range of the contract; a constant volume becomes all zero."""
    if contract.window_hu is not None:
        low, high = contract.window_hu
        scaled = np.clip(voxels, low, high).astype(np.float32)
        scaled -= np.float32(low)
        scaled *= np.float32(2.0 / (high - low))
        scaled -= np.float32(1.0)
        return np.ascontiguousarray(scaled)
    low, high = np.percentile(voxels, contract.percentiles)
    cut = np.ascontiguousarray(np.clip(voxels, low, high), dtype=np.float32)
    mean, deviation = float(cut.mean(dtype=np.float64)), float(cut.std(dtype=np.float64))
    if deviation < 1e-6 * max(abs(mean), 1e-6):
        return np.zeros_like(cut)
    cut -= np.float32(mean)
    cut *= np.float32(1.0 / deviation)
    return cut


def _respaced(voxels: Floats, affine: Affine, factors: Affine) -> tuple[Floats, Affine]:
    """Interpolate linearly to another spacing; the corner of the volume stays where it is."""
    if np.abs(factors - 1.0).max() <= SAME_SPACING:
        return voxels, affine
    shape, matrix, offset = _grid(voxels.shape, factors)
    if int(np.prod(shape)) > MOST_VOXELS:
        raise NotSupported(
            f"the volume would have {' x '.join(map(str, shape))} voxels at the contract's "
            f"spacing, the most is {MOST_VOXELS}; cut it to the part that is wanted"
        )
    new = affine.copy()
    new[:3, :3] = affine[:3, :3] * matrix
    new[:3, 3] = affine[:3, 3] + affine[:3, :3] @ offset
    out = ndimage.affine_transform(
        voxels, matrix, offset, output_shape=shape, order=1, mode="nearest", output=np.float32
    )
    return np.asarray(out, dtype=np.float32), new


def _grid(shape: tuple[int, ...], factors: Affine) -> tuple[tuple[int, int, int], Affine, Affine]:
    """Return shape, steps and first index of the new grid, in voxels of the old one.

    The new voxels fill the same box: edges, not centres, coincide.
    """
    sides = tuple(max(1, round(side * factor)) for side, factor in zip(shape, factors, strict=True))
    step = np.asarray(1.0 / factors, dtype=np.float64)
    return (sides[0], sides[1], sides[2]), step, 0.5 * step - 0.5


def on_original(layers: npt.NDArray[np.floating], onto: CanonicalVolume) -> npt.NDArray[np.uint8]:
    """Return the label map of a stack of probabilities on the voxels of the original volume.

    Parameters
    ----------
    layers
        (classes, slices, rows, columns) on the canonical grid; class 0 is background.
    onto
        The volume that they were made from.

    Returns
    -------
    (slices, rows, columns) of the original volume, uint8: the class of the largest probability,
    interpolated linearly, one class at a time.
    """
    matrix, offset = onto.to_canonical[:3, :3], onto.to_canonical[:3, 3]
    best = np.zeros(onto.original_shape, dtype=np.float32)
    labels = np.zeros(onto.original_shape, dtype=np.uint8)
    exact = _is_exact(onto.to_canonical)
    for number, layer in enumerate(layers):
        here = (
            _reindexed(layer, onto)
            if exact
            else ndimage.affine_transform(
                layer.astype(np.float32),
                matrix,
                offset,
                output_shape=onto.original_shape,
                order=1,
                mode="nearest",
            )
        )
        better = here > best
        labels[better] = number
        best[better] = here[better]
    return labels


def _is_exact(matrix: Affine) -> bool:
    """Tell whether a matrix only swaps and turns over axes."""
    return bool(np.abs(matrix - np.rint(matrix)).max() < 1e-3)


def _reindexed(layer: npt.NDArray[np.floating], onto: CanonicalVolume) -> Floats:
    """Turn a layer back to the original axes without interpolation."""
    turn = np.rint(onto.to_canonical[:3, :3]).astype(int)
    order = [int(np.flatnonzero(turn[:, axis])[0]) for axis in range(3)]
    back = layer.transpose(order)
    for axis in range(3):
        if turn[order[axis], axis] < 0:
            back = np.flip(back, axis)
    return np.ascontiguousarray(back, dtype=np.float32)


def _shape(voxels: Floats) -> tuple[int, int, int]:
    """Return slices, rows and columns."""
    return int(voxels.shape[0]), int(voxels.shape[1]), int(voxels.shape[2])
