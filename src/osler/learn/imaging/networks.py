"""The network of a picture: answers, evidence, embedding and outlines from one pass (torch)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from osler.learn.network import EMBEDDING, Up, lite0_encoder, to_imagenet

TAPS = (0, 2, 4, 10)  # last blocks at 1/2, 1/4, 1/8 and 1/16: 16, 24, 40 and 112 channels
BLOCKS = 16


class PictureAnswer(NamedTuple):
    """logits (N,K), evidence = class-activation maps (N,K,h,w), embedding (N,E)."""

    logits: Tensor
    evidence: Tensor
    embedding: Tensor


class OutlinedAnswer(NamedTuple):
    """As `PictureAnswer`, with masks = mask logits (N,M,S,S)."""

    logits: Tensor
    evidence: Tensor
    embedding: Tensor
    masks: Tensor


class Outliner(nn.Module):
    """A light decoder over the encoder's features at 1/16, 1/8, 1/4 and 1/2."""

    def __init__(self, structures: int) -> None:
        super().__init__()
        self.up8 = Up(112, 40, 64)
        self.up4 = Up(64, 24, 40)
        self.up2 = Up(40, 16, 32)
        self.head = nn.Conv2d(32, structures, 1)
        nn.init.constant_(self.head.bias, -2.0)

    def forward(self, taps: list[Tensor]) -> Tensor:
        """Return mask logits at the input's size."""
        half, quarter, eighth, sixteenth = (tap.float() for tap in taps)
        x = self.up2(self.up4(self.up8(sixteenth, eighth), quarter), half)
        return nnf.interpolate(self.head(x), scale_factor=2.0, mode="bilinear", align_corners=False)


class PictureNetwork(nn.Module):
    """EfficientNet-Lite0, a linear head on every place of its last map, and perhaps outlines.

    The logit of an output is the mean of its map plus a bias, so the map *is* the answer. The
    first ``freeze`` blocks stay as ImageNet left them, with their statistics.
    """

    def __init__(
        self,
        outputs: int,
        structures: int = 0,
        *,
        channels: int = 1,
        freeze: int = 0,
        drop_connect: float = 0.2,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.encoder = lite0_encoder(drop_connect=drop_connect, channels=channels)
        self.freeze = freeze
        self.drop_connect = drop_connect
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(EMBEDDING, outputs)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        self.outliner = Outliner(structures) if structures else None
        for part in self._frozen():
            part.requires_grad_(requires_grad=False)

    def _frozen(self) -> list[nn.Module]:
        """Return the parts that are not trained."""
        if self.freeze == 0:
            return []
        encoder = self.encoder
        if self.freeze > BLOCKS:
            return [encoder]
        stem = [encoder._conv_stem, encoder._bn0]  # noqa: SLF001 - the package names its layers so
        return [*stem, *encoder._blocks[: self.freeze]]  # noqa: SLF001

    def train(self, mode: bool = True) -> "PictureNetwork":  # noqa: FBT001, FBT002 - torch's own
        """Set the mode of what is trained; what is frozen keeps its statistics."""
        super().train(mode)
        for part in self._frozen():
            part.eval()
        return self

    def features(self, image: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the last feature map and those that outlines are drawn from."""
        encoder = self.encoder
        taps: list[Tensor] = []
        # Frozen blocks have no backward pass, so in training bf16 makes them faster; on
        # processors it makes the backward pass of the others slower.
        frozen = self.freeze if self.training else 0
        x = to_imagenet(image)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=frozen > 0):
            x = nnf.relu6(encoder._bn0(encoder._conv_stem(x)))  # noqa: SLF001
            x = self._blocks(x, range(min(frozen, BLOCKS)), taps)
        x = self._blocks(x.float() if frozen else x, range(min(frozen, BLOCKS), BLOCKS), taps)
        return nnf.relu6(encoder._bn1(encoder._conv_head(x))), taps  # noqa: SLF001

    def _blocks(self, x: Tensor, numbers: range, taps: list[Tensor]) -> Tensor:
        """Run some of the encoder's blocks, and keep what outlines are drawn from."""
        for number in numbers:
            block = self.encoder._blocks[number]  # noqa: SLF001 - the package names its layers so
            x = block(x, drop_connect_rate=self.drop_connect * number / BLOCKS)
            if number in TAPS:
                taps.append(x)
        return x

    def forward(self, image: Tensor) -> PictureAnswer | OutlinedAnswer:
        """Score pictures: ``image`` (N,C,S,S), 0 to 1, S divisible by 32."""
        features, taps = self.features(image)
        embedding = features.mean(dim=(2, 3))
        evidence = nnf.conv2d(features, self.head.weight[:, :, None, None])
        if self.training:
            logits = self.head(self.dropout(embedding))
        else:
            logits = evidence.mean(dim=(2, 3)) + self.head.bias
        if self.outliner is None:
            return PictureAnswer(logits, evidence, embedding)
        return OutlinedAnswer(logits, evidence, embedding, self.outliner(taps))


def outline_loss(logits: Tensor, wanted: Tensor, drawn: Tensor) -> Tensor:
    """Return cross-entropy plus one minus soft Dice over the pictures that were drawn.

    Parameters
    ----------
    logits, wanted
        (N,M,S,S).
    drawn
        (N,), 1 where somebody outlined the picture, else 0.

    Notes
    -----
    Dice is of the batch, not of each picture: a structure that a picture lacks has none.
    """
    keep = drawn > 0
    if not bool(keep.any()):
        return logits.sum() * 0.0
    logits, wanted = logits[keep].float(), wanted[keep].clamp(0.0, 1.0)
    entropy = nnf.binary_cross_entropy_with_logits(logits, wanted)
    parts = torch.sigmoid(logits)
    both = (parts * wanted).sum(dim=(0, 2, 3))
    either = parts.sum(dim=(0, 2, 3)) + wanted.sum(dim=(0, 2, 3))
    return entropy + (1.0 - (2.0 * both + 1.0) / (either + 1.0)).mean()
