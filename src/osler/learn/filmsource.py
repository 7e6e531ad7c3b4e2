"""Chest films as a source of training batches: changed, masked, blended (needs torch)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as nnf

from osler.learn.augment import augment, keep_lungs
from osler.learn.recipe import Stage


@dataclass(frozen=True)
class TrainingSet:
    """Squares (N,224,224) uint8, their targets, and what moves with the picture.

    ``targets`` is (N,K) for labels, or (N,M,224,224) uint8 for masks. ``lungs`` is
    (N,224,224) uint8, the probability of lung or heart times 255, where a stage wants it.
    """

    squares: npt.NDArray[np.uint8]
    targets: npt.NDArray[Any]
    lungs: npt.NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class FilmSource:
    """The films of one stage as `osler.learn.fit.fit` asks for them."""

    data: TrainingSet
    stage: Stage

    def __len__(self) -> int:
        """Return the number of films."""
        return len(self.data.squares)

    def batch(self, rows: npt.NDArray[np.int64], rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return films (n,1,size,size), 0 to 1, changed at random, and their targets."""
        data, stage = self.data, self.stage
        image = torch.from_numpy(data.squares[rows]).float()[:, None] / 255.0
        moved = _moved_along(data, rows)
        image, moved = augment(image, stage.augment, rng=rng, masks=moved)
        if data.lungs is not None and moved is not None:
            image = keep_lungs(image, moved, share=stage.augment.outside_lungs, rng=rng)
        if stage.size != image.shape[-1]:
            image = nnf.interpolate(
                image, size=stage.size, mode="bilinear", antialias=True, align_corners=False
            )
        if data.targets.ndim == 2:
            target = torch.from_numpy(data.targets[rows]).float()
            return mix(image, target, strength=stage.augment.mixup, rng=rng)
        if moved is None:
            raise ValueError("masks are lost on the way")
        return image, moved


def _moved_along(data: TrainingSet, rows: npt.NDArray[np.int64]) -> Tensor | None:
    """Return what has to move with the picture: masks, or the lungs, or nothing."""
    if data.targets.ndim == 4:
        return torch.from_numpy(data.targets[rows]).float()
    if data.lungs is not None:
        return torch.from_numpy(data.lungs[rows]).float()[:, None] / 255.0
    return None


def mix(
    image: Tensor, target: Tensor, *, strength: float, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Blend each film and its labels with another of the batch (mixup)."""
    if strength == 0.0:
        return image, target
    other = torch.randperm(len(image), generator=rng)
    share = torch.rand(len(image), generator=rng) * strength
    wide = share[:, None, None, None]
    mixed = (1.0 - share[:, None]) * target + share[:, None] * target[other]
    return (1.0 - wide) * image + wide * image[other], mixed
