"""What a training makes small: losses of labels and of outlines (needs torch)."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as nnf

from osler.learn.fit import Loss


def label_loss(smoothing: float) -> Loss:
    """Return binary cross-entropy that passes over labels that are not stated (NaN)."""

    def loss(answer: Any, target: Tensor) -> Tensor:  # noqa: ANN401 - a NamedTuple of tensors
        known = ~target.isnan()
        wanted = torch.nan_to_num(target) * (1.0 - smoothing) + 0.5 * smoothing
        each = nnf.binary_cross_entropy_with_logits(answer.logits.float(), wanted, reduction="none")
        return (each * known).sum() / known.sum().clamp(min=1)

    return loss


def mask_loss(answer: Any, target: Tensor) -> Tensor:  # noqa: ANN401 - a NamedTuple of tensors
    """Return cross-entropy plus soft Dice.

    ``target`` is (N,4,H,W): right lung, left lung, heart and their union. Where the first three
    are all zero but the union is not, only the union was drawn, and only it is learnt.
    """
    logits = answer.logits.float()
    drawn = (target[:, :3].flatten(1).sum(dim=1) > 0).float()
    parts = logits.sigmoid()
    union = 1.0 - (1.0 - parts).prod(dim=1)
    wanted = target.clamp(0.0, 1.0)
    entropy = nnf.binary_cross_entropy_with_logits(logits, wanted[:, :3], reduction="none")
    overlap = nnf.binary_cross_entropy(union.clamp(1e-5, 1 - 1e-5), wanted[:, 3], reduction="none")
    by_part = entropy.mean(dim=(1, 2, 3)) + _dice_loss(parts, wanted[:, :3])
    by_union = overlap.mean(dim=(1, 2)) + _dice_loss(union[:, None], wanted[:, 3:])
    return (drawn * by_part + (0.3 + 0.2 * (1 - drawn)) * by_union).mean()


def _dice_loss(probability: Tensor, wanted: Tensor) -> Tensor:
    """Return one minus soft Dice, averaged over structures: (N,)."""
    both = (probability * wanted).sum(dim=(2, 3))
    either = probability.sum(dim=(2, 3)) + wanted.sum(dim=(2, 3))
    return (1.0 - (2.0 * both + 1.0) / (either + 1.0)).mean(dim=1)
