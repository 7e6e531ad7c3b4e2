"""The training loop: bf16 where the processor has it, averaged weights, resumes by epoch."""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from osler.learn.augment import augment, keep_lungs
from osler.learn.recipe import Stage

Progress = Callable[[str, int, int, float], None]
Loss = Callable[[Any, Tensor], Tensor]


@dataclass(frozen=True)
class TrainingSet:
    """Squares (N,224,224) uint8, their targets, and what moves with the picture.

    ``targets`` is (N,K) for labels, or (N,M,224,224) uint8 for masks. ``lungs`` is
    (N,224,224) uint8, the probability of lung or heart times 255, where a stage wants it.
    """

    squares: npt.NDArray[np.uint8]
    targets: npt.NDArray[Any]
    lungs: npt.NDArray[np.uint8] | None = None


def fit(
    network: nn.Module,
    data: TrainingSet,
    stage: Stage,
    *,
    loss: Loss,
    seed: int,
    checkpoint: Path,
    on_progress: Progress,
) -> nn.Module:
    """Train a network and return it with exponentially averaged weights.

    A run that was stopped goes on from the last finished epoch that ``checkpoint`` holds.
    """
    network = network.to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).requires_grad_(requires_grad=False)
    optimiser = torch.optim.AdamW(_groups(network, stage), weight_decay=stage.weight_decay)
    steps = stage.epochs * math.ceil(len(data.squares) / stage.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    state = {"network": network, "average": average, "optimiser": optimiser, "schedule": schedule}
    first = _resume(state, checkpoint)
    for epoch in range(first, stage.epochs):
        rng = torch.Generator().manual_seed(seed * 1_000 + epoch)
        torch.manual_seed(seed * 1_000 + epoch)
        network.train()
        total, seen = 0.0, 0
        for number, (image, target) in enumerate(_batches(data, stage, rng)):
            with torch.autocast("cpu", torch.bfloat16):
                answer = network(image.contiguous(memory_format=torch.channels_last))
            value = loss(answer, target)
            optimiser.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            _follow(average, network, stage.ema, step=epoch * (steps // stage.epochs) + number)
            total, seen = total + value.item() * len(image), seen + len(image)
            on_progress(
                checkpoint.stem,
                epoch * len(data.squares) + seen,
                stage.epochs * len(data.squares),
                total / seen,
            )
        _save(state, epoch + 1, checkpoint)
    return average.eval()


def _rate(step: int, steps: int) -> float:
    """Warm up over a twentieth of the run, then fall as a half cosine to 1 %."""
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _groups(network: nn.Module, stage: Stage) -> list[dict[str, Any]]:
    """Give the pretrained part a lower rate than the new head."""
    old: list[nn.Parameter] = []
    new: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        pretrained = name.startswith(("encoder.", "stem.", "blocks."))
        (old if pretrained else new).append(parameter)
    return [
        {"params": old, "lr": stage.learning_rate * stage.backbone_rate},
        {"params": new, "lr": stage.learning_rate},
    ]


def _batches(
    data: TrainingSet, stage: Stage, rng: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield augmented batches of one epoch in random order."""
    order = torch.randperm(len(data.squares), generator=rng).numpy()
    for start in range(0, len(order), stage.batch):
        rows = order[start : start + stage.batch]
        if len(rows) < 2:
            continue
        image = torch.from_numpy(data.squares[rows]).float()[:, None] / 255.0
        moved = _moved_along(data, rows)
        image, moved = augment(image, stage.augment, rng=rng, masks=moved)
        if data.lungs is not None and moved is not None:
            image = keep_lungs(image, moved, share=stage.augment.outside_lungs, rng=rng)
        if stage.size != image.shape[-1]:
            image = nnf.interpolate(
                image, size=stage.size, mode="bilinear", antialias=True, align_corners=False
            )
        labels = data.targets.ndim == 2
        target = torch.from_numpy(data.targets[rows]).float() if labels else moved
        if target is None:
            raise ValueError("masks are lost on the way")
        yield (
            _mix(image, target, strength=stage.augment.mixup, rng=rng)
            if labels
            else (image, target)
        )


def _moved_along(data: TrainingSet, rows: npt.NDArray[np.int64]) -> Tensor | None:
    """Return what has to move with the picture: masks, or the lungs, or nothing."""
    if data.targets.ndim == 4:
        return torch.from_numpy(data.targets[rows]).float()
    if data.lungs is not None:
        return torch.from_numpy(data.lungs[rows]).float()[:, None] / 255.0
    return None


def _mix(
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


def _follow(average: nn.Module, network: nn.Module, decay: float, *, step: int) -> None:
    """Move the averaged weights a little towards the network's."""
    decay = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for mean, now in zip(
            average.state_dict().values(), network.state_dict().values(), strict=True
        ):
            if mean.dtype.is_floating_point:
                mean.lerp_(now, 1.0 - decay)
            else:
                mean.copy_(now)


def _save(state: dict[str, Any], epochs: int, file: Path) -> None:
    """Write a checkpoint beside the old one, then put it in its place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    torch.save({"epochs": epochs, **{k: v.state_dict() for k, v in state.items()}}, part)
    part.replace(file)


def _resume(state: dict[str, Any], file: Path) -> int:
    """Load a checkpoint if there is one; return the number of finished epochs."""
    if not file.is_file():
        return 0
    saved = torch.load(file, map_location="cpu", weights_only=True)
    for name, part in state.items():
        part.load_state_dict(saved[name])
    return int(saved["epochs"])


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
