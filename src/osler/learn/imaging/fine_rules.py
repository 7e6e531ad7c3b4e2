"""The rules by which a training on patches of pictures is derived (no torch)."""

import math

from osler.errors import InputRefused
from osler.learn.imaging.changes import BY_MODALITY
from osler.learn.imaging.drafting import Drafting, Rule, mirror_image, reading
from osler.learn.imaging.fine_facts import FineFingerprint
from osler.learn.imaging.outlined_changes import FineChanges, as_asked
from osler.learn.imaging.outlined_plans import PatchesPlan
from osler.learn.imaging.outlined_rules import (
    course,
    cut_offs,
    drafted,
    epochs,
    may_mirror,
    whole_steps,
)
from osler.learn.imaging.planning import BLOCK
from osler.learn.imaging.recipe import ImageRecipe

WIDTH = 8.0  # pixels of the square that a drawn thing is to be wide
LEAST, MOST = 256, 1024
SHARE = 0.3
LEAST_PATCH = 64
PATCHES = 5_400
ANY_TURN = 180.0


def derive_patches(seen: FineFingerprint, recipe: ImageRecipe) -> PatchesPlan:
    """Return the plan; each rule stands here and in docs/reference/training.md.

    Raises
    ------
    InputRefused
        The recipe sets what decides nothing or cannot be done.
    """
    draft = drafted(seen, recipe)
    rule = draft.rule
    why = "four levels, 16 to 128 maps; light and tint of a place are evened out first"
    rule("network", None, "2-D U-Net at full resolution", why=why)
    _size(rule, seen, recipe)
    reading(rule, seen, recipe)
    cut_offs(rule, seen, recipe)
    _patches(draft, recipe)
    rule("batch", recipe.fit.batch, 8, why="patches at full resolution take memory")
    shown = seen.of(recipe.fit.splits) * draft.values["each"]
    epochs(rule, recipe, a_time=shown, wanted=PATCHES, what="patches")
    course(
        rule,
        recipe,
        usual={
            "learning_rate": (3e-3, "AdamW, from nothing"),
            "backbone_rate": (1.0, "no part is pretrained"),
            "weight_decay": (1e-2, "few pictures"),
            "ema": (0.99, "weights averaged over the last hundred steps vary less"),
        },
    )
    why = "few pixels are drawn, which cross-entropy alone passes over"
    rule("loss", None, "cross-entropy + half of soft Dice", why=why)
    _changes(rule, recipe)
    return PatchesPlan(**draft.values, why=draft.why)


def _size(rule: Rule, seen: FineFingerprint, recipe: ImageRecipe) -> None:
    """Decide the side of the square: as fine as the thinnest structure needs."""
    name, width = min(
        ((k, one.width) for k, one in seen.structures.items()), key=lambda one: one[1]
    )
    whole = round(seen.longest / BLOCK) * BLOCK
    wanted = round(seen.longest * min(1.0, WIDTH / max(width, 1.0)) / BLOCK) * BLOCK
    size = max(BLOCK, min(wanted, MOST), min(LEAST, whole))
    why = (
        f"{name} is {width:.1f} pixels wide in {seen.longest}: full resolution up to {WIDTH:.0f} "
        f"wide, else reduced to that, in steps of {BLOCK}, {LEAST} to {MOST}"
    )
    rule("size", recipe.input.size, size, why=why)


def _patches(draft: Drafting, recipe: ImageRecipe) -> None:
    """Decide how pictures are cut."""
    asked, size = recipe.patches, draft.values["size"]
    patch = min(size, max(LEAST_PATCH, round(SHARE * size / BLOCK) * BLOCK))
    why = f"{SHARE} of the square, in steps of {BLOCK}: more turns and places, less memory"
    draft.rule("patch", asked.size, patch, why=why)
    patch = draft.values["patch"]
    whole_steps(recipe, "input.size", (size,))
    whole_steps(recipe, "patches.size", (patch,))
    if patch > size:
        raise InputRefused(
            f"recipe {recipe.name}, key patches.size: found {patch}, the square has {size} pixels "
            "a side; need no more"
        )
    along = math.ceil(size / patch)
    why = f"{along} x {along} patches cover a picture"
    draft.rule("each", asked.each, along * along, why=why)


def _changes(rule: Rule, recipe: ImageRecipe) -> None:
    """Decide the random changes."""
    usual = BY_MODALITY[recipe.modality][0]
    flip, why = may_mirror(recipe)
    degrees = ANY_TURN if usual.flip_vertical else usual.rotate_degrees
    turned = "any turn: a patch has no up" if usual.flip_vertical else "turns of the modality"
    changes, said = as_asked(FineChanges(rotate_degrees=degrees, flip=flip), recipe)
    rule("changes", None, changes, why=f"{why}; {turned}{said}")
    mirror_image(rule, recipe, mirrored=changes.flip)
