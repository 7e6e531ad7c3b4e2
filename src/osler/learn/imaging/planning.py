"""From a data set's fingerprint to a plan, by written rules that a recipe overrides (no torch)."""

from typing import Literal

from osler.learn.imaging.changes import Changes, changes_of
from osler.learn.imaging.drafting import (
    Drafting,
    ReadsSquares,
    Rule,
    decided,
    mirror_image,
    reading,
)
from osler.learn.imaging.fingerprint import Fingerprint
from osler.learn.imaging.recipe import ImageRecipe

BLOCK = 32
MOST_LABELS, MOST_OUTLINES = 224, 256
PICTURES = 24_000
SMALL = 1_000


class Plan(ReadsSquares):
    """Every line that decides a training, each with its reason in ``why``."""

    name: str
    task: str
    network: str
    fingerprint: Fingerprint
    batch: int
    epochs: int
    shown: int
    sampling: Literal["even", "balanced"]
    learning_rate: float
    backbone_rate: float
    weight_decay: float
    drop_connect: float
    dropout: float
    label_smoothing: float
    ema: float
    freeze: int
    folds: int
    ships: Literal["soup", "one"]
    masks: Literal["none", "joint", "after"]
    mask_epochs: int
    patience: int | None
    both_ways: bool
    changes: Changes
    loss: str
    schedule: str
    why: dict[str, str]

    def lines(self) -> list[str]:
        """Return the plan in words, a line a decision."""
        seen = self.fingerprint
        whose = "patients" if seen.patients_known else "groups"
        counts = f"{seen.training} pictures to train on, {seen.rows.get('test', 0)} to test"
        sizes = f"{seen.longest} x {seen.shortest} pixels"
        left = f"{len(seen.left_out)} left out, {seen.repeats} repeats"
        head = f"{seen.data}: {counts}, {seen.patients} {whose}, median {sizes}, {left}"
        return [head, *seen.told(), *decided(self, self.why)]


def derive(seen: Fingerprint, recipe: ImageRecipe) -> Plan:
    """Return the plan for a data set; each rule stands here and in docs/reference/training.md."""
    draft = Drafting()
    draft.values |= {"name": recipe.name, "task": recipe.task, "fingerprint": seen}
    draft.rule("network", None, "efficientnet-lite0", why="a small network with ImageNet weights")
    for part in (_input, _course, _folds, _outlines):
        part(draft.rule, seen, recipe)
    _care(draft.rule, recipe)
    changes, why = changes_of(recipe.modality, recipe.fit.augment)
    draft.rule("changes", None, changes, why=why)
    mirror_image(draft.rule, recipe, mirrored=changes.flip)
    return Plan(**draft.values, why=draft.why)


def _input(rule: Rule, seen: Fingerprint, recipe: ImageRecipe) -> None:
    """Decide what the network reads."""
    most = MOST_OUTLINES if recipe.structures else MOST_LABELS
    size = max(BLOCK, min(most, round(seen.longest / BLOCK) * BLOCK))
    reason = f"the median longest side of {seen.longest}, in steps of {BLOCK}, at most {most}"
    rule("size", recipe.input.size, size, why=reason)
    reading(rule, seen, recipe)


def _course(rule: Rule, seen: Fingerprint, recipe: ImageRecipe) -> None:
    """Decide how long and how fast."""
    asked, rows = recipe.fit, seen.training
    rule("batch", asked.batch, 32 if rows >= SMALL else 16, why=f"{rows} pictures to train on")
    rule("shown", asked.shown, min(rows, 2_000), why="an epoch shows every picture, at most 2000")
    shown = asked.shown or min(rows, 2_000)
    epochs = min(40, max(8, round(PICTURES / shown)))
    rule("epochs", asked.epochs, epochs, why=f"{PICTURES} pictures shown, in 8 to 40 epochs")
    rule("learning_rate", asked.learning_rate, 1e-3, why="AdamW's usual rate for a new head")
    rate = 0.3 if rows >= SMALL else 0.2
    rule(
        "backbone_rate", asked.backbone_rate, rate, why="the pretrained part forgets by high rates"
    )
    rule(
        "schedule",
        None,
        "warm up, half cosine",
        why="a twentieth of the steps up, then down to 1 %",
    )
    rule("ema", asked.ema, 0.98, why="weights averaged over the last fifty steps vary less")
    rule("patience", asked.patience, None, why="no early stop: the schedule ends the run")
    balance = _balance(seen)
    why = f"the rarest class has {balance:.2f} of the commonest's pictures; under 0.34 is uneven"
    rule("sampling", asked.sampling, "balanced" if balance < 0.34 else "even", why=why)
    loss = "binary cross-entropy of each output"
    rule("loss", None, f"{loss}{' + Dice' if recipe.structures else ''}", why="outputs stand alone")


def _balance(seen: Fingerprint) -> float:
    """Return the rarest class's share of the commonest's, negatives of all outputs among them."""
    counts = [*seen.classes.values()]
    if len(counts) == 1:
        counts.append(seen.stated - counts[0])
    elif counts and sum(counts) < seen.stated:
        counts.append(seen.stated - max(counts))
    return min(counts) / max(1, *counts) if counts else 1.0


def _care(rule: Rule, recipe: ImageRecipe) -> None:
    """Decide what keeps the network from learning the training pictures by heart."""
    asked = recipe.fit
    why = "first blocks see edges and textures of any picture; frozen, a processor is twice as fast"
    rule("freeze", asked.freeze, 5, why=why)
    rule("weight_decay", asked.weight_decay, 0.02, why="few pictures")
    rule("drop_connect", asked.drop_connect, 0.1, why="few pictures")
    rule("dropout", asked.dropout, 0.3, why="few pictures")
    smooth = 0.0 if recipe.task == "ordinal" else 0.02
    rule("label_smoothing", asked.label_smoothing, smooth, why="some labels are wrong")


def _folds(rule: Rule, seen: Fingerprint, recipe: ImageRecipe) -> None:
    """Decide how held-out scores come about and what ships."""
    asked = recipe.fit
    folds = 5 if seen.patients < 100 else 3
    rule(
        "folds", asked.folds, folds, why=f"{seen.patients} groups; none is on both sides of a fold"
    )
    rule(
        "ships",
        asked.ships,
        "soup",
        why="fold networks averaged: as good as all at the cost of one",
    )


def _outlines(rule: Rule, seen: Fingerprint, recipe: ImageRecipe) -> None:
    """Decide whether outlines are learnt with the labels or after them."""
    asked = recipe.fit
    if not recipe.structures:
        rule("masks", None, "none", why="the recipe names no structure")
        rule("mask_epochs", None, 0, why="nothing to outline")
        return
    joint = seen.drawn * 2 >= seen.training and recipe.mask_table is None
    reason = f"{seen.drawn} of {seen.training} pictures are outlined"
    rule("masks", asked.masks, "joint" if joint else "after", why=reason)
    rule("mask_epochs", asked.mask_epochs, 0 if joint else 60, why="few outlines, so shown often")
