"""Nested cross-validation: each fold chooses its own settings, and its people are never seen."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osler.learn.package_files import write_atomically
from osler.learn.tables.choosing import (
    choose_additive,
    choose_strength,
    choose_trees,
    fit_chosen,
    folds_of,
)
from osler.learn.tables.fitting import fit_logistic, fit_trees
from osler.learn.tables.recipe import TableRecipe
from osler.learn.tables.table import Bools, Floats, Table

Tell = Callable[[str, int, int], None]
BAGS = 8
LEFT_OUT_AT_ONCE = 4


@dataclass(frozen=True)
class Nested:
    """Log-odds of every row by models that had not seen its person.

    ``without`` gives the additive model's, for each set of features that was left out.
    """

    additive: Floats
    trees: Floats
    logistic: Floats
    without: Mapping[tuple[str, ...], Floats]
    seconds: float


def left_out(names: tuple[str, ...], *, seed: int) -> tuple[tuple[str, ...], ...]:
    """Return which features go missing: each alone, then random thirds and halves."""
    rng = np.random.default_rng(seed)
    groups = [(name,) for name in names]
    for share in (3, 2):
        for _ in range(LEFT_OUT_AT_ONCE):
            some = rng.choice(len(names), size=max(2, len(names) // share), replace=False)
            groups.append(tuple(names[i] for i in sorted(some)))
    return tuple(dict.fromkeys(groups))


def cross_validate(
    table: Table, recipe: TableRecipe, runs: Path, *, tell: Tell = lambda *_: None
) -> Nested:
    """Run the outer folds; a fold that is done is read back, so that a stopped run goes on."""
    folds = folds_of(table, recipe.search.outer_folds, seed=recipe.seed)
    groups = left_out(table.names, seed=recipe.seed)
    whole = {name: np.zeros(len(table.labels)) for name in ("additive", "trees", "logistic")}
    without = {group: np.zeros(len(table.labels)) for group in groups}
    spent = 0.0
    for number, held in enumerate(folds):
        tell(f"{recipe.name}: fold", number, len(folds))
        kept = runs / recipe.name / f"fold-{number}.json"
        found = _read(kept, _mark(table, recipe)) or _fold(table, recipe, held, kept=kept)
        for name, logits in whole.items():
            logits[held] = found[name]
        for group in groups:
            without[group][held] = found["/".join(group)]
        spent += float(found["seconds"][0])
    tell(f"{recipe.name}: fold", len(folds), len(folds))
    return Nested(whole["additive"], whole["trees"], whole["logistic"], without, spent)


def _mark(table: Table, recipe: TableRecipe) -> str:
    """Return what a kept fold must agree with: the table and all that decides the training."""
    told = {
        "columns": [
            one.model_dump(exclude_defaults=True, exclude={"feature"}, mode="json")
            | one.feature.model_dump(include={"name", "low", "high", "monotone"})
            for one in recipe.columns
        ],
        "rest": recipe.model_dump(
            include={"target", "seed", "masked_copies", "search"}, mode="json"
        ),
    }
    return f"{table.sha256} {json.dumps(told, sort_keys=True)}"


def _read(kept: Path, mark: str) -> dict[str, list[float]] | None:
    """Return a fold that was run before by the same recipe, else None."""
    if not kept.is_file():
        return None
    found = json.loads(kept.read_text(encoding="utf-8"))
    return dict(found["scores"]) if found["mark"] == mark else None


def _fold(table: Table, recipe: TableRecipe, held: Bools, *, kept: Path) -> dict[str, list[float]]:
    """Choose, fit and score one outer fold, and keep what it gave."""
    started = time.monotonic()
    features, seed, search = recipe.features, recipe.seed, recipe.search
    learnt, asked = table.part(~held), table.values[held]
    chosen = choose_additive(learnt, features, search, copies=recipe.masked_copies, seed=seed)
    model = fit_chosen(learnt, features, chosen, bags=BAGS, seed=seed)
    strength = choose_strength(learnt, features, folds=search.inner_folds, seed=seed)
    trees = fit_trees(learnt, choose_trees(learnt, search, seed=seed), seed=seed)
    scores = {
        "additive": model.logits(asked).tolist(),
        "trees": trees(asked).tolist(),
        "logistic": fit_logistic(learnt, features, strength).logits(asked).tolist(),
        "seconds": [time.monotonic() - started],
    }
    for group in left_out(table.names, seed=recipe.seed):
        hidden = asked.copy()
        hidden[:, [table.names.index(name) for name in group]] = np.nan
        scores["/".join(group)] = model.logits(hidden).tolist()
    kept.parent.mkdir(parents=True, exist_ok=True)
    told = {"mark": _mark(table, recipe), "scores": scores}
    write_atomically(kept, json.dumps(told).encode())
    return scores
