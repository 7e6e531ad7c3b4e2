"""Train a network that outlines thin structures at full resolution (needs torch)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from osler.clinical import Picture
from osler.errors import InputRefused
from osler.learn.datasets.table import DataSet, Row
from osler.learn.fit import Course, Progress, Run, fit
from osler.learn.imaging.boxes import picture_of
from osler.learn.imaging.fine_network import FineNetwork, fine_loss
from osler.learn.imaging.fine_source import FineChanges, FineSource
from osler.learn.once import trained_once
from osler.prepare.picture import (
    Canvas,
    PictureContract,
    canvas_of,
    fitted_mask,
    mask_on_picture,
)

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FinePlan:
    """What is trained: the contract, the mask's column of each structure, patches, changes."""

    contract: PictureContract
    columns: tuple[str, ...]
    patch: int
    patches: int
    changes: FineChanges


@dataclass(frozen=True)
class Drawn:
    """A picture, the network's input, and the masks (M, rows, columns) that somebody drew."""

    row: Row
    picture: Picture
    canvas: Canvas
    masks: Bools


def drawn(dataset: DataSet, plan: FinePlan) -> list[Drawn]:
    """Read pictures and masks.

    Raises
    ------
    InputRefused
        A mask has another size than its picture.
    """
    out = []
    for row in dataset.rows:
        picture = picture_of(row.path)
        masks = [mask_of(dataset.folder / row.columns[column], picture) for column in plan.columns]
        out.append(Drawn(row, picture, canvas_of(picture, plan.contract), np.stack(masks)))
    return out


def mask_of(file: Path, picture: Picture) -> Bools:
    """Read a mask of a picture: what is brighter than half is drawn."""
    found = picture_of(file).pixels
    grey = found.max(axis=2) if found.ndim == 3 else found
    if grey.shape != picture.pixels.shape[:2]:
        raise InputRefused(
            f"{file.name}: the mask has {grey.shape} pixels, its picture "
            f"{picture.pixels.shape[:2]}; draw it on the picture's own pixels"
        )
    kept: Bools = grey > 0.5 * max(float(grey.max()), 1e-6)
    return kept


def train_fine(
    rows: list[Drawn],
    plan: FinePlan,
    course: Course,
    *,
    folder: Path,
    seed: int,
    on_progress: Progress,
) -> FineNetwork:
    """Train on patches; a finished network is loaded, a stopped run goes on."""
    torch.manual_seed(seed)
    network = FineNetwork(len(plan.columns), channels=plan.contract.channels)

    def work() -> nn.Module:
        squares = [np.rint(one.canvas.image * 255.0).astype(np.uint8) for one in rows]
        masks = [
            np.stack([fitted_mask(mask, one.picture, plan.contract) for mask in one.masks])
            for one in rows
        ]
        source = FineSource(
            squares,
            [one.astype(np.uint8) for one in masks],
            plan.patch,
            plan.patches,
            plan.changes,
        )
        return fit(
            network,
            source,
            course,
            loss=fine_loss,
            run=Run(seed=seed, checkpoint=folder / "fine.ckpt", on_progress=on_progress),
        )

    return trained_once(folder / "network.pt", network, work)


def probabilities(network: nn.Module, one: Drawn) -> Floats:
    """Return the probability of each structure on the picture's own pixels: (M, rows, columns)."""
    with torch.no_grad():
        masks = network(torch.from_numpy(one.canvas.image[None])).masks[0].float().sigmoid()
    return np.stack([mask_on_picture(mask, one.canvas) for mask in masks.numpy()])
