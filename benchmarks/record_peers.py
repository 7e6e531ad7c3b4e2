"""AUROC of the additive model beside tuned LightGBM and logistic regression, on the same folds.

For tables that ship no package: their terms, leaks or repeats forbid it. Needs the extra 'tables'.

    python benchmarks/record_peers.py --data ../shared/data/tabular
    python benchmarks/record_peers.py --data ../shared/data/tabular --only stroke
"""

import argparse
import hashlib
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osler.analyse.record_card import Feature
from osler.evaluate.bootstrap import patient_weights
from osler.learn.tables.choosing import (
    choose_additive,
    choose_strength,
    choose_trees,
    fit_chosen,
    folds_of,
)
from osler.learn.tables.figures import area, in_words, peer
from osler.learn.tables.fitting import fit_logistic, fit_trees
from osler.learn.tables.recipe import Search
from osler.learn.tables.table import Floats, Table, read_rows

SEED = 20261125
FOLDS = 5
REPEATS = 200
SEARCH = Search(outer_folds=FOLDS, inner_folds=3, seconds_a_fold=12.0, most_trials=4)

ADMISSIONS = (
    "Patient addmited to regular ward (1=yes, 0=no)",
    "Patient addmited to semi-intensive unit (1=yes, 0=no)",
    "Patient addmited to intensive care unit (1=yes, 0=no)",
)


@dataclass(frozen=True)
class Peered:
    """One table: its outcome, what is left out, and who a row is of (None: equal rows)."""

    name: str
    file: str
    target: str
    positive: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    group: str | None = None
    each_row: bool = False
    most_rows: int = 8000


TABLES = (
    Peered("ckd", "ckd_chronic_kidney_disease.csv", "class", ("ckd",)),
    Peered("sylhet-inflated", "early_stage_diabetes_sylhet.csv", "DiabeticClass", ("Positive",),
           each_row=True),
    Peered("sylhet-honest", "early_stage_diabetes_sylhet.csv", "DiabeticClass", ("Positive",)),
    Peered("sepsis", "sepsis_physionet2019_setB_600patients.csv.gz", "SepsisLabel", ("1", "1.0"),
           group="patient", most_rows=30000, left_out=("ICU_hour", "ICULOS", "Unit1", "Unit2")),
    Peered("stroke", "stroke.csv", "stroke", ("1",), left_out=("id",)),
    Peered("framingham", "framingham_chd10y.csv", "TenYearCHD", ("1", "1.0")),
    Peered("cardio-70k", "cardio_70k.csv.gz", "cardio", ("1",), left_out=("id",)),
    Peered("einstein", "covid_einstein.csv.gz", "SARS-Cov-2 exam result", ("positive",),
           left_out=ADMISSIONS, group="Patient ID"),
)  # fmt: skip


def as_table(one: Peered, folder: Path) -> Table:
    """Read all columns: numbers as they are, words by their order in the alphabet."""
    rows = read_rows(folder / one.file)
    if len(rows) > one.most_rows:
        drawn = np.random.default_rng(SEED).permutation(len(rows))[: one.most_rows]
        rows = [rows[i] for i in sorted(drawn)]
    never = {one.target, one.group, *one.left_out}
    names = [name for name in rows[0] if name not in never]
    columns = [_coded([row[name].strip() for row in rows]) for name in names]
    kept = [i for i, column in enumerate(columns) if len(np.unique(column[~np.isnan(column)])) > 1]
    values = np.stack([columns[i] for i in kept], axis=1)
    if one.group is not None:
        groups = tuple(row[one.group] for row in rows)
    elif one.each_row:
        groups = tuple(str(i) for i in range(len(rows)))
    else:
        groups = tuple(hashlib.sha256(row.tobytes()).hexdigest()[:16] for row in values)
    labels = np.array([row[one.target].strip() in one.positive for row in rows])
    return Table(
        values,
        labels,
        groups,
        names=tuple(names[i] for i in kept),
        sha256="",
        repeated_rows=len(rows) - len({tuple(row.values()) for row in rows}),
    )


def _coded(words: Sequence[str]) -> Floats:
    """Return a column as numbers; NaN where it is empty."""
    try:
        return np.array([float(word) if word else np.nan for word in words])
    except ValueError:
        known = {word: i for i, word in enumerate(sorted({w for w in words if w}))}
        return np.array([known.get(word, np.nan) for word in words], dtype=float)


def run(one: Peered, folder: Path) -> str:
    """Return one line of the table."""
    started = time.monotonic()
    table = as_table(one, folder)
    features = [Feature(name=n, display=n, low=-1e12, high=1e12) for n in table.names]
    ours, trees, lines = (np.zeros(len(table.labels)) for _ in range(3))
    for held in folds_of(table, FOLDS, seed=SEED):
        learnt, asked = table.part(~held), table.values[held]
        chosen = choose_additive(learnt, features, SEARCH, copies=0, seed=SEED)
        ours[held] = fit_chosen(learnt, features, chosen, bags=4, seed=SEED).logits(asked)
        trees[held] = fit_trees(learnt, choose_trees(learnt, SEARCH, seed=SEED), seed=SEED)(asked)
        strength = choose_strength(learnt, features, folds=3, seed=SEED)
        lines[held] = fit_logistic(learnt, features, strength).logits(asked)
    rng = np.random.default_rng(SEED)
    weights = patient_weights(table.groups, rng=rng, repeats=REPEATS)
    labels = table.labels
    gaps = [
        peer(name, logits, ours, labels=labels, weights=weights)
        for name, logits in (("LightGBM", trees), ("logistic", lines))
    ]
    cells = [
        one.name,
        f"{len(labels)} / {len(set(table.groups))}",
        str(int(labels.sum())),
        in_words(area(ours, labels, weights)),
        *(in_words(gap.auroc) for gap in gaps),
        *(in_words(gap.difference) for gap in gaps),
        f"{time.monotonic() - started:.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", help="the name of one table")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    print(
        "| table | rows / groups | positive | additive | LightGBM | logistic "
        "| additive - LightGBM | additive - logistic | s |"
    )
    for one in TABLES:
        if arguments.only in (None, one.name):
            print(run(one, arguments.data), flush=True)


if __name__ == "__main__":
    main()
