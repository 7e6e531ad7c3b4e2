"""Folds in which no patient is on both sides, with the labels spread evenly."""

import numpy as np
import numpy.typing as npt


def grouped_folds(
    groups: list[str], labels: npt.NDArray[np.float32], *, folds: int, seed: int
) -> npt.NDArray[np.int64]:
    """Give each row a fold number, all rows of one group in one fold.

    Groups are taken in random order, those with rare labels first, and each goes to the fold in
    which its labels are rarest so far.

    Parameters
    ----------
    groups
        The patient of each row.
    labels
        (rows, outputs), 1, 0 or NaN.
    folds
        Number of folds, at least 2.

    Returns
    -------
    (rows,), 0 to folds - 1.
    """
    rng = np.random.default_rng(seed)
    names = sorted(set(groups))
    rng.shuffle(names)
    index = {name: i for i, name in enumerate(names)}
    member = np.array([index[group] for group in groups])
    filled = np.nan_to_num(labels, nan=0.0)
    table = np.column_stack([filled, np.ones(len(groups))])
    counts = np.zeros((len(names), table.shape[1]))
    np.add.at(counts, member, table)
    totals = np.maximum(counts.sum(axis=0), 1.0)
    rarity = (counts / totals).max(axis=1)
    load = np.zeros((folds, table.shape[1]))
    fold_of = np.zeros(len(names), dtype=np.int64)
    for group in np.argsort(-rarity, kind="stable"):
        cost = ((load + counts[group]) / totals) @ (counts[group] / totals)
        fold_of[group] = int(np.argmin(cost + 1e-9 * load[:, -1]))
        load[fold_of[group]] += counts[group]
    chosen: npt.NDArray[np.int64] = fold_of[member]
    return chosen
