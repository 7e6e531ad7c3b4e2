"""The rules by which the training of a detector is derived (no torch)."""

import math

from osler.learn.imaging.box_facts import BoxFingerprint
from osler.learn.imaging.changes import BY_MODALITY
from osler.learn.imaging.drafting import Rule, reading
from osler.learn.imaging.outlined_changes import BoxChanges, as_asked
from osler.learn.imaging.outlined_plans import BoxesPlan
from osler.learn.imaging.outlined_rules import course, cut_offs, drafted, epochs, may_mirror
from osler.learn.imaging.planning import BLOCK
from osler.learn.imaging.recipe import ImageRecipe

CELLS = 16  # pixels of the square: four places of the heat map
LEAST, MOST = 224, 640
PICTURES = 12_000


def derive_boxes(seen: BoxFingerprint, recipe: ImageRecipe) -> BoxesPlan:
    """Return the plan; each rule stands here and in docs/reference/training.md.

    Raises
    ------
    InputRefused
        The recipe sets what decides nothing.
    """
    draft = drafted(seen, recipe)
    rule = draft.rule
    rule(
        "network",
        None,
        "heat maps on EfficientNet-Lite0",
        why="a peak is the middle of a thing, at a quarter of the resolution; ImageNet weights",
    )
    _size(rule, seen, recipe)
    reading(rule, seen, recipe)
    cut_offs(rule, seen, recipe)
    rule("batch", recipe.fit.batch, 8, why="maps of whole pictures take memory")
    epochs(rule, recipe, a_time=seen.of(recipe.fit.splits), wanted=PICTURES, what="pictures")
    course(
        rule,
        recipe,
        usual={
            "learning_rate": (2e-3, "AdamW, new heads"),
            "backbone_rate": (0.5, "the pretrained part forgets by high rates"),
            "weight_decay": (1e-2, "few pictures"),
            "ema": (0.99, "weights averaged over the last hundred steps vary less"),
        },
    )
    why = "few places hold a middle; size and place count only there"
    rule("loss", None, "focal loss of heat maps, distance of sizes and places", why=why)
    _changes(rule, recipe)
    return BoxesPlan(**draft.values, why=draft.why)


def _size(rule: Rule, seen: BoxFingerprint, recipe: ImageRecipe) -> None:
    """Decide the side of the square: small things must not fall between places of the map."""
    name, short = min(
        ((k, one.short) for k, one in seen.structures.items()), key=lambda one: one[1]
    )
    whole = math.ceil(seen.longest / BLOCK) * BLOCK
    wanted = math.ceil(seen.longest * CELLS / max(short, 1.0) / BLOCK) * BLOCK
    size = max(BLOCK, min(wanted, MOST, whole), min(LEAST, whole))
    why = (
        f"a {name}'s shorter side is over {short:.0f} of {seen.longest} pixels 19 times in 20 and "
        f"is to be {CELLS}, in steps of {BLOCK}, {LEAST} to {MOST}, no larger than the picture"
    )
    rule("size", recipe.input.size, size, why=why)


def _changes(rule: Rule, recipe: ImageRecipe) -> None:
    """Decide the random changes."""
    flip, why = may_mirror(recipe)
    turn = flip and BY_MODALITY[recipe.modality][0].flip_vertical
    turned = "quarter turns: no up and no down" if turn else "no turns: up is up"
    changes, said = as_asked(BoxChanges(turn=turn, flip=flip), recipe)
    rule("changes", None, changes, why=f"{why}; {turned}{said}")
