"""A U-Net at the full resolution of a picture, for structures a few pixels wide (needs torch)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from osler.learn.network import texture

CHANNELS = (16, 32, 64, 128)
COARSE = 8  # the local mean is taken over 9 x 9 cells of 8 x 8 pixels
REACH = 9


class FineAnswer(NamedTuple):
    """masks (N,M,S,S) logits; embedding (N,E)."""

    masks: Tensor
    embedding: Tensor


def evened(image: Tensor) -> Tensor:
    """Take the local mean and deviation out of each channel: lighting and tint go, edges stay."""
    mean = _local(image)
    rest = image - mean
    return rest / (_local(rest.square()).clamp(min=0.0) + 1e-3).sqrt()


def _local(image: Tensor) -> Tensor:
    """Return the mean around each place, smooth, at the image's size."""
    small = nnf.avg_pool2d(image, COARSE)
    small = nnf.avg_pool2d(small, REACH, stride=1, padding=REACH // 2, count_include_pad=False)
    return nnf.interpolate(small, scale_factor=float(COARSE), mode="bilinear", align_corners=False)


def _twice(inside: int, outside: int) -> nn.Sequential:
    """Two convolutions, each with batch norm and ReLU."""
    layers: list[nn.Module] = []
    for number in (inside, outside):
        layers += [
            nn.Conv2d(number, outside, 3, padding=1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)


class FineNetwork(nn.Module):
    """Four levels; sides divide by eight. The embedding is the texture of the coarsest level."""

    def __init__(
        self, structures: int, *, channels: int = 3, widths: tuple[int, ...] = CHANNELS
    ) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            _twice(inside, outside)
            for inside, outside in zip((channels, *widths[:-1]), widths, strict=True)
        )
        pairs = list(zip(widths[1:], widths[:-1], strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 2, 2) for a, b in pairs)
        self.join = nn.ModuleList(_twice(2 * b, b) for _, b in pairs)
        self.head = nn.Conv2d(widths[0], structures, 1)
        nn.init.constant_(self.head.bias, -2.0)

    def forward(self, image: Tensor) -> FineAnswer:
        """Outline pictures: ``image`` (N,C,S,S), 0 to 1."""
        beside: list[Tensor] = []
        x = evened(image.float())
        for level, block in enumerate(self.down):
            x = block(nnf.max_pool2d(x, 2) if level else x)
            beside.append(x)
        embedding = texture(x)
        for level in reversed(range(len(self.up))):
            x = self.join[level](torch.cat([self.up[level](x), beside[level]], dim=1))
        return FineAnswer(self.head(x), embedding)


def fine_loss(answer: FineAnswer, target: Tensor) -> Tensor:
    """Return cross-entropy plus one minus soft Dice of the batch; ``target`` (N,M,S,S), 0 to 1."""
    logits = answer.masks.float()
    share = logits.sigmoid()
    both = (share * target).sum(dim=(0, 2, 3))
    either = share.sum(dim=(0, 2, 3)) + target.sum(dim=(0, 2, 3))
    entropy = nnf.binary_cross_entropy_with_logits(logits, target)
    return entropy + 0.5 * (1.0 - (2.0 * both + 1.0) / (either + 1.0)).mean()
