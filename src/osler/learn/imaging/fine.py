"""Train a network that outlines thin structures at full resolution (needs torch)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from osler.clinical import Picture
from osler.learn.datasets.table import DataSet, Row
from osler.learn.fit import Course, Progress, Run, fit
from osler.learn.imaging.fine_facts import mask_of, picture_of
from osler.learn.imaging.fine_network import FineNetwork, fine_loss
from osler.learn.imaging.fine_source import FineSource
from osler.learn.imaging.label_files import readable, some
from osler.learn.imaging.outlined_changes import FineChanges
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

    Pictures that cannot be read with their masks are passed over, with a line in the log.

    Raises
    ------
    InputRefused
        None can be read.
    """

    def read(row: Row) -> Drawn:
        picture = picture_of(row.path)
        shape = (picture.pixels.shape[0], picture.pixels.shape[1])
        masks = [mask_of(dataset.folder, row.columns[each], shape=shape) for each in plan.columns]
        return Drawn(row, picture, canvas_of(picture, plan.contract), np.stack(masks))

    return some(list(readable(dataset.rows, read)), dataset)


def source_of(rows: list[Drawn], plan: FinePlan) -> FineSource:
    """Return squares with their masks, of which training shows patches."""
    squares = [np.rint(one.canvas.image * 255.0).astype(np.uint8) for one in rows]
    masks = [
        np.stack([fitted_mask(mask, one.picture, plan.contract) for mask in one.masks])
        for one in rows
    ]
    return FineSource(
        squares, [one.astype(np.uint8) for one in masks], plan.patch, plan.patches, plan.changes
    )


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
        return fit(
            network,
            source_of(rows, plan),
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
