"""A contact sheet: pictures as they are and as random changes make them (needs torch)."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from osler.errors import Misuse
from osler.learn.imaging.augmenting import change
from osler.learn.imaging.bench import ImageBench, plan_of
from osler.learn.imaging.changes import Changes
from osler.learn.imaging.loading import load, usable
from osler.learn.imaging.recipe import SCORED

ROWS, CHANGED = 6, 7
GAP = 4


def write_sheet(bench: ImageBench, file: Path) -> int:
    """Draw some training pictures, a row each: as it is, then changed seven times.

    Outlines that are learnt with the labels are drawn in and move along. Returns the number of
    pictures.

    Raises
    ------
    Misuse
        The recipe outlines or counts: its changes are not of whole pictures.
    """
    if bench.recipe.task not in SCORED:
        raise Misuse(
            f"recipe {bench.recipe.name}: no sheet is drawn of task {bench.recipe.task!r}; its "
            "changes are a line of the plan (--plan)"
        )
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
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(file)
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
    tiles = [_outlined(image, drawn)]
    tiles += [_outlined(*change(image, changes, rng=rng, masks=drawn)) for _ in range(CHANGED)]
    side = images.shape[-1] + GAP
    out = np.full((len(images) * side, len(tiles) * side, 3), 255, dtype=np.uint8)
    for column, tile in enumerate(tiles):
        for row, one in enumerate(tile):
            top, left = row * side, column * side
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
