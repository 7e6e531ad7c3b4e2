"""A contact sheet: pictures as they are and as random changes make them (needs torch)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from osler.learn.imaging.augmenting import change
from osler.learn.imaging.bench import ImageBench, plan_of
from osler.learn.imaging.changes import Changes
from osler.learn.imaging.loading import load, usable
from osler.learn.imaging.outlined_sheet import Tile, tiles_of_outlines
from osler.learn.imaging.recipe import SCORED

ROWS, CHANGED = 6, 7
GAP = 4


def write_sheet(bench: ImageBench, file: Path) -> int:
    """Draw some training pictures, a row each: as it is, then changed seven times.

    Outlines that are learnt move along: those that are learnt with the labels, and the boxes,
    masks and label maps of networks that outline or count. Returns the number of pictures.
    """
    if bench.recipe.task not in SCORED:
        tiles = tiles_of_outlines(bench, rows=ROWS, changed=CHANGED)
        _write(file, _laid(tiles))
        return len(tiles[0][0])
    plan = plan_of(bench)
    rows = usable(bench.dataset(), plan.fingerprint, bench.recipe.fit.splits)
    chosen = np.random.default_rng(bench.recipe.seed).permutation(len(rows))[:ROWS]
    columns = [one.column for one in bench.recipe.structures] if plan.masks == "joint" else []
    shown = load(
        [rows[n] for n in sorted(chosen)],
        plan.contract(),
        folder=bench.data / bench.recipe.data,
        columns=columns,
        cache=bench.cache(),
    )
    sheet = sheet_of(shown.images, plan.changes, masks=shown.masks, seed=bench.recipe.seed)
    _write(file, sheet)
    return len(shown)


def sheet_of(
    images: npt.NDArray[np.uint8],
    changes: Changes,
    *,
    masks: npt.NDArray[np.uint8] | None,
    seed: int,
) -> npt.NDArray[np.uint8]:
    """Return the sheet in colour, (rows, columns, 3), from pictures (N,C,S,S)."""
    rng = torch.Generator().manual_seed(seed)
    image = torch.from_numpy(images).float() / 255.0
    drawn = None if masks is None else torch.from_numpy(masks).float()
    tiles = [(image, drawn)]
    tiles += [change(image, changes, rng=rng, masks=drawn) for _ in range(CHANGED)]
    return _laid(tiles)


def _write(file: Path, sheet: npt.NDArray[np.uint8]) -> None:
    """Write a sheet as a picture."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(file)


def _laid(tiles: Sequence[Tile]) -> npt.NDArray[np.uint8]:
    """Lay tiles beside each other, a column for each change and a row for each picture."""
    high, wide = (side + GAP for side in tiles[0][0].shape[2:])
    out = np.full((len(tiles[0][0]) * high, len(tiles) * wide, 3), 255, dtype=np.uint8)
    for column, (image, masks) in enumerate(tiles):
        for row, one in enumerate(_outlined(image, masks)):
            top, left = row * high, column * wide
            out[top : top + one.shape[0], left : left + one.shape[1]] = one
    return out


def _outlined(image: Tensor, masks: Tensor | None) -> npt.NDArray[np.uint8]:
    """Return pictures as (N,S,S,3) bytes, the edges of masks in yellow."""
    colour = image if image.shape[1] == 3 else image.repeat(1, 3, 1, 1)
    grey = np.asarray(colour.clamp(0, 1).numpy()).transpose(0, 2, 3, 1)
    out: npt.NDArray[np.uint8] = np.rint(grey * 255.0).astype(np.uint8)
    if masks is not None:
        inside = masks.amax(dim=1) > 0.5
        within = -torch.nn.functional.max_pool2d(-inside[:, None].float(), 3, stride=1, padding=1)
        edge = inside & (within[:, 0] < 0.5)
        out[edge.numpy()] = (255, 220, 0)
    return out
