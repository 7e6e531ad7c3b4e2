"""A heat-map detector whose boxes come out of the graph itself (needs torch).

Zhou, Wang, Krähenbühl: Objects as Points, 2019 (CenterNet): a peak of a class's heat map is the
middle of a thing, and at the same place stand its size and the part of a cell that it is off.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from osler.learn.imaging.pyramid import Pyramid
from osler.learn.network import texture

STRIDE = 4
MOST = 300
SIZE_UNIT = 64.0  # input pixels: sizes are learnt as logarithms in this unit


class HeatAnswer(NamedTuple):
    """heat (N,K,h,w) logits, size (N,2,h,w) log of rows and columns, offset (N,2,h,w), 0 to 1."""

    heat: Tensor
    size: Tensor
    offset: Tensor
    embedding: Tensor


class BoxAnswer(NamedTuple):
    """boxes (N,D,4) as (row0, col0, row1, col1) in input pixels, scores, labels, embedding."""

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    embedding: Tensor


class Detector(nn.Module):
    """One heat map a kind of thing at a quarter of the resolution."""

    def __init__(self, kinds: int, *, channels: int = 3) -> None:
        super().__init__()
        self.pyramid = Pyramid(channels=channels, finest=STRIDE)
        self.heat = _head(self.pyramid.width, kinds)
        self.size = _head(self.pyramid.width, 2)
        self.offset = _head(self.pyramid.width, 2)
        last = self.heat[-1]
        nn.init.constant_(last.bias, -math.log(99.0))

    def forward(self, image: Tensor) -> HeatAnswer:
        """Return the maps of ``image`` (N,C,S,S), 0 to 1."""
        fine, coarse = self.pyramid(image)
        return HeatAnswer(
            self.heat(fine), self.size(fine), self.offset(fine).sigmoid(), texture(coarse)
        )


def _head(inside: int, outside: int) -> nn.Sequential:
    """Return a convolution with a head of one output map each."""
    return nn.Sequential(nn.Conv2d(inside, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, outside, 1))


class DecodedDetector(nn.Module):
    """The detector with the decoding in its graph: what is exported."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, image: Tensor) -> BoxAnswer:
        """Return the three hundred strongest peaks of each picture."""
        found = self.detector(image)
        boxes, scores, labels = decoded(found.heat, found.size, found.offset)
        return BoxAnswer(boxes, scores, labels, found.embedding)


def decoded(heat: Tensor, size: Tensor, offset: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Turn maps into boxes: a peak is a place that equals the largest of its 3 x 3 neighbours.

    Returns boxes (N,D,4), scores (N,D) and labels (N,D) of the D strongest peaks over all kinds.
    """
    kinds, rows, columns = heat.shape[1:]
    share = heat.sigmoid()
    peaks = share * (nnf.max_pool2d(share, 3, stride=1, padding=1) == share).float()
    scores, places = peaks.flatten(1).topk(min(MOST, kinds * rows * columns), dim=1)
    area = rows * columns
    labels = torch.div(places, area, rounding_mode="floor")
    cell = places - labels * area
    row = torch.div(cell, columns, rounding_mode="floor").float()
    column = (cell - torch.div(cell, columns, rounding_mode="floor") * columns).float()
    half = 0.5 * SIZE_UNIT * _at(size, cell).clamp(-5.0, 4.0).exp()
    off = _at(offset, cell)
    y, x = (row + off[:, 0]) * STRIDE, (column + off[:, 1]) * STRIDE
    boxes = torch.stack([y - half[:, 0], x - half[:, 1], y + half[:, 0], x + half[:, 1]], dim=2)
    return boxes, scores, labels


def _at(maps: Tensor, cell: Tensor) -> Tensor:
    """Return the values (N,2,D) of maps (N,2,h,w) at flat cells (N,D)."""
    flat = maps.flatten(2)
    return torch.gather(flat, 2, cell[:, None].expand(-1, 2, -1))


def detector_loss(answer: HeatAnswer, target: dict[str, Tensor]) -> Tensor:
    """Return focal loss of the heat maps plus distance of size and offset at the middles.

    ``target``: heat (N,K,h,w) with 1 at middles and a bell around them, size and offset
    (N,2,h,w), and middle (N,1,h,w), 1 where these two hold.
    """
    heat = answer.heat.float()
    hit = (target["heat"] >= 0.999).float()
    share = heat.sigmoid().clamp(1e-5, 1.0 - 1e-5)
    found = share.log() * (1.0 - share).square() * hit
    false = (1.0 - share).log() * share.square() * (1.0 - target["heat"]) ** 4 * (1.0 - hit)
    count = hit.sum().clamp(min=1.0)
    focal = -(found + false).sum() / count
    middle = target["middle"]
    places = middle.sum().clamp(min=1.0)
    size = ((answer.size.float() - target["size"]).abs() * middle).sum() / places
    offset = ((answer.offset.float() - target["offset"]).abs() * middle).sum() / places
    return focal + 0.5 * size + 0.5 * offset
