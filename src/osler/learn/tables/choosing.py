"""Hyper-parameters by Optuna within a time budget, on inner folds that share no person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import optuna

from osler.analyse.record_card import Feature
from osler.evaluate.discrimination import auroc
from osler.learn.folds import grouped_folds
from osler.learn.tables.additive import Additive, blended
from osler.learn.tables.fitting import (
    Scorer,
    Settings,
    fit_boosted,
    fit_logistic,
    fit_trees,
)
from osler.learn.tables.recipe import Search
from osler.learn.tables.table import Bools, Floats, Table

BAGS_WHILE_SEARCHING = 3
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
# Half of each is taken unless inner folds clearly say otherwise: chosen among five shares by three
# small folds alone, the share is mostly chance.
LEAN = 0.02
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
USUAL: Settings = {
    "interactions": 0,
    "max_leaves": 2,
    "smoothing_rounds": 200,
    "learning_rate": 0.03,
    "min_samples_leaf": 8,
    "max_bins": 32,
}
optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True)
class Chosen:
    """Settings of the additive model: boosting, strength of the lines, share of boosting."""

    boosting: Settings
    strength: float
    share: float
    score: float


def folds_of(table: Table, count: int, *, seed: int) -> list[Bools]:
    """Return, for each fold, which rows it holds out; all rows of a person together."""
    labels = table.labels.astype(np.float32)[:, None]
    numbers = grouped_folds(list(table.groups), labels, folds=count, seed=seed)
    return [numbers == fold for fold in range(count)]


def _lines(table: Table, *, features: Sequence[Feature], strength: float) -> Scorer:
    """Fit a logistic regression and return what scores rows."""
    return fit_logistic(table, features, strength).logits


def choose_strength(table: Table, features: Sequence[Feature], *, folds: int, seed: int) -> float:
    """Return the strength of the logistic regression that does best on inner folds."""
    scores = []
    for strength in STRENGTHS:
        fit = partial(_lines, features=features, strength=strength)
        logits = _out_of_fold(table, fit, folds, seed=seed)
        scores.append(auroc(logits, table.labels))
    return STRENGTHS[int(np.argmax(scores))]


def choose_additive(
    table: Table, features: Sequence[Feature], search: Search, *, copies: int, seed: int
) -> Chosen:
    """Choose the settings of the boosted part, and how much of it and of the lines is taken."""
    strength = choose_strength(table, features, folds=search.inner_folds, seed=seed)
    lines = _out_of_fold(
        table,
        lambda part: fit_logistic(part, features, strength, monotone=True).logits,
        search.inner_folds,
        seed=seed,
    )
    best: list[Chosen] = []

    def objective(trial: optuna.Trial) -> float:
        settings: Settings = {
            "interactions": trial.suggest_categorical("interactions", [0, 3]),
            "max_leaves": trial.suggest_int("max_leaves", 2, 3),
            "smoothing_rounds": trial.suggest_categorical("smoothing_rounds", [50, 200, 500]),
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.05, log=True),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 4, 20),
            "max_bins": trial.suggest_categorical("max_bins", [16, 32, 128]),
            "copies": copies,
        }
        boosted = _out_of_fold(
            table,
            lambda part: (
                fit_boosted(part, features, settings, bags=BAGS_WHILE_SEARCHING, seed=seed)[
                    0
                ].logits
            ),
            search.inner_folds,
            seed=seed,
        )
        found = [
            (
                auroc(share * boosted + (1 - share) * lines, table.labels)
                - LEAN * abs(share - 0.5),
                share,
            )
            for share in SHARES
        ]
        score, share = max(found)
        best.append(Chosen(settings, strength, share, float(score)))
        return float(score)

    _search(objective, search, seed=seed, first=USUAL)
    return max(best, key=lambda one: one.score)


def fit_chosen(
    table: Table, features: Sequence[Feature], chosen: Chosen, *, bags: int, seed: int
) -> Additive:
    """Fit the additive model by its settings."""
    lines = fit_logistic(table, features, chosen.strength, monotone=True)
    if chosen.share == 0:
        return lines
    boosted, _ = fit_boosted(table, features, chosen.boosting, bags=bags, seed=seed)
    return blended(boosted, lines, chosen.share)


def choose_trees(table: Table, search: Search, *, seed: int) -> Settings:
    """Choose the settings of LightGBM, with the same budget."""
    best: list[tuple[float, Settings]] = []

    def objective(trial: optuna.Trial) -> float:
        settings: Settings = {
            "n_estimators": trial.suggest_int("n_estimators", 30, 400, log=True),
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 2, 31),
            "min_child_samples": trial.suggest_int("min_child_samples", 5, 40),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 1e-3, 30.0, log=True),
        }
        logits = _out_of_fold(
            table,
            lambda part: fit_trees(part, settings, seed=seed),
            search.inner_folds,
            seed=seed,
        )
        best.append((float(auroc(logits, table.labels)), settings))
        return best[-1][0]

    # A tree model of this size is fitted several times faster: as many seconds, more trials.
    _search(objective, search.model_copy(update={"most_trials": 4 * search.most_trials}), seed=seed)
    return max(best, key=lambda one: one[0])[1]


def _search(
    objective: Callable[[optuna.Trial], float],
    search: Search,
    *,
    seed: int,
    first: Settings | None = None,
) -> None:
    """Run trials until the time or their number is used up; at least one, ``first`` first."""
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    if first is not None:
        study.enqueue_trial(first)
    study.optimize(objective, n_trials=search.most_trials, timeout=search.seconds_a_fold)


def _out_of_fold(table: Table, fit: Callable[[Table], Scorer], folds: int, *, seed: int) -> Floats:
    """Score every row by a model that saw nobody of its fold."""
    logits = np.zeros(len(table.labels))
    for held in folds_of(table, folds, seed=seed):
        logits[held] = fit(table.part(~held))(table.values[held])
    return logits
