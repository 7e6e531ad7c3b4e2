"""Pictures and their boxes on the way into a detector (needs torch)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as nnf

from osler.learn.imaging.detector import SIZE_UNIT, STRIDE
from osler.learn.imaging.outlined_changes import BoxChanges

Bytes = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float32]
BELL_SHARE = 0.12  # deviation of the bell around a middle, as a share of each side of the box
LEAST_INSIDE = 0.4  # a box of which less is left inside the picture is not asked for


@dataclass(frozen=True)
class BoxSource:
    """Squares (C,S,S) uint8 and their boxes (n,5): kind, row0, col0, row1, col1 in pixels."""

    squares: Sequence[Bytes]
    boxes: Sequence[Boxes]
    kinds: int
    changes: BoxChanges

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.squares)

    def batch(
        self, rows: npt.NDArray[np.int64], rng: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return (N,C,S,S), 0 to 1, and the maps that the detector is to give."""
        images, targets = [], []
        for row in rows:
            image = torch.from_numpy(self.squares[int(row)]).float()[None] / 255.0
            image, boxes = _moved(image, self.boxes[int(row)], self.changes, rng=rng)
            images.append(_greys(image, self.changes, rng))
            targets.append(maps_of(boxes, kinds=self.kinds, size=image.shape[-1]))
        return torch.cat(images), {
            name: torch.from_numpy(np.stack([one[name] for one in targets])) for name in targets[0]
        }


def maps_of(boxes: Boxes, *, kinds: int, size: int) -> dict[str, npt.NDArray[np.float32]]:
    """Draw the maps of a picture's boxes, which are (n,5) in pixels of the square."""
    side = size // STRIDE
    heat = np.zeros((kinds, side, side), dtype=np.float32)
    sizes, offsets = (np.zeros((2, side, side), dtype=np.float32) for _ in range(2))
    middle = np.zeros((1, side, side), dtype=np.float32)
    lines = np.arange(side)
    areas = (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])
    for kind, *edges in boxes[np.argsort(-areas)]:
        box = np.clip(edges, 0.0, float(size))
        sides = np.maximum(box[2:] - box[:2], 1.0)
        at = 0.5 * (box[:2] + box[2:]) / STRIDE
        row, column = (min(int(each), side - 1) for each in at)
        spread = np.maximum(BELL_SHARE * sides / STRIDE, 0.6)
        bell = np.exp(-0.5 * ((lines - row) / spread[0]) ** 2)[:, None] * np.exp(
            -0.5 * ((lines - column) / spread[1]) ** 2
        )
        heat[int(kind)] = np.maximum(heat[int(kind)], bell.astype(np.float32))
        sizes[:, row, column] = np.log(sides / SIZE_UNIT)
        offsets[:, row, column] = at - (row, column)
        middle[0, row, column] = 1.0
    return {"heat": heat, "size": sizes, "offset": offsets, "middle": middle}


def _uniform(reach: float, rng: torch.Generator) -> float:
    """Return a uniform number from -reach to reach."""
    return (float(torch.rand(1, generator=rng).item()) * 2.0 - 1.0) * reach


def _moved(
    image: Tensor, boxes: Boxes, changes: BoxChanges, *, rng: torch.Generator
) -> tuple[Tensor, Boxes]:
    """Zoom, shift, mirror and turn a square and its boxes."""
    size = image.shape[-1]
    zoom = math.exp(_uniform(changes.scale, rng))
    shift = [_uniform(changes.shift, rng) * size for _ in range(2)]
    quarter = int(torch.randint(0, 4, (1,), generator=rng).item()) if changes.turn else 0
    mirror = changes.flip and torch.rand(1, generator=rng).item() < 0.5
    cos, sin = round(math.cos(quarter * math.pi / 2)), round(math.sin(quarter * math.pi / 2))
    # From (row, column) of the old square to the new, both from the middle.
    turn = np.array([[cos, -sin], [sin, cos]], dtype=np.float64)
    turn = zoom * turn @ np.diag([1.0, -1.0 if mirror else 1.0])
    back = np.linalg.inv(turn)
    swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    theta = np.zeros((2, 3))
    theta[:, :2] = swap @ back @ swap
    theta[:, 2] = swap @ (back @ -np.asarray(shift)) * (2.0 / size)
    grid = nnf.affine_grid(
        torch.from_numpy(theta).float()[None], list(image.shape), align_corners=False
    )
    image = nnf.grid_sample(image, grid, align_corners=False)
    half = size / 2.0
    corners = boxes[:, 1:].reshape(-1, 2, 2).astype(np.float64) - half
    moved = corners @ turn.T + np.asarray(shift) + half
    edges = np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1)
    return image, _inside(np.concatenate([boxes[:, :1], edges], axis=1).astype(np.float32), size)


def _inside(boxes: Boxes, size: int) -> Boxes:
    """Cut boxes at the border, and drop those of which little is left."""
    cut = np.clip(boxes[:, 1:], 0.0, float(size))
    before = (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])
    after = (cut[:, 2] - cut[:, 0]) * (cut[:, 3] - cut[:, 1])
    kept = after >= LEAST_INSIDE * np.maximum(before, 1e-6)
    return np.concatenate([boxes[kept, :1], cut[kept]], axis=1)


def _greys(image: Tensor, changes: BoxChanges, rng: torch.Generator) -> Tensor:
    """Change gamma, contrast, brightness and the balance of channels, and add noise."""
    image = image.clamp(1e-4, 1.0) ** math.exp(_uniform(changes.gamma, rng))
    image = (image - 0.5) * math.exp(_uniform(changes.contrast, rng)) + 0.5
    for channel in range(image.shape[1]):
        image[:, channel] *= 1.0 + _uniform(changes.colour, rng)
    image = image + _uniform(changes.brightness, rng)
    strength = torch.rand(1, generator=rng).item() * changes.noise
    return (image + torch.randn(image.shape, generator=rng) * strength).clamp(0.0, 1.0)
