"""The page that puts the trials of MedMNIST beside what was published."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from osler.learn.yardstick import Trial

TABLES = ("published_baselines_2d.csv", "published_baselines_3d.csv")


def published(folder: Path, dataset: str) -> list[tuple[str, float, float]]:
    """Return (method, AUC, accuracy) as the authors print them; none for a set they leave out."""
    rows = []
    for table in TABLES:
        with (folder / table).open(newline="", encoding="utf-8") as stream:
            rows += [
                (line["method"], float(line["test_auc"]), float(line["test_acc"]))
                for line in csv.DictReader(stream)
                if line["dataset"].lower() == dataset
            ]
    return rows


def page(trials: Sequence[Trial], folder: Path, *, machine: str, shown: int) -> str:
    """Return the table of all trials beside what was published, as Markdown."""
    names = dict.fromkeys(one.dataset for one in trials)
    sets = [
        _of_set([one for one in trials if one.dataset == name], published(folder, name))
        for name in names
    ]
    return "\n".join([HEAD.format(machine=machine, shown=shown), *sets]) + "\n"


def _of_set(mine: Sequence[Trial], theirs: Sequence[tuple[str, float, float]]) -> str:
    """Return the part of one set."""
    auc, acc = (float(np.mean([getattr(one, key) for one in mine])) for key in ("auc", "acc"))
    seeds = ", ".join(f"{one.auc:.3f}" for one in mine)
    ours = f"**Osler's bench**, mean of {len(mine)} seeds ({seeds})"
    took = np.mean([one.seconds for one in mine])
    parts = [
        f"\n## {mine[0].dataset}\n\n| method | AUC | accuracy |\n|---|---|---|",
        f"| {ours} | **{auc:.3f}** | **{acc:.3f}** |",
        *(f"| {m} | {a:.3f} | {c:.3f} |" for m, a, c in theirs),
    ]
    aim = "No figure of this set was published."
    if theirs:
        best = max(value for _, value, _ in theirs)
        aim = f"Aim: the best published AUC, {best:.3f}: {'reached' if auc >= best else 'missed'}."
    return "\n".join([*parts, f"\n{aim} {took:.0f} s of training a seed."])


HEAD = """# MedMNIST beside the published figures

Written by `python tools/medmnist_page.py --data FOLDER`, which takes any official file
(`--sets bloodmnist dermamnist`): grey or in colour, two classes, more, or several at once, pictures
or volumes. Osler's training loop and its rules for few pictures, on the official splits: trained on
`train`, scored on `test`; `val` chose nothing but how far volumes are turned. Pictures of 28 pixels
are enlarged to 64, since the network halves five times, and start from ImageNet; volumes start from
nothing. A run sees {shown} pictures, or twice as many volumes. What is mirrored in training
(ultrasound, volumes without a side) is scored with its mirror image. No weight of a shipped package
went in, and none of these weights goes into one: pictures of pneumoniamnist and breastmnist stand
in the test splits of data sets that packages learnt from. The AUC of several classes is the mean of
each against the rest; accuracy is at a probability of 0.5, of more classes that of the likeliest.
The published figures are those of the authors' site (Yang et al., Scientific Data 2023;10:41).
Machine: {machine}.

pneumoniamnist holds eight groups of identical pictures across splits, breastmnist one picture with
two labels. breastmnist was run once before, with 6,000 pictures a run and no mirror image (AUC
0.864, mean of three seeds); adrenalmnist3d with volumes turned three times as far, half as long
(AUC 0.782). What stands below are the rules of the bench as they are now."""
