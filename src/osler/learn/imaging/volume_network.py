"""A light 3-D U-Net (needs torch)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

CHANNELS = (16, 32, 64, 128)


class VolumeAnswer(NamedTuple):
    """masks (N,classes,D,H,W), logits with the background first; embedding (N,E)."""

    masks: Tensor
    embedding: Tensor


def _twice(inside: int, outside: int) -> nn.Sequential:
    """Two convolutions, each with its norm over the window and a leaky ReLU."""
    layers: list[nn.Module] = []
    for number in (inside, outside):
        layers += [
            nn.Conv3d(number, outside, 3, padding=1, bias=False),
            nn.InstanceNorm3d(outside, affine=True),
            nn.LeakyReLU(0.01),
        ]
    return nn.Sequential(*layers)


class VolumeNetwork(nn.Module):
    """Four levels, each half as fine as the one above; sides of a window divide by eight.

    Instance norms: what one window holds does not hang on the others of its batch, and there are
    no running statistics to tidy after weights are averaged. The embedding is mean and deviation
    of the coarsest features.
    """

    def __init__(self, structures: int, channels: tuple[int, ...] = CHANNELS) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            _twice(inside, outside)
            for inside, outside in zip((1, *channels[:-1]), channels, strict=True)
        )
        pairs = list(zip(channels[1:], channels[:-1], strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose3d(a, b, 2, 2) for a, b in pairs)
        self.join = nn.ModuleList(_twice(2 * b, b) for _, b in pairs)
        self.head = nn.Conv3d(channels[0], structures + 1, 1)

    def forward(self, volume: Tensor) -> VolumeAnswer:
        """Outline windows: ``volume`` (N,1,D,H,W), normalised."""
        beside: list[Tensor] = []
        x = volume
        for level, block in enumerate(self.down):
            x = block(nnf.max_pool3d(x, 2) if level else x)
            beside.append(x)
        coarse = x.float().flatten(2)
        spread = (coarse - coarse.mean(dim=2, keepdim=True)).square().mean(dim=2)
        embedding = torch.cat([coarse.mean(dim=2), (spread + 1e-6).sqrt()], dim=1)
        for level in reversed(range(len(self.up))):
            x = self.join[level](torch.cat([self.up[level](x), beside[level]], dim=1))
        return VolumeAnswer(self.head(x), embedding)
