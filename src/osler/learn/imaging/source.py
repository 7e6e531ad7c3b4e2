"""Pictures as a source of training batches, and what a training makes small (needs torch)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from osler.learn.filmsource import mix
from osler.learn.fit import Loss
from osler.learn.imaging.augmenting import change
from osler.learn.imaging.changes import Changes
from osler.learn.imaging.networks import outline_loss
from osler.learn.losses import label_loss


@dataclass(frozen=True)
class PictureSource:
    """Pictures of one training as `osler.learn.fit.fit` asks for them.

    ``images`` (N,C,S,S) uint8; ``labels`` (N,K), NaN not stated; ``masks`` (N,M,S,S) 0 or 1 where
    outlines are learnt. A target is labels, or labels and masks.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.float32]
    changes: Changes
    masks: npt.NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.images)

    def batch(
        self, rows: npt.NDArray[np.int64], rng: torch.Generator
    ) -> tuple[Tensor, Tensor | tuple[Tensor, Tensor]]:
        """Return pictures (n,C,S,S), 0 to 1, changed at random, and their targets."""
        image = torch.from_numpy(self.images[rows]).float() / 255.0
        labels = torch.from_numpy(self.labels[rows]).float()
        masks = None if self.masks is None else torch.from_numpy(self.masks[rows]).float()
        image, masks = change(image, self.changes, rng=rng, masks=masks)
        if masks is not None:
            return image, (labels, masks)
        return mix(image, labels, strength=self.changes.mixup, rng=rng)


def joint_loss(smoothing: float) -> Loss:
    """Return the loss of labels and outlines learnt together."""
    of_labels = label_loss(smoothing)

    def loss(answer: Any, target: tuple[Tensor, Tensor]) -> Tensor:  # noqa: ANN401 - tensors
        labels, masks = target
        drawn = torch.ones(len(masks), device=masks.device)
        return of_labels(answer, labels) + outline_loss(answer.masks, masks, drawn)

    return loss


def outlines_only(answer: Any, target: tuple[Tensor, Tensor]) -> Tensor:  # noqa: ANN401 - tensors
    """Return the loss of outlines alone, for a network whose encoder is frozen."""
    masks = target[1]
    return outline_loss(answer.masks, masks, torch.ones(len(masks), device=masks.device))


def drawing_chances(labels: npt.NDArray[np.float32], groups: list[str]) -> npt.NDArray[np.float64]:
    """Return how likely each picture is drawn: rare classes more, much-imaged patients less.

    A picture counts by its rarest positive output. Its chance falls with the square root of its
    class's number of pictures, and of its patient's in that class.
    """
    filled = np.nan_to_num(labels, nan=0.0)
    counts = filled.sum(axis=0)
    rarest = np.where(filled > 0, counts, np.inf)
    kind = np.where(filled.any(axis=1), rarest.argmin(axis=1), -1)
    together = [f"{one}\x1f{group}" for one, group in zip(kind.tolist(), groups, strict=True)]
    _, which, size = np.unique(kind, return_inverse=True, return_counts=True)
    _, whose, shared = np.unique(together, return_inverse=True, return_counts=True)
    patient = 1.0 / np.sqrt(shared[whose])
    # Within a class patients even out; between classes the square root of their numbers does.
    within = np.bincount(which, weights=patient)
    chances = patient / within[which] * np.sqrt(size[which])
    return np.asarray(chances / chances.sum(), dtype=np.float64)
