"""What a data set is, as far as a plan depends on it (no torch)."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from osler.errors import InputRefused
from osler.learn.datasets.checking import EXCLUDED
from osler.learn.datasets.grouping import groups_of
from osler.learn.datasets.looking import ImageFacts, look
from osler.learn.datasets.repeats import Repeat, find_repeats
from osler.learn.datasets.table import DataSet, Row, read_labels
from osler.learn.imaging.recipe import SCORED, ImageRecipe
from osler.learn.recipe import Part

TEST = "test"
NAMED = 5


class Counted(Part):
    """What is counted of any data set.

    ``left_out`` says of each file why it is not trained on or tested. ``groups`` holds the group
    of files that repeats put into another's group.
    """

    data: str
    sha256: str
    rows: dict[str, int]
    patients: int
    patients_known: bool
    repeats: int
    left_out: dict[str, str]
    groups: dict[str, str]

    @property
    def training(self) -> int:
        """Return the rows that are trained on."""
        return sum(count for split, count in self.rows.items() if split != TEST)

    def of(self, splits: Iterable[str]) -> int:
        """Return the rows of some splits."""
        return sum(self.rows.get(split, 0) for split in splits)

    def told(self) -> list[str]:
        """Return which files were left out and why, the first few of them."""
        said = [f"left out: {reason}" for reason in self.left_out.values()]
        more = len(said) - NAMED
        return [*said[:NAMED], f"left out: {more} more, all in plan.json"] if more > 0 else said


class Fingerprint(Counted):
    """A data set of pictures in numbers.

    ``classes`` counts the rows of each output that are positive, in train and val.
    """

    longest: int
    shortest: int
    colour: bool
    grey_mean: float
    grey_deviation: float
    classes: dict[str, int]
    stated: int
    drawn: int


def data_hash(dataset: DataSet, recipe: ImageRecipe) -> str:
    """Return the hash of the table and of what the recipe reads from it."""
    read = [output.model_dump_json() for output in recipe.outputs]
    read += [one.model_dump_json(exclude={"weak"}) for one in recipe.structures]
    read += [str(recipe.fit.splits), str(sorted(recipe.fit.exclude.items()))]
    return hashlib.sha256((dataset.fingerprint() + "".join(read)).encode()).hexdigest()


def examine(
    dataset: DataSet,
    recipe: ImageRecipe,
    *,
    processes: int,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Fingerprint:
    """Look at every file of a data set and return what a plan depends on.

    Raises
    ------
    InputRefused
        Nothing is left to train on.
    """
    facts = look([row.path for row in dataset.rows], processes=processes, on_progress=on_progress)
    return fingerprint_of(dataset, recipe, sift(dataset, recipe, facts))


@dataclass(frozen=True)
class Sifted:
    """What is left of a data set: the facts of all rows, which rows are kept, what was counted."""

    facts: Sequence[ImageFacts]
    kept: tuple[int, ...]
    counted: dict[str, Any]

    def learnt(self, dataset: DataSet, recipe: ImageRecipe) -> list[int]:
        """Return the kept rows that are trained on; a row without a split is."""
        splits = (None, *recipe.fit.splits)
        return [n for n in self.kept if dataset.rows[n].split in splits]


def sift(
    dataset: DataSet,
    recipe: ImageRecipe,
    facts: Sequence[ImageFacts],
    *,
    faults: Mapping[str, str] | None = None,
) -> Sifted:
    """Leave out what cannot be learnt from, and count the rest.

    Parameters
    ----------
    facts
        Of each row.
    faults
        What else is wrong with a file, its outlines say: a sentence by its name.

    Raises
    ------
    InputRefused
        Nothing is left to train on.
    """
    repeats = find_repeats(facts)
    left_out = {**_left_out(dataset, facts, repeats=repeats, recipe=recipe), **(faults or {})}
    groups = groups_of([row.patient_id for row in dataset.rows], repeats)
    if recipe.task not in SCORED:
        left_out |= _across(dataset, groups, left_out, recipe=recipe)
    kept = tuple(n for n, row in enumerate(dataset.rows) if row.columns["file"] not in left_out)
    rows = [dataset.rows[n] for n in kept]
    counted = {
        "data": dataset.name,
        "rows": dict(Counter(row.split or "train" for row in rows)),
        "patients": len({groups[n] for n in kept}),
        "patients_known": any(row.columns.get("patient_id") for row in rows[:1]),
        "repeats": len(repeats),
        "left_out": left_out,
        "groups": {
            row.columns["file"]: group
            for row, group in zip(dataset.rows, groups, strict=True)
            if group != row.patient_id
        },
    }
    found = Sifted(facts, kept, counted)
    if not found.learnt(dataset, recipe):
        raise InputRefused(
            f"{dataset.name}: no row is left to train on; {len(left_out)} of "
            f"{len(dataset.rows)} were left out, first because: {next(iter(left_out.values()), '')}"
        )
    return found


def fingerprint_of(dataset: DataSet, recipe: ImageRecipe, sifted: Sifted) -> Fingerprint:
    """Return the fingerprint of a data set of pictures that was sifted."""
    seen = [sifted.facts[n] for n in sifted.kept]
    training = [dataset.rows[n] for n in sifted.learnt(dataset, recipe)]
    labels = read_labels(training, [(o.name, o.positive) for o in recipe.outputs])
    return Fingerprint(
        **sifted.counted,
        sha256=data_hash(dataset, recipe),
        longest=round(float(np.median([max(one.shape) for one in seen]))),
        shortest=round(float(np.median([min(one.shape) for one in seen]))),
        colour=bool(np.mean([one.channels == 3 for one in seen]) > 0.5),
        grey_mean=round(float(np.mean([one.mean for one in seen])), 2),
        grey_deviation=round(float(np.mean([one.deviation for one in seen])), 2),
        classes={
            output.name: int(np.nansum(labels[:, n])) for n, output in enumerate(recipe.outputs)
        },
        stated=int((~np.isnan(labels)).any(axis=1).sum()) if recipe.outputs else 0,
        drawn=sum(
            any(row.columns.get(one.column) for one in recipe.structures) for row in training
        ),
    )


def _left_out(
    dataset: DataSet,
    facts: Sequence[ImageFacts],
    *,
    repeats: Sequence[Repeat],
    recipe: ImageRecipe,
) -> dict[str, str]:
    """Say of each file that is left out why: excluded, unreadable, blank, leaking, in doubt."""
    found: dict[str, str] = {}
    for row, fact in zip(dataset.rows, facts, strict=True):
        name = row.columns["file"]
        if row.split == EXCLUDED:
            found[name] = "the table excludes it"
        elif fact.fault is not None:
            found[name] = fact.fault
        elif fact.is_of_one_grey:
            found[name] = f"{name}: every pixel is the same"
    for one in repeats:
        first, second = dataset.rows[one.first], dataset.rows[one.second]
        for row, other in ((first, second), (second, first)):
            if EXCLUDED in (row.split, other.split):
                continue
            same = f"shows the same as {other.columns['file']} ({one.kind})"
            if _classes(row, recipe) != _classes(other, recipe):
                found.setdefault(row.columns["file"], f"{same}, which has another label")
            elif _leaks(row.split, other.split, recipe):
                found.setdefault(row.columns["file"], f"{same}, which is in {other.split}")
    return found


def _leaks(split: str | None, other: str | None, recipe: ImageRecipe) -> bool:
    """Tell whether what a split shows must not be shown by another, which is held out from it.

    Where cut-offs are chosen on a split that is not trained on, that one is held out as well.
    """
    if other in {split, EXCLUDED}:
        return False
    learnt = (None, *recipe.fit.splits)
    held = recipe.task not in SCORED and split in learnt and other not in learnt
    return held or (split != TEST and other == TEST)


def _across(
    dataset: DataSet,
    groups: Sequence[str],
    left_out: Mapping[str, str],
    *,
    recipe: ImageRecipe,
) -> dict[str, str]:
    """Say of each file that its patient is held out too, where nothing is cut into folds."""
    splits: dict[str, set[str | None]] = {}
    named = [row.columns["file"] for row in dataset.rows]
    for name, row, group in zip(named, dataset.rows, groups, strict=True):
        if name not in left_out:
            splits.setdefault(group, set()).add(row.split)
    found = {}
    for name, row, group in zip(named, dataset.rows, groups, strict=True):
        held = [one for one in splits.get(group, ()) if _leaks(row.split, one, recipe)]
        if name not in left_out and held:
            found[name] = f"{name}: patient or group {group!r} is in {held[0]} too"
    return found


def _classes(row: Row, recipe: ImageRecipe) -> list[str]:
    """Return the labels of a row as text, NaN among them, so that they compare."""
    labels = read_labels([row], [(o.name, o.positive) for o in recipe.outputs])
    return [str(value) for value in labels.ravel()]
