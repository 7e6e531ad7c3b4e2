"""A folder of labelled images, looked at, checked and split: from files to a manifest."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from osler.errors import InputRefused, Misuse
from osler.learn.datasets.checking import EXCLUDED, check
from osler.learn.datasets.grouping import groups_of
from osler.learn.datasets.looking import look
from osler.learn.datasets.manifest import Manifest, a_manifest
from osler.learn.datasets.repeats import find_repeats
from osler.learn.datasets.splitting import split_by_patient, split_by_time
from osler.learn.datasets.table import DataSet, read_listed

LABEL = "label"
PARTS = ("train", "val", "test")
_SHARES = re.compile(r"(\d+)/(\d+)/(\d+)")


@dataclass(frozen=True)
class Split:
    """How to split anew: the share of each part, by time where a column is named."""

    shares: Mapping[str, float]
    seed: int = 0
    time: str | None = None


def read_shares(text: str) -> dict[str, float]:
    """Return the shares of train, val and test from '70/10/20'.

    Raises
    ------
    Misuse
        It is not of that form, a part is empty, or they do not make 100.
    """
    found = _SHARES.fullmatch(text)
    numbers = [int(one) for one in found.groups()] if found else []
    if sum(numbers) != 100 or 0 in numbers:
        raise Misuse(f"shares {text!r}: expected three percentages that make 100, as 70/10/20")
    return dict(zip(PARTS, (one / 100 for one in numbers), strict=True))


def prepare_dataset(
    folder: Path,
    *,
    label: str | None = None,
    split: Split | None = None,
    processes: int = 1,
    tell: Callable[[str, int, int], None] = lambda _stage, _done, _of: None,
) -> tuple[DataSet, Manifest]:
    """Look at every file of a data set, check it, and split it where that is asked for.

    Parameters
    ----------
    label
        The column that holds the class; 'label' where there is one of that name.
    split
        None leaves the splits that the table states. Rows in the split 'exclude' stay there.
    processes
        How many files are decoded at once.

    Raises
    ------
    NotFound, InputRefused
        There is no table, or a column that is named is not in it.
    """
    dataset = read_listed(folder)
    columns = dataset.rows[0].columns
    label = label or (LABEL if LABEL in columns else None)
    for name in (label, split.time if split else None):
        if name is not None and name not in columns:
            raise InputRefused(
                f"{dataset.name} has no column {name!r}; expected one of {', '.join(columns)}"
            )
    facts = look(
        [row.path for row in dataset.rows],
        processes=processes,
        on_progress=lambda done, known: tell("looking at files", done, known),
    )
    repeats = find_repeats(facts)
    groups = groups_of([row.patient_id for row in dataset.rows], repeats)
    if split is not None:
        dataset = _split_anew(dataset, groups, split, label=label)
    manifest = a_manifest(
        dataset,
        facts,
        groups=groups,
        splits=[row.split or "" for row in dataset.rows],
        label=label,
        doubts=check(dataset, facts, repeats, label=label),
    )
    return dataset, manifest


def _split_anew(dataset: DataSet, groups: list[str], split: Split, *, label: str | None) -> DataSet:
    """Return the data set with new splits."""
    rows = dataset.rows
    used = [n for n, row in enumerate(rows) if row.split != EXCLUDED]
    whose = [groups[n] for n in used]
    if split.time is not None:
        times = [rows[n].columns[split.time] for n in used]
        chosen = split_by_time(whose, times, shares=split.shares)
    else:
        classes = [rows[n].columns[label] if label else "" for n in used]
        chosen = split_by_patient(whose, classes, shares=split.shares, seed=split.seed)
    new = dict(zip(used, chosen, strict=True))
    return dataset.with_splits([new.get(n, EXCLUDED) for n in range(len(rows))])
