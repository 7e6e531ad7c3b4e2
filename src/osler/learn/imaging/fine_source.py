"""Patches of pictures and of their masks on the way into a network of thin things (torch)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as nnf

from osler.learn.imaging.outlined_changes import FineChanges

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FineSource:
    """Squares (C,S,S) uint8 and masks (M,S,S) uint8 0/1; each row is one patch of a picture.

    ``patches`` are drawn from every picture in an epoch, their middles where the picture is not
    black.
    """

    squares: Sequence[Bytes]
    masks: Sequence[Bytes]
    patch: int
    patches: int
    changes: FineChanges

    def __len__(self) -> int:
        """Return the patches of an epoch."""
        return len(self.squares) * self.patches

    def batch(self, rows: npt.NDArray[np.int64], rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return (N,C,P,P), 0 to 1, and the masks (N,M,P,P)."""
        images, masks = [], []
        for row in rows:
            number = int(row) % len(self.squares)
            image = torch.from_numpy(self.squares[number]).float()[None] / 255.0
            mask = torch.from_numpy(self.masks[number]).float()[None]
            grid = _grid(image.shape[-1], self.patch, self.changes, rng=rng)
            part = nnf.grid_sample(image, grid, align_corners=False)
            images.append(_greys(part, self.changes, rng))
            masks.append(nnf.grid_sample(mask, grid, align_corners=False))
        return torch.cat(images), torch.cat(masks)


def _uniform(reach: float, rng: torch.Generator) -> float:
    """Return a uniform number from -reach to reach."""
    return (float(torch.rand(1, generator=rng).item()) * 2.0 - 1.0) * reach


def _grid(size: int, patch: int, changes: FineChanges, *, rng: torch.Generator) -> Tensor:
    """Return where each pixel of a turned patch comes from; its middle is in the round field."""
    angle = _uniform(changes.rotate_degrees * math.pi / 180.0, rng)
    zoom = math.exp(_uniform(changes.scale, rng)) * patch / size
    turned_over = torch.rand(1, generator=rng).item() < 0.5
    mirror = -1.0 if turned_over and changes.flip else 1.0
    radius = 0.85 * math.sqrt(torch.rand(1, generator=rng).item())
    where = 2.0 * math.pi * torch.rand(1, generator=rng).item()
    cos, sin = math.cos(angle) * zoom, math.sin(angle) * zoom
    theta = torch.tensor(
        [
            [cos * mirror, -sin, radius * math.cos(where)],
            [sin * mirror, cos, radius * math.sin(where)],
        ]
    )
    return nnf.affine_grid(theta[None], [1, 1, patch, patch], align_corners=False)


def _greys(image: Tensor, changes: FineChanges, rng: torch.Generator) -> Tensor:
    """Change gamma, contrast, brightness and the balance of channels, and add noise."""
    image = image.clamp(1e-4, 1.0) ** math.exp(_uniform(changes.gamma, rng))
    image = image * math.exp(_uniform(changes.contrast, rng)) + _uniform(changes.brightness, rng)
    for channel in range(image.shape[1]):
        image[:, channel] *= 1.0 + _uniform(changes.colour, rng)
    strength = torch.rand(1, generator=rng).item() * changes.noise
    return (image + torch.randn(image.shape, generator=rng) * strength).clamp(0.0, 1.0)
