"""Fit what may ship (additive models) and what it is compared with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from interpret.glassbox import ExplainableBoostingClassifier
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression

from osler.analyse.record_card import Feature
from osler.learn.tables.additive import Additive, Pair, Shape
from osler.learn.tables.table import Bools, Floats, Table

Settings = dict[str, Any]
Scorer = Callable[[Floats], Floats]
MASKED_SHARE = 0.25
BAG_FOLDS = 6


@dataclass(frozen=True)
class Rows:
    """Training rows with masked copies, and the number of each row's original."""

    values: Floats
    labels: Bools
    weights: Floats
    origin: npt.NDArray[np.int64]


def with_masked_copies(table: Table, copies: int, *, seed: int) -> Rows:
    """Add copies of each row with a quarter of the cells missing; a row weighs as much as before.

    The original weighs as much as all its copies.
    """
    rng = np.random.default_rng(seed)
    parts = [table.values]
    for _ in range(copies):
        hidden = rng.random(table.values.shape) < MASKED_SHARE
        parts.append(np.where(hidden, np.nan, table.values))
    count = len(table.labels)
    weights = np.full(count * (copies + 1), 0.5 / max(copies, 1))
    weights[:count] = 0.5 if copies else 1.0
    return Rows(
        np.concatenate(parts),
        np.tile(table.labels, copies + 1),
        weights,
        np.tile(np.arange(count), copies + 1),
    )


def fit_boosted(
    table: Table, features: Sequence[Feature], settings: Settings, *, bags: int, seed: int
) -> tuple[Additive, Any]:
    """Fit an Explainable Boosting Machine; return it as an additive model, and itself."""
    settings = dict(settings)
    rows = with_masked_copies(table, int(settings.pop("copies", 0)), seed=seed)
    model = ExplainableBoostingClassifier(
        feature_types=["continuous"] * len(features),
        monotone_constraints=[one.monotone for one in features],
        outer_bags=bags,
        max_rounds=4000,
        n_jobs=1,
        random_state=seed,
        **settings,
    )
    model.fit(
        rows.values,
        rows.labels.astype(int),
        sample_weight=rows.weights,
        bags=_bags(rows.origin, table, bags, seed=seed).T,
    )
    return from_interpret(model), model


def _bags(
    origin: npt.NDArray[np.int64], table: Table, bags: int, *, seed: int
) -> npt.NDArray[np.int8]:
    """Hold out a sixth of each class in each bag, whole people with all their copies."""
    out = np.ones((bags, len(origin)), dtype=np.int8)
    names, member = np.unique(np.asarray(table.groups), return_inverse=True)
    positive = np.zeros(len(names), dtype=bool)
    positive[member] = table.labels
    for bag in range(bags):
        rng = np.random.default_rng(seed + bag)
        held = np.zeros(len(names), dtype=bool)
        for kind in (positive, ~positive):
            people = rng.permutation(np.flatnonzero(kind))
            held[people[: max(1, len(people) // BAG_FOLDS)]] = True
        out[bag, held[member][origin]] = -1
    return out


def from_interpret(model: Any) -> Additive:  # noqa: ANN401 - interpret has no types
    """Read the tables of a fitted Explainable Boosting Machine."""
    shapes, pairs = [], []
    for features, scores in zip(model.term_features_, model.term_scores_, strict=True):
        levels = [model.bins_[f][min(len(model.bins_[f]), len(features)) - 1] for f in features]
        cuts = [np.asarray(level, dtype=np.float32).astype(float) for level in levels]
        known = scores[tuple(slice(0, len(some) + 2) for some in cuts)]
        if len(features) == 1:
            shapes.append(Shape(features[0], cuts[0], known, 0.0, (-np.inf, np.inf)))
        else:
            pairs.append(Pair((features[0], features[1]), (cuts[0], cuts[1]), known))
    return Additive(float(np.ravel(model.intercept_)[0]), tuple(shapes), tuple(pairs))


def fit_logistic(
    table: Table, features: Sequence[Feature], strength: float, *, monotone: bool = False
) -> Additive:
    """Fit a logistic regression: lines for numbers, one level an answer, the mean where missing.

    With ``monotone``, a line that leans against what its feature allows is laid flat.
    """
    columns: list[Floats] = []
    owners: list[tuple[int, float | None]] = []
    for number, feature in enumerate(features):
        x = table.values[:, number]
        levels = np.unique(x[~np.isnan(x)])
        if feature.answers and len(levels) > 2:
            columns += [np.where(np.isnan(x), (x == one).mean(), x == one) for one in levels]
            owners += [(number, float(one)) for one in levels]
        else:
            usual = np.nanmean(x) if len(levels) else 0.0
            columns.append(np.where(np.isnan(x), usual, x))
            owners.append((number, None))
    design = np.stack(columns, axis=1).astype(float)
    mean, scale = design.mean(axis=0), design.std(axis=0) + 1e-9
    signs = [features[owner].monotone if monotone else 0 for owner, _ in owners]
    weights, intercept = _signed((design - mean) / scale, table.labels, strength, signs=signs)
    weights = weights / scale
    return Additive(
        intercept,
        tuple(_line(n, table, owners, weights=weights, mean=mean) for n in range(len(features))),
    )


def _signed(
    design: Floats, labels: Bools, strength: float, *, signs: Sequence[int]
) -> tuple[Floats, float]:
    """Fit, leaving out one after the other the columns that lean the wrong way, the worst first."""
    used = np.ones(design.shape[1], dtype=bool)
    while True:
        model = LogisticRegression(C=strength, max_iter=2000).fit(design[:, used], labels)
        weights = np.zeros(design.shape[1])
        weights[used] = model.coef_[0]
        leaning = weights * np.asarray(signs)
        if leaning.min() >= 0:
            return weights, float(model.intercept_[0])
        used[int(leaning.argmin())] = False


def _line(
    number: int,
    table: Table,
    owners: Sequence[tuple[int, float | None]],
    *,
    weights: Floats,
    mean: Floats,
) -> Shape:
    """Return one feature's part of a logistic regression, 0 at the mean of its column."""
    mine = [i for i, (owner, _) in enumerate(owners) if owner == number]
    x = table.values[:, number]
    known = x[~np.isnan(x)] if (~np.isnan(x)).any() else np.zeros(1)
    ends = (float(known.min()), float(known.max()))
    if owners[mine[0]][1] is None:
        centre = -weights[mine[0]] * mean[mine[0]]
        return Shape(number, np.empty(0), np.array([0.0, centre]), float(weights[mine[0]]), ends)
    levels = np.array([owners[i][1] for i in mine], dtype=float)
    rest = float(weights[mine] @ mean[mine])
    table_of = np.concatenate([[0.0], weights[mine] - rest])
    return Shape(number, (levels[1:] + levels[:-1]) / 2, table_of, 0.0, ends)


def fit_trees(table: Table, settings: Settings, *, seed: int) -> Scorer:
    """Fit LightGBM, the peer that does not ship; return what scores rows in log-odds."""
    model = LGBMClassifier(
        **settings, n_jobs=1, verbose=-1, random_state=seed, deterministic=True, subsample_freq=1
    )
    model.fit(table.values, table.labels.astype(int))
    return lambda values: np.asarray(model.predict(values, raw_score=True), dtype=float)
