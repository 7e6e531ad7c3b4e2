"""Outline structures of a volume, on the volume's own voxels, and measure them in millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

from osler.analyse.card import InputContract
from osler.analyse.graph import Graph
from osler.analyse.sliding import Halves, Shape, slide
from osler.clinical import SeriesUid, Volume
from osler.errors import NotSupported
from osler.prepare.volume import CanonicalVolume, VolumeContract, canonical, on_original

Labels = npt.NDArray[np.uint8]
Affine = npt.NDArray[np.float64]
HALVED = 8  # a window's sides divide by this: the network halves three times
FEW_POINTS = 400


@dataclass(frozen=True)
class StructureOutline:
    """One structure of a volume, measured on the volume's own voxels.

    Attributes
    ----------
    voxels
        How many are labelled; 0 where the structure was not found.
    volume_mm3
        Voxels times the volume of one, which is the determinant of the affine.
    longest_mm
        The longest distance between the centres of two of its voxels.
    surface_voxels
        Voxels with one of six neighbours outside the structure.
    """

    name: str
    label: int
    voxels: int
    volume_mm3: float
    longest_mm: float
    surface_voxels: int


@dataclass(frozen=True)
class VolumeOutlines:
    """What a package outlined in one series.

    ``labels`` (slices, rows, columns) uint8 lies on the voxels of the series, 0 is background;
    ``affine`` is the series' own.
    """

    series_uid: SeriesUid
    labels: Labels = field(repr=False)
    affine: Affine
    structures: tuple[StructureOutline, ...]


def contract_of(card_input: InputContract) -> VolumeContract:
    """Return how a package reads volumes.

    Raises
    ------
    NotSupported
        The card is not of volumes.
    """
    if card_input.window is None or card_input.spacing_mm is None:
        raise NotSupported(
            "the card gives no window and spacing of volumes; use a package whose task is 'volume'"
        )
    return VolumeContract(card_input.window, card_input.spacing_mm, window_hu=card_input.window_hu)


def outline_volume(
    graph: Graph,
    volume: Volume,
    *,
    contract: VolumeContract,
    structures: Sequence[str],
) -> VolumeOutlines:
    """Outline the structures of one series.

    Parameters
    ----------
    graph
        Takes ``volume`` (1,1,D,H,W), gives ``masks`` (1, structures + 1, D, H, W) logits.
    volume
        As it was read: any orientation and spacing.
    contract
        The package's, from `contract_of`.
    structures
        Their names, in the order of their labels 1, 2, ...

    Raises
    ------
    WrongGeometry, NotSupported
        As `osler.prepare.volume.canonical`.
    """
    prepared = canonical(volume, contract)
    shares = shares_of(graph, prepared, contract, classes=len(structures) + 1)
    labels = on_original(shares, prepared)
    return VolumeOutlines(
        volume.series_uid,
        labels,
        volume.affine,
        tuple(
            measured(labels, number, name, affine=volume.affine)
            for number, name in enumerate(structures, start=1)
        ),
    )


def shares_of(
    graph: Graph,
    prepared: CanonicalVolume,
    contract: VolumeContract,
    *,
    classes: int,
) -> Halves:
    """Return the probability of each class on the canonical grid: (classes, D, H, W)."""
    return slide(
        lambda part: graph.run(part)["masks"],
        prepared.voxels,
        window=window_for(prepared.voxels.shape, contract.window),
        classes=classes,
    )


def window_for(shape: tuple[int, ...], most: Shape) -> Shape:
    """Return the window for a volume: the contract's, or less where the volume is smaller."""
    sides = tuple(
        min(limit, -(-side // HALVED) * HALVED) for side, limit in zip(shape, most, strict=True)
    )
    return (sides[0], sides[1], sides[2])


def measured(labels: Labels, label: int, name: str, *, affine: Affine) -> StructureOutline:
    """Measure one label of a label map in millimetres."""
    mask = labels == label
    count = int(mask.sum())
    if count == 0:
        return StructureOutline(name, label, 0, 0.0, 0.0, 0)
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    part = np.pad(mask[box], 1)
    surface = part & ~ndimage.binary_erosion(part)
    return StructureOutline(
        name=name,
        label=label,
        voxels=count,
        volume_mm3=count * voxel_mm3(affine),
        longest_mm=_longest_mm(np.argwhere(surface), affine),
        surface_voxels=int(surface.sum()),
    )


def voxel_mm3(affine: Affine) -> float:
    """Return the volume of one voxel in mm3."""
    return abs(float(np.linalg.det(affine[:3, :3])))


def _longest_mm(points: npt.NDArray[np.int64], affine: Affine) -> float:
    """Return the longest distance between points (n,3) of a voxel grid, in mm."""
    if len(points) < 2:
        return 0.0
    there = points @ affine[:3, :3].T
    if len(there) > FEW_POINTS:
        try:
            there = there[ConvexHull(there).vertices]
        except QhullError:  # all in one plane: the distances of all points are taken
            there = np.unique(there, axis=0)
    return float(pdist(there).max())
