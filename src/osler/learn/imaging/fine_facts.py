"""What a data set of outlined pictures is, as far as a plan depends on it (no torch)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.clinical import Picture
from osler.errors import InputRefused, OslerError
from osler.learn.datasets.looking import ImageFacts, look
from osler.learn.datasets.table import DataSet, Row
from osler.learn.imaging.at_once import Tell, at_once
from osler.learn.imaging.fingerprint import Fingerprint, fingerprint_of, sift
from osler.learn.imaging.label_files import beside, files_hash, needed
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.imaging.seen_structures import Seen, counted_in
from osler.standards.pictures import decode_first, read_content

Bools = npt.NDArray[np.bool_]


class FineStructure(Seen):
    """One structure: the median share of a picture that is drawn, and how wide it is, in pixels.

    The width is twice the area by the length of its edge, the median of pictures.
    """

    share: float
    width: float


class FineFingerprint(Fingerprint):
    """A data set of outlined pictures in numbers; structures are of what is trained on."""

    structures: dict[str, FineStructure]

    def facts(self) -> Iterator[str]:
        """Yield what was found, in words."""
        colour = "in colour" if self.colour else "grey"
        yield (
            f"pictures: median {self.longest} x {self.shortest} pixels, {colour}, mean grey "
            f"{self.grey_mean:.4g} +- {self.grey_deviation:.4g}"
        )
        for name, one in self.structures.items():
            yield (
                f"{name}: drawn in {one.told('pictures')}, median {100 * one.share:.2g} % of a "
                f"picture, {one.width:.1f} pixels wide"
            )


@dataclass(frozen=True)
class MaskFacts:
    """One mask as it was found: the share that is drawn and its width; or what is wrong with it."""

    share: float = 0.0
    width: float = 0.0
    fault: str | None = None


def picture_of(file: Path) -> Picture:
    """Read one picture file.

    Raises
    ------
    InputRefused, NotReadable, NotSupported, TooLarge
        It is not there, or is no picture.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputRefused(
            f"{file.name}: {error.strerror}; add the file or its row goes"
        ) from error
    return decode_first(read_content(content, origin=file.name))


def mask_of(folder: Path, name: str, *, shape: tuple[int, int]) -> Bools:
    """Read a mask of a picture of this shape: what is brighter than half is drawn.

    Without a name nothing was drawn.

    Raises
    ------
    InputRefused
        There is no such file, or it has another shape.
    """
    if not name:
        return np.zeros(shape, dtype=np.bool_)
    found = picture_of(beside(folder, name)).pixels
    grey = found.max(axis=2) if found.ndim == 3 else found
    if grey.shape != shape:
        raise InputRefused(
            f"{name}: the mask has {grey.shape} pixels, its picture {shape}; draw it on the "
            "picture's own pixels"
        )
    kept: Bools = grey > 0.5 * max(float(grey.max()), 1e-6)
    return kept


def look_at_masks(
    given: tuple[Row, ImageFacts], *, folder: Path, columns: tuple[str, ...]
) -> tuple[MaskFacts, ...]:
    """Return what the masks of one picture are, in the order of ``columns``."""
    row, image = given
    if image.fault is not None:
        return tuple(MaskFacts() for _ in columns)
    found = []
    for column in columns:
        try:
            mask = mask_of(folder, row.columns[column], shape=image.shape)
        except OslerError as error:
            found.append(MaskFacts(fault=f"{row.columns['file']}: {error}"))
        else:
            found.append(MaskFacts(float(mask.mean()), width_of(mask)))
    return tuple(found)


def width_of(mask: Bools) -> float:
    """Return how wide what is drawn is, in pixels: of a long line its width, of a disc its radius.

    Steps between pixels are longer than the edge itself, by 4/pi over all directions.
    """
    steps = int((mask[1:] != mask[:-1]).sum()) + int((mask[:, 1:] != mask[:, :-1]).sum())
    return 2.0 * float(mask.sum()) / (steps * math.pi / 4.0) if steps else 0.0


def masks_hash(dataset: DataSet, recipe: ImageRecipe) -> str:
    """Return the hash of what would be looked at: the table, and the size of every file."""
    columns = [needed(dataset, one.column) for one in recipe.structures]
    named = [row.columns[column] for row in dataset.rows for column in columns]
    return files_hash(dataset, recipe, named)


def examine_masks(
    dataset: DataSet, recipe: ImageRecipe, *, processes: int, tell: Tell
) -> FineFingerprint:
    """Look at every picture and its masks.

    Raises
    ------
    InputRefused
        Nothing is left to train on, or a structure is drawn nowhere.
    """
    columns = tuple(needed(dataset, one.column) for one in recipe.structures)
    facts = look([row.path for row in dataset.rows], processes=processes, on_progress=tell)
    work = partial(look_at_masks, folder=dataset.folder, columns=columns)
    pairs = list(zip(dataset.rows, facts, strict=True))
    masks = at_once(work, pairs, processes=processes, tell=tell)
    faults = {
        row.columns["file"]: one.fault
        for row, each in zip(dataset.rows, masks, strict=True)
        for one in each
        if one.fault is not None
    }
    sifted = sift(dataset, recipe, facts, faults=faults)
    base = fingerprint_of(dataset, recipe, sifted).model_dump()
    learnt = sifted.learnt(dataset, recipe)
    return FineFingerprint(
        **{**base, "sha256": masks_hash(dataset, recipe)},
        structures={
            one.name: _structure(one.name, [(dataset.rows[n], masks[n][k]) for n in learnt])
            for k, one in enumerate(recipe.structures)
        },
    )


def _structure(name: str, each: list[tuple[Row, MaskFacts]]) -> FineStructure:
    """Return how often and how wide one structure is drawn."""
    drawn = [(row, mask) for row, mask in each if mask.share > 0.0]
    base = counted_in(name, [row for row, _ in drawn])
    return FineStructure(
        **base.model_dump(),
        share=round(float(np.median([mask.share for _, mask in drawn])), 4),
        width=round(float(np.median([mask.width for _, mask in drawn])), 1),
    )
