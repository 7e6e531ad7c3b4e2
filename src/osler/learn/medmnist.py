"""The official files of MedMNIST: splits, labels, and what kind of picture each set holds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.errors import InputRefused, NotFound
from osler.learn.imaging.recipe import Modality

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
SPLITS = ("train", "val", "test")
# By the beginning of a set's name. Organs are told apart by side, so they count as films do:
# nothing is mirrored. Skin has no up and no side, as a slide.
KINDS: dict[str, Modality] = {
    "path": "microscopy",
    "blood": "microscopy",
    "tissue": "microscopy",
    "derma": "microscopy",
    "oct": "ultrasound",
    "breast": "ultrasound",
    "retina": "fundus",
    "chest": "x-ray",
    "pneumonia": "x-ray",
    "organ": "x-ray",
}


@dataclass(frozen=True)
class Split:
    """Pictures or volumes (N,S,S), (N,S,S,3) or (N,S,S,S), 0 to 255, and labels (N,K), 0 or 1.

    Two classes are one column; more classes are a column each, of which one holds in a row.
    """

    images: Bytes
    labels: Floats


@dataclass(frozen=True)
class OfficialSet:
    """One file: its splits, whether it holds volumes, and whether several labels may hold."""

    name: str
    splits: dict[str, Split]
    solid: bool
    colour: bool
    several: bool

    @property
    def outputs(self) -> int:
        """Return the number of columns of labels."""
        return int(self.splits["train"].labels.shape[1])

    @property
    def modality(self) -> Modality:
        """Return the kind of picture; one of an unknown name is treated as films are."""
        return next((kind for word, kind in KINDS.items() if self.name.startswith(word)), "x-ray")

    @property
    def has_side(self) -> bool:
        """Tell whether its classes differ by side, so that a volume may not be mirrored."""
        return self.name.startswith("organ")


def read_medmnist(file: Path) -> OfficialSet:
    """Read an official file.

    Raises
    ------
    NotFound, InputRefused
        There is none, or it holds something else.
    """
    if not file.is_file():
        raise NotFound(f"no {file.name} in {file.parent}; download it from the authors' record")
    with np.load(file, allow_pickle=False) as kept:
        wanted = {f"{split}_{part}" for split in SPLITS for part in ("images", "labels")}
        if not wanted <= set(kept.files):
            lacks = ", ".join(sorted(wanted - set(kept.files)))
            raise InputRefused(f"{file.name} lacks {lacks}; need a file of the authors' record")
        images = {split: kept[f"{split}_images"] for split in SPLITS}
        labels = {split: kept[f"{split}_labels"].astype(np.int64) for split in SPLITS}
    shape = images["train"].shape
    colour = len(shape) == 4 and shape[-1] == 3
    if len(shape) not in (3, 4):
        raise InputRefused(f"{file.name}: pictures of shape {shape[1:]}; need S x S (x 3 or x S)")
    several = labels["train"].ndim == 2 and labels["train"].shape[1] > 1
    classes = 2 if several else int(max(one.max() for one in labels.values())) + 1
    return OfficialSet(
        file.stem,
        {split: Split(images[split], _columns(labels[split], classes)) for split in SPLITS},
        solid=len(shape) == 4 and not colour,
        colour=colour,
        several=several,
    )


def _columns(labels: npt.NDArray[np.int64], classes: int) -> Floats:
    """Return labels (N,K), 0 or 1."""
    if labels.ndim == 2 and labels.shape[1] > 1:
        return labels.astype(np.float32)
    flat = labels.ravel()
    if classes == 2:
        return flat[:, None].astype(np.float32)
    return np.asarray(flat[:, None] == np.arange(classes), dtype=np.float32)
