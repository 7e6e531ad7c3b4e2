"""Train, validation and test rows: by patient, by time where one is stated, the classes even."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from osler.errors import InputRefused

FEWEST_GROUPS = 3


def split_by_patient(
    groups: Sequence[str],
    classes: Sequence[str],
    *,
    shares: Mapping[str, float],
    seed: int,
) -> list[str]:
    """Give each row a split; all rows of a group get the same.

    Groups are taken in random order, those with rare classes first, and each goes to the split
    that lacks its classes most, measured by that split's share.

    Parameters
    ----------
    groups, classes
        Of each row. A row without a class has ''.
    shares
        Split and its share of the rows; together 1.

    Raises
    ------
    InputRefused
        There are fewer groups than splits.
    """
    names, member = _members(groups, shares)
    kinds, kind_of = np.unique(np.asarray(classes), return_inverse=True)
    counts = np.zeros((len(names), len(kinds) + 1))
    np.add.at(counts, (member, kind_of), 1.0)
    counts[:, -1] = counts[:, :-1].sum(axis=1)
    totals = np.maximum(counts.sum(axis=0), 1.0)
    order = np.random.default_rng(seed).permutation(len(names))
    rarity = (counts / totals).max(axis=1)
    wanted = np.array(list(shares.values()))[:, None]
    load = np.zeros((len(shares), counts.shape[1]))
    chosen = np.zeros(len(names), dtype=np.int64)
    for group in order[np.argsort(-rarity[order], kind="stable")]:
        lack = (wanted - load / totals) / wanted
        chosen[group] = int(np.argmax(lack @ (counts[group] / totals)))
        load[chosen[group]] += counts[group]
    splits = list(shares)
    return [splits[number] for number in chosen[member]]


def split_by_time(
    groups: Sequence[str], times: Sequence[str], *, shares: Mapping[str, float]
) -> list[str]:
    """Give each row a split so that each split is later than the one before.

    A group counts as of its latest time, so that nobody's past is learnt from their future.

    Parameters
    ----------
    times
        Of each row, in a form that sorts as text does (2026-11-25).

    Raises
    ------
    InputRefused
        A row has no time, or there are fewer groups than splits.
    """
    blank = sum(not time for time in times)
    if blank:
        raise InputRefused(
            f"{blank} rows have no time; expected one in each; split by patient, or fill it in"
        )
    names, member = _members(groups, shares)
    latest = [""] * len(names)
    for group, time in zip(member.tolist(), times, strict=True):
        latest[group] = max(latest[group], time)
    sizes = np.bincount(member, minlength=len(names))
    order = sorted(range(len(names)), key=lambda group: (latest[group], names[group]))
    before = np.cumsum(sizes[order]) - sizes[order]
    ends = np.cumsum(list(shares.values())) * len(groups)
    place = np.zeros(len(names), dtype=np.int64)
    place[order] = np.minimum(np.searchsorted(ends, before, side="right"), len(shares) - 1)
    splits = list(shares)
    return [splits[number] for number in place[member]]


def _members(
    groups: Sequence[str], shares: Mapping[str, float]
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the distinct groups and the number of each row's."""
    names = sorted(set(groups))
    if len(names) < max(FEWEST_GROUPS, len(shares)):
        raise InputRefused(
            f"the data set has {len(names)} patients; expected at least "
            f"{max(FEWEST_GROUPS, len(shares))} to split it; add patients"
        )
    number = {name: n for n, name in enumerate(names)}
    return names, np.array([number[one] for one in groups])
