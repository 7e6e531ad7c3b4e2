"""What a data set is, as far as a plan depends on it (no torch)."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from osler.errors import InputRefused
from osler.learn.datasets.checking import EXCLUDED
from osler.learn.datasets.grouping import groups_of
from osler.learn.datasets.looking import ImageFacts, look
from osler.learn.datasets.repeats import Repeat, find_repeats
from osler.learn.datasets.table import DataSet, Row, read_labels
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.recipe import Part

TEST = "test"


class Fingerprint(Part):
    """A data set in numbers.

    ``classes`` counts the rows of each output that are positive, in train and val. ``left_out``
    says of each file why it is not trained on or tested. ``groups`` holds the group of files that
    repeats put into another's group.
    """

    data: str
    sha256: str
    rows: dict[str, int]
    patients: int
    patients_known: bool
    longest: int
    shortest: int
    colour: bool
    grey_mean: float
    grey_deviation: float
    classes: dict[str, int]
    stated: int
    drawn: int
    repeats: int
    left_out: dict[str, str]
    groups: dict[str, str]

    @property
    def training(self) -> int:
        """Return the rows that are trained on."""
        return sum(count for split, count in self.rows.items() if split != TEST)


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
    repeats = find_repeats(facts)
    left_out = _left_out(dataset, facts, repeats=repeats, recipe=recipe)
    groups = groups_of([row.patient_id for row in dataset.rows], repeats)
    kept = [n for n, row in enumerate(dataset.rows) if row.columns["file"] not in left_out]
    rows = [dataset.rows[n] for n in kept]
    training = [row for row in rows if row.split in (None, *recipe.fit.splits)]
    if not training:
        raise InputRefused(
            f"{dataset.name}: no row is left to train on; {len(left_out)} of "
            f"{len(dataset.rows)} were left out, first because: {next(iter(left_out.values()), '')}"
        )
    seen = [facts[n] for n in kept]
    labels = read_labels(training, [(o.name, o.positive) for o in recipe.outputs])
    return Fingerprint(
        data=dataset.name,
        sha256=data_hash(dataset, recipe),
        rows=dict(Counter(row.split or "train" for row in rows)),
        patients=len({groups[n] for n in kept}),
        patients_known=bool(rows[0].columns.get("patient_id")),
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
        repeats=len(repeats),
        left_out=left_out,
        groups={
            row.columns["file"]: group
            for row, group in zip(dataset.rows, groups, strict=True)
            if group != row.patient_id
        },
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
            elif row.split != TEST and other.split == TEST:
                found.setdefault(row.columns["file"], f"{same}, which is in test")
    return found


def _classes(row: Row, recipe: ImageRecipe) -> list[str]:
    """Return the labels of a row as text, NaN among them, so that they compare."""
    labels = read_labels([row], [(o.name, o.positive) for o in recipe.outputs])
    return [str(value) for value in labels.ravel()]
