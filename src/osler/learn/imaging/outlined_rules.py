"""Rules that all tasks share which outline or count (no torch)."""

import re

from osler.errors import InputRefused
from osler.learn.imaging.changes import BY_MODALITY
from osler.learn.imaging.drafting import Drafting, Rule
from osler.learn.imaging.fingerprint import TEST, Counted
from osler.learn.imaging.recipe import CUT_ON_VAL, ImageRecipe

COURSE = (
    "splits",
    "exclude",
    "epochs",
    "batch",
    "learning_rate",
    "backbone_rate",
    "weight_decay",
    "ema",
    "augment",
)
OF_VOLUMES = ("window_hu",)
OF_OUTLINES = ("both_ways",)
HALVED = 8  # a side that a network of four levels reads divides by this
SIDED = re.compile(r"\b(left|right)\b", re.IGNORECASE)


def drafted(seen: Counted, recipe: ImageRecipe) -> Drafting:
    """Begin a plan.

    Raises
    ------
    InputRefused
        The recipe sets what decides nothing in its task, or there is nothing to test on.
    """
    _no_idle_keys(recipe)
    if not seen.of((TEST,)):
        raise InputRefused(
            f"{seen.data}: no row of split 'test' is left, so nothing of the network could be "
            "measured; split the data set first (osler prepare dataset)"
        )
    draft = Drafting()
    draft.values |= {"name": recipe.name, "task": recipe.task, "fingerprint": seen}
    usual = ("train",) if recipe.task in CUT_ON_VAL else ("train", "val")
    why = "cut-offs need rows of their own" if len(usual) == 1 else "no cut-off is chosen on val"
    asked = recipe.fit.splits
    draft.rule("splits", None if asked == usual else asked, usual, why=why)
    draft.rule("folds", None, 1, why="one network: whatever is reported comes from the test split")
    return draft


def _no_idle_keys(recipe: ImageRecipe) -> None:
    """Refuse keys that would decide nothing: somebody meant something by them."""
    known = COURSE if recipe.task == "detection" else (*COURSE, *OF_OUTLINES)
    idle = [f"fit.{key}" for key in recipe.fit.model_fields_set if key not in known]
    if recipe.task == "volume":
        idle += [f"input.{key}" for key in recipe.input.model_fields_set if key not in OF_VOLUMES]
    idle += [key for key in ("cross_check", "mask_table") if getattr(recipe, key) is not None]
    if idle:
        raise InputRefused(
            f"recipe {recipe.name}, key {min(idle)}: it decides nothing in task {recipe.task!r}; "
            "drop it"
        )


def course(rule: Rule, recipe: ImageRecipe, *, usual: dict[str, tuple[float, str]]) -> None:
    """Decide how fast: each of ``usual`` is a value and its reason."""
    for name, (value, why) in usual.items():
        rule(name, getattr(recipe.fit, name), value, why=why)
    rule(
        "schedule",
        None,
        "warm up, half cosine",
        why="a twentieth of the steps up, then down to 1 %",
    )


def epochs(rule: Rule, recipe: ImageRecipe, *, a_time: int, wanted: int, what: str) -> None:
    """Decide how often all of the data is shown: ``a_time`` of ``what`` are shown in one epoch."""
    least, most = 10, 200
    value = min(most, max(least, round(wanted / max(1, a_time))))
    why = f"{wanted} {what} shown, {a_time} at a time, in {least} to {most} epochs"
    rule("epochs", recipe.fit.epochs, value, why=why)


def cut_offs(rule: Rule, seen: Counted, recipe: ImageRecipe) -> None:
    """Decide on which rows cut-offs are chosen."""
    if seen.of(("val",)):
        learnt = "val" in recipe.fit.splits
        doubt = ", which is trained on too: they are too sure" if learnt else ", held out"
        rule("cut_offs", None, ("val",), why=f"highest score on val{doubt}")
        return
    why = "there is no split 'val', so they are chosen on what was trained on and are too sure"
    rule("cut_offs", None, recipe.fit.splits, why=why)


def may_mirror(recipe: ImageRecipe) -> tuple[bool, str]:
    """Tell whether left and right may be swapped, and why."""
    named = [f"{one.name} {one.display}" for one in recipe.structures]
    sided = next((one for one in named if SIDED.search(one.replace("-", " "))), None)
    if sided is not None:
        return False, f"{sided!r} has a side, so nothing is mirrored"
    if not BY_MODALITY[recipe.modality][0].flip:
        return False, f"side matters in {recipe.modality}, so nothing is mirrored"
    return True, f"{recipe.modality}: either side may show it, so left and right are swapped"


def whole_steps(recipe: ImageRecipe, key: str, sides: tuple[int, ...]) -> None:
    """Refuse sides that the network cannot halve.

    Raises
    ------
    InputRefused
        One does not divide by eight.
    """
    if any(side % HALVED or side < HALVED for side in sides):
        raise InputRefused(
            f"recipe {recipe.name}, key {key}: found {' x '.join(map(str, sides))}, need "
            f"multiples of {HALVED}: the network halves three times"
        )
