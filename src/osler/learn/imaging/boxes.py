"""Train a detector, and find things on pictures (needs torch)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from osler.evaluate.detecting import Found
from osler.learn.datasets.table import DataSet, Row
from osler.learn.fit import Course, Progress, Run, fit
from osler.learn.imaging.box_facts import read_boxes
from osler.learn.imaging.box_source import BoxSource
from osler.learn.imaging.detector import DecodedDetector, Detector, detector_loss
from osler.learn.imaging.fine_facts import picture_of
from osler.learn.imaging.label_files import readable, some
from osler.learn.imaging.outlined_changes import BoxChanges
from osler.learn.once import trained_once
from osler.prepare.picture import Canvas, PictureContract, canvas_of

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class BoxPlan:
    """What is trained: the contract, the kinds by their label, the changes."""

    contract: PictureContract
    kinds: tuple[str, ...]
    changes: BoxChanges


@dataclass(frozen=True)
class Boxed:
    """A picture as the network reads it, and its drawn boxes (n,5) in the picture's pixels."""

    row: Row
    canvas: Canvas
    boxes: Floats

    def on_square(self) -> Floats:
        """Return the boxes in pixels of the network's square."""
        place = self.canvas.placement
        origin, scale = np.tile(place.origin, 2), np.tile(place.scale, 2)
        moved = (self.boxes[:, 1:] - origin) / scale
        return np.concatenate([self.boxes[:, :1], moved], axis=1).astype(np.float32)


def boxed(dataset: DataSet, whole: DataSet, plan: BoxPlan) -> list[Boxed]:
    """Read pictures and their boxes; ``whole`` is the data set with all its splits.

    Pictures that cannot be read are passed over, with a line in the log.

    Raises
    ------
    InputRefused
        None can be read.
    """
    boxes = read_boxes(whole, plan.kinds).boxes

    def read(row: Row) -> Boxed:
        canvas = canvas_of(picture_of(row.path), plan.contract)
        return Boxed(row, canvas, boxes[row.columns["file"]])

    return some(list(readable(dataset.rows, read)), dataset)


def source_of(rows: list[Boxed], plan: BoxPlan) -> BoxSource:
    """Return squares with their boxes, which training changes at random."""
    squares = [np.rint(one.canvas.image * 255.0).astype(np.uint8) for one in rows]
    return BoxSource(squares, [one.on_square() for one in rows], len(plan.kinds), plan.changes)


def train_detector(
    rows: list[Boxed],
    plan: BoxPlan,
    course: Course,
    *,
    folder: Path,
    seed: int,
    on_progress: Progress,
) -> Detector:
    """Train on pictures; a finished network is loaded, a stopped run goes on."""
    torch.manual_seed(seed)
    network = Detector(len(plan.kinds), channels=plan.contract.channels)

    def work() -> nn.Module:
        return fit(
            network,
            source_of(rows, plan),
            course,
            loss=detector_loss,
            run=Run(seed=seed, checkpoint=folder / "boxes.ckpt", on_progress=on_progress),
        )

    return trained_once(folder / "network.pt", network, work)


def find(network: Detector, rows: list[Boxed]) -> list[list[Found]]:
    """Return what a network finds: for each picture, the boxes of each kind in its pixels."""
    decoder = DecodedDetector(network).eval()
    found = []
    for one in rows:
        with torch.no_grad():
            answer = decoder(torch.from_numpy(one.canvas.image[None]))
        found.append(
            on_picture(
                one.canvas,
                answer.boxes[0].numpy(),
                (answer.scores[0].numpy(), answer.labels[0].numpy()),
                kinds=network.heat[-1].out_channels,
            )
        )
    return found


def on_picture(
    canvas: Canvas,
    boxes: Floats,
    scored: tuple[Floats, npt.NDArray[np.int64]],
    *,
    kinds: int,
) -> list[Found]:
    """Sort boxes (D,4) of a square by kind, and lay them on the picture."""
    scores, labels = scored
    origin, scale = np.tile(canvas.placement.origin, 2), np.tile(canvas.placement.scale, 2)
    limits = np.tile(canvas.picture_shape, 2)
    laid = np.clip(boxes.astype(np.float64) * scale + origin, 0.0, limits)
    return [
        Found(laid[labels == kind], scores[labels == kind].astype(np.float64))
        for kind in range(kinds)
    ]
