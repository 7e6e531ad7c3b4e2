"""Volumes and their label maps on the way into a 3-D network (needs torch)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as nnf

from osler.learn.imaging.outlined_changes import VolumeChanges

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class VolumeSource:
    """Windows (1, D, H, W) of normalised volumes, changed at random, and their labels (D, H, W).

    Windows are laid at random over a volume, as far as it reaches beyond a window, and at least as
    far as the random shift.
    """

    volumes: Sequence[Floats]
    labels: Sequence[Labels]
    window: tuple[int, int, int]
    structures: int
    changes: VolumeChanges

    def __len__(self) -> int:
        """Return the number of volumes."""
        return len(self.volumes)

    def batch(self, rows: npt.NDArray[np.int64], rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return (N,1,D,H,W) and the share of every class at each voxel (N,classes,D,H,W)."""
        images, targets = [], []
        for row in rows:
            image, target = self._one(int(row), rng)
            images.append(image)
            targets.append(target)
        return torch.cat(images), torch.cat(targets)

    def _one(self, row: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return one changed window."""
        image = torch.from_numpy(np.ascontiguousarray(self.volumes[row]))[None, None]
        labels = torch.from_numpy(np.ascontiguousarray(self.labels[row])).long()
        kinds = nnf.one_hot(labels, self.structures + 1).permute(3, 0, 1, 2)[None].float()
        room = [0.5 * (s - w) for s, w in zip(labels.shape, self.window, strict=True)]
        turn, shift = _affine(self.changes, room, rng)
        # Nothing is drawn from ``rng`` at a share of 0: such a run repeats as it always did.
        share = self.changes.foreground
        if share > 0.0 and torch.rand(1, generator=rng).item() < share:
            shift = _around_drawn(labels, shift, self.changes, rng=rng)
        grid = _grid((turn, shift), tuple(image.shape[2:]), self.window)
        image = nnf.grid_sample(image, grid, align_corners=False)
        drawn = nnf.grid_sample(kinds[:, 1:], grid, align_corners=False)
        target = torch.cat([1.0 - drawn.sum(dim=1, keepdim=True), drawn], dim=1)
        for axis in self.changes.mirror:
            if torch.rand(1, generator=rng).item() < 0.5:
                image, target = image.flip(2 + axis), target.flip(2 + axis)
        return _greys(image, self.changes, rng), target


def _uniform(reach: float, rng: torch.Generator) -> float:
    """Return a uniform number from -reach to reach."""
    return (float(torch.rand(1, generator=rng).item()) * 2.0 - 1.0) * reach


def _affine(
    changes: VolumeChanges, room: Sequence[float], rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return (3,3) in voxels (columns, rows, slices), and the shift.

    ``room`` is by how many voxels (slices, rows, columns) a window can move within the volume.
    """
    turn = torch.eye(3)
    for first, second in ((0, 1), (1, 2), (0, 2)):
        angle = _uniform(changes.rotate_degrees * math.pi / 180.0, rng)
        plane = torch.eye(3)
        plane[first, first] = plane[second, second] = math.cos(angle)
        plane[first, second], plane[second, first] = -math.sin(angle), math.sin(angle)
        turn = turn @ plane
    zoom = math.exp(_uniform(changes.scale, rng))
    reaches = [max(changes.shift_voxels, one) for one in reversed(room)]
    shift = torch.tensor([_uniform(reach, rng) for reach in reaches])
    return turn * zoom, shift


def _around_drawn(
    labels: Tensor, shift: Tensor, changes: VolumeChanges, *, rng: torch.Generator
) -> Tensor:
    """Return the shift to about a drawn voxel, or the one given where nothing is drawn."""
    places = labels.nonzero()
    if not len(places):
        return shift
    chosen = places[int(torch.randint(0, len(places), (1,), generator=rng).item())]
    middle = (torch.tensor(labels.shape, dtype=torch.float32) - 1.0) / 2.0
    off = torch.tensor([_uniform(changes.shift_voxels, rng) for _ in range(3)])
    return (chosen.float() - middle).flip(0) + off


def _grid(
    affine: tuple[Tensor, Tensor], shape: tuple[int, ...], window: tuple[int, int, int]
) -> Tensor:
    """Return where each voxel of the window comes from, as ``grid_sample`` counts: (1,D,H,W,3)."""
    sides = torch.tensor([float(side) for side in reversed(shape)])
    planes = [torch.arange(side) - (side - 1) / 2.0 for side in window]
    z, y, x = torch.meshgrid(*planes, indexing="ij")
    points = torch.stack([x, y, z], dim=-1) @ affine[0].T + affine[1]
    return (2.0 * points / sides)[None]


def _greys(image: Tensor, changes: VolumeChanges, rng: torch.Generator) -> Tensor:
    """Change gamma, contrast and brightness of what is not padding, lose detail, add noise."""
    low, high = image.min(), image.max()
    span = (high - low).clamp(min=1e-6)
    share = ((image - low) / span).clamp(1e-4, 1.0)
    image = share ** math.exp(_uniform(changes.gamma, rng)) * span + low
    image = image * math.exp(_uniform(changes.contrast, rng)) + _uniform(changes.brightness, rng)
    if torch.rand(1, generator=rng).item() < changes.blur:
        small = nnf.interpolate(image, scale_factor=0.6, mode="trilinear", align_corners=False)
        image = nnf.interpolate(small, size=image.shape[2:], mode="trilinear", align_corners=False)
    strength = torch.rand(1, generator=rng).item() * changes.noise
    return image + torch.randn(image.shape, generator=rng) * strength


def volume_loss(answer: object, target: Tensor) -> Tensor:
    """Return cross-entropy plus soft Dice of the structures, both over the whole batch."""
    logits = answer.masks.float()  # type: ignore[attr-defined]
    entropy = -(target * logits.log_softmax(dim=1)).sum(dim=1).mean()
    share = logits.softmax(dim=1)[:, 1:]
    both = (share * target[:, 1:]).sum(dim=(0, 2, 3, 4))
    either = (share + target[:, 1:]).sum(dim=(0, 2, 3, 4))
    return entropy + (1.0 - (2.0 * both + 1.0) / (either + 1.0)).mean()
