"""The rules by which a training on volumes is derived, in the spirit of nnU-Net (no torch)."""

import math

from osler.learn.imaging.drafting import Drafting, Rule, mirror_image
from osler.learn.imaging.outlined_changes import VolumeChanges, as_asked
from osler.learn.imaging.outlined_plans import Shape, VolumesPlan
from osler.learn.imaging.outlined_rules import (
    HALVED,
    course,
    drafted,
    epochs,
    may_mirror,
    whole_steps,
)
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.imaging.volume_facts import Triple, VolumeFingerprint

UNEVEN = 3.0
MOST_VOXELS = 2_000_000
MOST_WINDOW, MOST_PATCH, LEAST = 96, 64, 16
WINDOWS = 9_600
LARGE_PATCH = 100_000
FOREGROUND = 0.33
LEFT_RIGHT = 2
LEAST_HU = 100.0


def derive_volumes(seen: VolumeFingerprint, recipe: ImageRecipe) -> VolumesPlan:
    """Return the plan; each rule stands here and in docs/reference/training.md.

    Raises
    ------
    InputRefused
        The recipe sets what decides nothing or cannot be done.
    """
    draft = drafted(seen, recipe)
    draft.rule("network", None, "3-D U-Net", why="four levels, 16 to 128 maps, norms by window")
    _grid(draft, seen, recipe)
    _mirrors(draft.rule, recipe)
    _greys(draft.rule, seen, recipe)
    _course(draft, seen, recipe)
    rule, values = draft.rule, draft.values
    usual = VolumeChanges(mirror=values["mirror"], foreground=values["foreground"])
    changes, said = as_asked(usual, recipe)
    rule("changes", None, changes, why=f"turns, zoom, shift and greys as nnU-Net's, milder{said}")
    return VolumesPlan(**values, why=draft.why)


def _grid(draft: Drafting, seen: VolumeFingerprint, recipe: ImageRecipe) -> None:
    """Decide spacing, window and patch."""
    rule, asked = draft.rule, recipe.volume
    spacing, why = _spacing(seen)
    rule("spacing_mm", asked.spacing_mm, spacing, why=why)
    spacing = draft.values["spacing_mm"]
    largest, median = _voxels(seen.largest_mm, spacing), _voxels(seen.median_mm, spacing)
    window = _sides(largest, most=MOST_WINDOW)
    rule(
        "window",
        asked.window,
        window,
        why=f"the largest volume in steps of {HALVED}, at most {MOST_WINDOW} a side",
    )
    patch = _sides(median, most=MOST_PATCH)
    rule(
        "patch",
        asked.patch,
        patch,
        why=f"the median volume in steps of {HALVED}, at most {MOST_PATCH} a side",
    )
    for key in ("window", "patch"):
        whole_steps(recipe, f"volume.{key}", draft.values[key])
    beyond = any(m > p for m, p in zip(median, draft.values["patch"], strict=True))
    why = (
        "volumes are larger than a patch: a third of patches is laid around what is drawn"
        if beyond
        else "a patch holds the median volume"
    )
    rule("foreground", asked.foreground, FOREGROUND if beyond else 0.0, why=why)


def _spacing(seen: VolumeFingerprint) -> tuple[Triple, str]:
    """Return the spacing that all volumes are brought to, and why."""
    spacing, why = list(seen.spacing_mm), "the median of each axis"
    coarse = max(range(3), key=spacing.__getitem__)
    if spacing[coarse] >= UNEVEN * min(spacing):
        spacing[coarse] = seen.fine_mm[coarse]
        why += ", the 10th percentile of the one that is three times as coarse as another"
    voxels = math.prod(s / v for s, v in zip(seen.median_mm, spacing, strict=True))
    if voxels > MOST_VOXELS:
        spacing = [one * (voxels / MOST_VOXELS) ** (1 / 3) for one in spacing]
        why += f", coarser so that the median volume has {MOST_VOXELS} voxels: all are in memory"
    rounded = [round(one, 2) for one in spacing]
    return (rounded[0], rounded[1], rounded[2]), why


def _voxels(millimetres: Triple, spacing: Triple) -> Triple:
    """Return how many voxels a length of each axis has."""
    z, y, x = (round(mm / step, 1) for mm, step in zip(millimetres, spacing, strict=True))
    return z, y, x


def _sides(voxels: Triple, *, most: int) -> Shape:
    """Return sides in whole steps that hold so many voxels, as far as they may."""
    z, y, x = (min(most, max(LEAST, math.ceil(side / HALVED) * HALVED)) for side in voxels)
    return z, y, x


def _mirrors(rule: Rule, recipe: ImageRecipe) -> None:
    """Decide what is mirrored in training, and whether the mirror image is outlined too."""
    may, why = may_mirror(recipe)
    rule("mirror", recipe.volume.mirror, (LEFT_RIGHT,) if may else (), why=why)
    mirror = may if recipe.volume.mirror is None else LEFT_RIGHT in recipe.volume.mirror
    mirror_image(rule, recipe, mirrored=mirror)


def _greys(rule: Rule, seen: VolumeFingerprint, recipe: ImageRecipe) -> None:
    """Decide what greys mean, and how large a volume may be."""
    window, why = None, f"greys of {recipe.modality} have no unit: each volume by its own"
    if recipe.modality == "ct":
        low, high = seen.drawn_greys
        margin = max(0.25 * (high - low), 0.5 * (LEAST_HU - (high - low)))
        window = (
            math.floor((low - margin) / 10.0) * 10.0,
            math.ceil((high + margin) / 10.0) * 10.0,
        )
        why = "Hounsfield units of drawn voxels, 0.5th to 99.5th percentile, and a quarter more"
    rule("window_hu", recipe.input.window_hu, window, why=why)
    low, high = seen.side_mm
    extent = (float(math.floor(0.8 * low)), float(math.ceil(1.2 * high)))
    why = "the gates refuse a volume with a side a fifth beyond any that was trained on"
    rule("extent_mm", recipe.volume.extent_mm, extent, why=why)


def _course(draft: Drafting, seen: VolumeFingerprint, recipe: ImageRecipe) -> None:
    """Decide how long and how fast."""
    size = math.prod(draft.values["patch"])
    why = f"patches of {size} voxels; from {LARGE_PATCH} on 2"
    draft.rule("batch", recipe.fit.batch, 4 if size < LARGE_PATCH else 2, why=why)
    rows = seen.of(draft.values["splits"])
    epochs(draft.rule, recipe, a_time=rows, wanted=WINDOWS, what="patches")
    course(
        draft.rule,
        recipe,
        usual={
            "learning_rate": (2e-3, "AdamW, from nothing"),
            "backbone_rate": (1.0, "no part is pretrained"),
            "weight_decay": (1e-2, "few volumes"),
            "ema": (0.995, "weights averaged over the last two hundred steps vary less"),
        },
    )
    why = "soft Dice alone is unsure of small structures"
    draft.rule("loss", None, "cross-entropy + soft Dice of the batch", why=why)
