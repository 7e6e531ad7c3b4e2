"""What a data set of volumes is, as far as a plan depends on it (no torch)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.clinical import InstanceUid, Picture, Volume
from osler.errors import InputRefused, OslerError
from osler.learn.datasets.looking import ImageFacts, mark_of
from osler.learn.datasets.table import DataSet, Row
from osler.learn.imaging.at_once import Tell, at_once
from osler.learn.imaging.fingerprint import Counted, sift
from osler.learn.imaging.label_files import beside, column_of, files_hash
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.imaging.seen_structures import Seen, counted_in
from osler.prepare.volume import oriented
from osler.standards.images import read_image, to_volume

SAME_PLACE_MM = 0.01
MOST_LABELS = 255
Triple = tuple[float, float, float]


class VolumeStructure(Seen):
    """One structure: voxels of the median volume, and the least, median and largest volume."""

    voxels: int
    mm3: Triple


class VolumeFingerprint(Counted):
    """A data set of volumes in numbers, of the volumes that are trained on.

    Triples are of slices, rows and columns after turning to the patient's axes. ``shape`` is the
    median in voxels, ``spacing_mm`` the median, ``fine_mm`` its 10th percentile of each axis;
    ``median_mm``, ``largest_mm`` how much a volume measures; ``side_mm`` the shortest and longest
    side of any. ``greys`` are the
    median 1st and 99th percentile of a volume, ``brightest`` the lowest and highest 99th
    percentile, ``drawn_greys`` the 0.5th and 99.5th percentile of drawn voxels (median of
    volumes).
    """

    shape: Triple
    spacing_mm: Triple
    fine_mm: Triple
    median_mm: Triple
    largest_mm: Triple
    side_mm: tuple[float, float]
    greys: tuple[float, float]
    brightest: tuple[float, float]
    drawn_greys: tuple[float, float]
    structures: dict[str, VolumeStructure]

    def facts(self) -> Iterator[str]:
        """Yield what was found, in words."""
        spacing, measure = (
            " x ".join(f"{v:.4g}" for v in t) for t in (self.spacing_mm, self.median_mm)
        )
        shape = " x ".join(f"{v:.4g}" for v in self.shape)
        low, high = self.side_mm
        yield (
            f"volumes: median {shape} voxels (slices, rows, columns) of {spacing} mm, {measure} mm "
            f"in all; sides of {low:.0f} to {high:.0f} mm"
        )
        yield (
            f"greys: median 1st and 99th percentile {self.greys[0]:.4g} and {self.greys[1]:.4g}; "
            f"the 99th is {self.brightest[0]:.4g} to {self.brightest[1]:.4g}, by volume"
        )
        for name, one in self.structures.items():
            least, median, most = one.mm3
            yield (
                f"{name}: drawn in {one.told('volumes')}, median {one.voxels} voxels, "
                f"{median:.0f} mm3 ({least:.0f} to {most:.0f})"
            )


@dataclass(frozen=True)
class VolumeFacts:
    """One volume as it was found; ``fault`` says what is wrong with it or its label map.

    ``voxels`` counts the voxels of each label from 1 on, ``mm3`` is the volume of one voxel.
    """

    image: ImageFacts
    shape: tuple[int, ...] = (0, 0, 0)
    spacing_mm: Triple = (0.0, 0.0, 0.0)
    voxels: tuple[int, ...] = ()
    mm3: float = 0.0
    drawn_greys: tuple[float, float] = (0.0, 0.0)
    fault: str | None = None


@dataclass(frozen=True)
class LabelledVolume:
    """One volume as it is in its file, and its label map on the same voxels."""

    row: Row
    volume: Volume
    labels: Volume


def volume_of(file: Path) -> Volume:
    """Read one NIfTI file.

    Raises
    ------
    InputRefused, NotReadable, NotSupported, WrongGeometry
        It is not there, or no volume can be made of it.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputRefused(
            f"{file.name}: {error.strerror}; add the file or its row goes"
        ) from error
    return to_volume(read_image(content, origin=file.name))


def labelled(row: Row, folder: Path, *, column: str) -> LabelledVolume:
    """Read a volume and its label map.

    Raises
    ------
    InputRefused
        No label map is named, one holds values that are no labels, or lies on another grid.
    """
    volume = volume_of(row.path)
    if not row.columns.get(column):
        raise InputRefused(f"{row.path.name}: column {column!r} names no label map; draw one")
    labels = volume_of(beside(folder, row.columns[column]))
    same_grid = volume.voxels.shape == labels.voxels.shape and np.allclose(
        volume.affine, labels.affine, atol=SAME_PLACE_MM
    )
    if not same_grid:
        raise InputRefused(
            f"{row.path.name}: image {volume.voxels.shape} and label map "
            f"{labels.voxels.shape} are not on one grid; resample the label map to its image"
        )
    marked = labels.voxels
    if marked.min() < 0 or marked.max() > MOST_LABELS:
        raise InputRefused(
            f"{row.columns[column]}: holds values that are no labels; expected 0, 1, 2, ... at "
            f"most {MOST_LABELS}"
        )
    return LabelledVolume(row, volume, labels)


def look_at_volume(row: Row, *, folder: Path, column: str) -> VolumeFacts:
    """Return what one volume and its label map are; where they cannot be read, why."""
    try:
        volume = volume_of(row.path)
    except OslerError as error:
        return VolumeFacts(ImageFacts(row.path, fault=str(error)))
    image = _image_facts(row.path, volume)
    try:
        turned, affine = oriented(volume)
        labels = labelled(row, folder, column=column).labels.voxels
    except OslerError as error:
        return VolumeFacts(image, fault=str(error))
    marked = np.rint(labels).astype(np.int64)
    inside = volume.voxels[marked > 0]
    greys = np.percentile(inside, (0.5, 99.5)) if inside.size else np.zeros(2)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    return VolumeFacts(
        image,
        shape=turned.shape,
        spacing_mm=(float(spacing[0]), float(spacing[1]), float(spacing[2])),
        voxels=tuple(int(count) for count in np.bincount(marked.ravel())[1:]),
        mm3=float(abs(np.linalg.det(affine[:3, :3]))),
        drawn_greys=(float(greys[0]), float(greys[1])),
    )


def _image_facts(path: Path, volume: Volume) -> ImageFacts:
    """Return the facts of a volume by which blank ones and repeats are found.

    Its mark is that of the middle slice: on msd-hippocampus the most alike slices of two volumes
    correlate by 0.82, and from 0.98 on two are called the same.
    """
    voxels = volume.voxels
    low, high = np.percentile(voxels, (1.0, 99.0))
    deviation = float(voxels.std()) if voxels.min() < voxels.max() else 0.0
    middle = np.ascontiguousarray(voxels[voxels.shape[0] // 2])
    picture = Picture(InstanceUid(path.name), 0, middle, (float(low), float(high)))
    return ImageFacts(
        path,
        shape=(middle.shape[0], middle.shape[1]),
        channels=1,
        low=float(low),
        high=float(high),
        mean=float(voxels.mean()),
        deviation=deviation,
        pixels=hashlib.sha256(voxels.tobytes() + str(voxels.shape).encode()).hexdigest(),
        mark=mark_of(picture),
    )


def volumes_hash(dataset: DataSet, recipe: ImageRecipe) -> str:
    """Return the hash of what would be looked at: the table, and the size of every file."""
    column = column_of(dataset, recipe)
    return files_hash(dataset, recipe, [row.columns.get(column, "") for row in dataset.rows])


def examine_volumes(
    dataset: DataSet, recipe: ImageRecipe, *, processes: int, tell: Tell
) -> VolumeFingerprint:
    """Look at every volume and its label map.

    Raises
    ------
    InputRefused
        Nothing is left to train on, a label map holds a label that the recipe does not name, or
        a structure is drawn nowhere.
    """
    work = partial(look_at_volume, folder=dataset.folder, column=column_of(dataset, recipe))
    found = at_once(work, dataset.rows, processes=processes, tell=tell)
    names = [one.name for one in recipe.structures]
    for row, one in zip(dataset.rows, found, strict=True):
        if len(one.voxels) > len(names):
            raise InputRefused(
                f"the label map of {row.columns['file']} holds the label {len(one.voxels)}, the "
                f"recipe names {len(names)} structures; name all of them, in the order of their "
                "labels"
            )
    faults = {
        row.columns["file"]: one.fault
        for row, one in zip(dataset.rows, found, strict=True)
        if one.fault is not None
    }
    sifted = sift(dataset, recipe, [one.image for one in found], faults=faults)
    learnt = sifted.learnt(dataset, recipe)
    return _fingerprint(
        Counted(**sifted.counted, sha256=volumes_hash(dataset, recipe)),
        [found[n] for n in learnt],
        _structures(names, [found[n] for n in learnt], [dataset.rows[n] for n in learnt]),
    )


def _fingerprint(
    counted: Counted, seen: list[VolumeFacts], structures: dict[str, VolumeStructure]
) -> VolumeFingerprint:
    """Return the fingerprint from the facts of the volumes that are trained on."""
    spacing = np.array([one.spacing_mm for one in seen])
    sides = spacing * np.array([one.shape for one in seen])
    tops = [one.image.high for one in seen]
    drawn = np.array([one.drawn_greys for one in seen if sum(one.voxels)])
    return VolumeFingerprint(
        **counted.model_dump(),
        shape=_triple(np.median([one.shape for one in seen], axis=0)),
        spacing_mm=_triple(np.median(spacing, axis=0)),
        fine_mm=_triple(np.percentile(spacing, 10, axis=0)),
        median_mm=_triple(np.median(sides, axis=0)),
        largest_mm=_triple(sides.max(axis=0)),
        side_mm=(round(float(sides.min()), 3), round(float(sides.max()), 3)),
        greys=(_rounded([one.image.low for one in seen]), _rounded(tops)),
        brightest=(round(min(tops), 3), round(max(tops), 3)),
        drawn_greys=(_rounded(drawn[:, 0]), _rounded(drawn[:, 1])),
        structures=structures,
    )


def _structures(
    names: list[str], seen: list[VolumeFacts], rows: list[Row]
) -> dict[str, VolumeStructure]:
    """Return how often and how large each structure is drawn."""
    out = {}
    for number, name in enumerate(names):
        counts = np.array([(*one.voxels, *[0] * len(names))[number] for one in seen])
        drawn = counts > 0
        sizes = (counts * np.array([one.mm3 for one in seen]))[drawn]
        base = counted_in(name, [row for row, here in zip(rows, drawn, strict=True) if here])
        out[name] = VolumeStructure(
            **base.model_dump(),
            voxels=round(float(np.median(counts[drawn]))),
            mm3=_triple(np.percentile(sizes, (0, 50, 100))),
        )
    return out


def _triple(values: npt.NDArray[np.float64]) -> Triple:
    """Return three numbers, rounded."""
    return round(float(values[0]), 3), round(float(values[1]), 3), round(float(values[2]), 3)


def _rounded(values: list[float] | npt.NDArray[np.float64]) -> float:
    """Return the median, rounded."""
    return round(float(np.median(values)), 3)
