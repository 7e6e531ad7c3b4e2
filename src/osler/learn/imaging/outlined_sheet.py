"""What a network that outlines or counts is shown in training, with its outlines (needs torch)."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from osler.learn.datasets.table import DataSet
from osler.learn.imaging import boxes, fine, volumes
from osler.learn.imaging.bench import ImageBench
from osler.learn.imaging.box_run import plan_of_boxes
from osler.learn.imaging.detector import SIZE_UNIT, STRIDE
from osler.learn.imaging.fine_run import plan_of_patches
from osler.learn.imaging.outlined_plans import BoxesPlan, OutlinedPlan, VolumesPlan
from osler.learn.imaging.outlined_rows import rows_of
from osler.learn.imaging.outlined_tasks import plan_of_outlines
from osler.learn.imaging.volume_run import plan_of_volumes

Tile = tuple[Tensor, Tensor | None]
DARK, BRIGHT = -2.0, 3.0  # deviations of a volume's greys that are drawn black and white


def tiles_of_outlines(bench: ImageBench, *, rows: int, changed: int) -> list[Tile]:
    """Return some training pictures as they are, then changed so many times.

    Each tile is (N,C,H,W), 0 to 1, and masks (N,M,H,W): the patch of a picture, the whole square
    with frames of its boxes, or the middle slice of a window of a volume.
    """
    plan, seed = plan_of_outlines(bench), bench.recipe.seed
    learnt = rows_of(bench.dataset(), plan, plan.splits)
    chosen = np.random.default_rng(seed).permutation(len(learnt.rows))[:rows]
    some = DataSet(learnt.name, learnt.folder, tuple(learnt.rows[n] for n in sorted(chosen)))
    source, drawn = _source(bench, plan, some)
    each: npt.NDArray[np.int64] = np.arange(len(some.rows))
    rng = torch.Generator().manual_seed(seed)
    still: Any = dataclasses.replace(source, changes=_still(source.changes))
    shown = [still.batch(each, torch.Generator().manual_seed(seed))]
    shown += [source.batch(each, rng) for _ in range(changed)]
    return [drawn(image, target) for image, target in shown]


def _source(
    bench: ImageBench, plan: OutlinedPlan, some: DataSet
) -> tuple[Any, Callable[[Tensor, Any], Tile]]:
    """Return what training would draw from these rows, and how a batch of it is shown."""
    recipe = bench.recipe
    if isinstance(plan, VolumesPlan):
        own = plan_of_volumes(recipe, plan)
        return volumes.source_of(volumes.read_labelled(some, own.column), own), _middle
    if isinstance(plan, BoxesPlan):
        kinds = plan_of_boxes(recipe, plan)
        return boxes.source_of(boxes.boxed(some, bench.dataset(), kinds), kinds), _framed
    patches = plan_of_patches(recipe, plan)
    return fine.source_of(fine.drawn(some, patches), patches), lambda image, masks: (image, masks)


def _still(changes: Any) -> Any:  # noqa: ANN401 - changes of one of the three tasks
    """Return changes that change nothing."""
    each = {name: type(value)() for name, value in vars(changes).items()}
    return dataclasses.replace(changes, **each)


def _middle(image: Tensor, target: Tensor) -> Tile:
    """Return the middle slices of windows (N,1,D,H,W), and of their structures."""
    at = image.shape[2] // 2
    grey = (image[:, :, at] - DARK) / (BRIGHT - DARK)
    return grey.clamp(0.0, 1.0), target[:, 1:, at]


def _framed(image: Tensor, target: dict[str, Tensor]) -> Tile:
    """Return squares, and the frames of the boxes that the maps ask for."""
    masks = torch.zeros_like(image[:, :1])
    half = 0.5 * SIZE_UNIT * target["size"].exp()
    for number, _, row, column in target["middle"].nonzero().tolist():
        middle = torch.tensor([row, column]) + target["offset"][number, :, row, column]
        reach = half[number, :, row, column]
        edges = torch.cat([middle * STRIDE - reach, middle * STRIDE + reach])
        top, left, bottom, right = edges.round().clamp(0, image.shape[-1] - 1).int().tolist()
        masks[number, 0, [top, bottom], left : right + 1] = 1.0
        masks[number, 0, top : bottom + 1, [left, right]] = 1.0
    return image, masks
