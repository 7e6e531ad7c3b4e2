"""Models of time to event, evaluated beside the model that ships: never a predictor, the time."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from osler.analyse.card import Estimate
from osler.evaluate.bootstrap import interval, patient_weights
from osler.learn.tables.choosing import folds_of
from osler.learn.tables.recipe import TableRecipe
from osler.learn.tables.table import Bools, Floats, Table, read_rows

STEP_DAYS = 30.0
RIDGE = 0.1
NEWTON_STEPS = 30


def survival_variants(
    table: Table, shipped: Floats, file: Path, *, recipe: TableRecipe
) -> Mapping[str, Estimate]:
    """Return Harrell's concordance of the shipped model, Cox, and a discrete-time model."""
    days = np.array([float(row["Time"]) for row in read_rows(file)])
    cox, discrete = np.zeros(len(days)), np.zeros(len(days))
    for held in folds_of(table, recipe.search.outer_folds, seed=recipe.seed):
        learnt, asked = _standard(table.values, ~held), held
        cox[asked] = learnt[asked] @ fit_cox(learnt[~held], days[~held], table.labels[~held])
        discrete[asked] = learnt[asked] @ _fit_discrete(
            learnt[~held], days[~held], table.labels[~held]
        )
    weights = patient_weights(table.groups, rng=np.random.default_rng(recipe.seed), repeats=200)
    scored = {
        "concordance over time: the model that ships": shipped,
        "concordance over time: Cox": cox,
        "concordance over time: discrete-time additive model, 30-day steps": discrete,
    }
    found = {
        name: Estimate.of(
            interval(lambda w, r=risk: concordance(r, days, table.labels, weights=w), weights)  # type: ignore[misc]
        )
        for name, risk in scored.items()
    }
    return {name: one for name, one in found.items() if one is not None}


def _standard(values: Floats, learnt: Bools) -> Floats:
    """Standardise by the rows that are learnt from; what is missing becomes their mean."""
    mean = np.nanmean(values[learnt], axis=0)
    scale = np.nanstd(values[learnt], axis=0) + 1e-9
    return np.asarray(np.nan_to_num((values - mean) / scale))


def concordance(risk: Floats, days: Floats, died: Bools, *, weights: Floats | None = None) -> float:
    """Return Harrell's C: of pairs whose order is known, how many the risk orders rightly.

    References
    ----------
    Harrell et al., JAMA 1982;247:2543-2546.
    """
    counts = np.ones(len(days)) if weights is None else weights
    known = died[:, None] & (days[:, None] < days[None])
    pairs = known * counts[:, None] * counts[None]
    higher = (risk[:, None] > risk[None]) + 0.5 * (risk[:, None] == risk[None])
    total = pairs.sum()
    return float((pairs * higher).sum() / total) if total else float("nan")


def fit_cox(x: Floats, days: Floats, died: Bools) -> npt.NDArray[np.float64]:
    """Fit a Cox model with a small ridge by Newton's method; ties by Breslow."""
    order = np.argsort(-days, kind="stable")
    x, days, died = x[order], days[order], died[order]
    last = np.searchsorted(-days, -days, side="right") - 1
    beta = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        weight = np.exp(np.clip(x @ beta, -30, 30))
        total = np.cumsum(weight)[last]
        first = np.cumsum(weight[:, None] * x, axis=0)[last] / total[:, None]
        outer = np.cumsum(weight[:, None, None] * x[:, :, None] * x[:, None], axis=0)[last]
        second = outer / total[:, None, None] - first[:, :, None] * first[:, None]
        gradient = (x - first)[died].sum(axis=0) - RIDGE * len(x) * beta / 10
        hessian = second[died].sum(axis=0) + RIDGE * len(x) / 10 * np.eye(len(beta))
        step = np.linalg.solve(hessian, gradient)
        beta = beta + step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def _fit_discrete(x: Floats, days: Floats, died: Bools) -> npt.NDArray[np.float64]:
    """Fit the hazard of each 30 days by a logistic regression over person-periods."""
    steps = np.maximum(np.ceil(days / STEP_DAYS).astype(int), 1)
    row = np.repeat(np.arange(len(x)), steps)
    period = np.concatenate([np.arange(count) for count in steps])
    event = died[row] & (period == steps[row] - 1)
    design = np.concatenate([x[row], np.eye(int(steps.max()))[period]], axis=1)
    model = LogisticRegression(C=0.1, max_iter=1000).fit(design, event)
    return np.asarray(model.coef_[0][: x.shape[1]], dtype=float)
