"""Train what an image recipe names, step by step; a finished step is kept (needs torch).

runs/<recipe>/ holds ``plan.json``, ``fold-<i>.pt``, ``oof.npz``, ``network.pt``, ``test.npz``,
``cross-check.npz``, and ``history.jsonl`` with TensorBoard's ``events``.
"""

import copy
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from osler.learn.datasets.table import DataSet, Row, read_labels, read_listed
from osler.learn.fit import Progress, Run, Watch, fit
from osler.learn.folds import grouped_folds
from osler.learn.imaging.both_ways import BothWays
from osler.learn.imaging.fingerprint import TEST, Fingerprint, data_hash, examine
from osler.learn.imaging.loading import Pictures, load, read_mask_rows, usable
from osler.learn.imaging.networks import BLOCKS, PictureNetwork
from osler.learn.imaging.planning import Plan, derive
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.imaging.source import PictureSource, drawing_chances, joint_loss, outlines_only
from osler.learn.losses import label_loss
from osler.learn.once import trained_once
from osler.learn.predict import predict, refresh_statistics, soup
from osler.learn.starting import start_from

log = logging.getLogger(__name__)
Floats = npt.NDArray[np.float32]
HEAD_SEED = 1


@dataclass(frozen=True)
class ImageBench:
    """Where a recipe's data, cache and runs live, and who is told of progress."""

    recipe: ImageRecipe
    recipe_folder: Path
    data: Path
    runs: Path
    on_progress: Progress

    def folder(self) -> Path:
        """Return this recipe's folder of runs."""
        return self.runs / self.recipe.name

    def cache(self) -> Path:
        """Return the folder of decoded pictures, shared by all recipes."""
        return self.runs / "cache"

    def dataset(self) -> DataSet:
        """Return the recipe's data set without the rows that it excludes."""
        whole = read_listed(self.data / self.recipe.data)
        return whole.where(exclude=self.recipe.fit.exclude)

    def labels(self, rows: Sequence[Row]) -> Floats:
        """Return the labels of rows, (rows, outputs)."""
        return read_labels(rows, [(one.name, one.positive) for one in self.recipe.outputs])


def plan_of(bench: ImageBench) -> Plan:
    """Return the plan; data that were looked at before are not looked at again."""
    dataset, file = bench.dataset(), bench.folder() / "plan.json"
    if file.is_file():
        kept = json.loads(file.read_text(encoding="utf-8"))
        known = Fingerprint.model_validate(kept["fingerprint"])
        if known.sha256 == data_hash(dataset, bench.recipe):
            return _written(file, derive(known, bench.recipe))
    seen = examine(
        dataset,
        bench.recipe,
        processes=os.cpu_count() or 1,
        on_progress=lambda done, known: bench.on_progress("looking at files", done, known, 0.0),
    )
    return _written(file, derive(seen, bench.recipe))


def _written(file: Path, plan: Plan) -> Plan:
    """Keep a plan beside what is trained by it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(plan.model_dump_json(indent=1), encoding="utf-8")
    return plan


def pictures(bench: ImageBench, plan: Plan, splits: Sequence[str]) -> Pictures:
    """Return the pictures of some splits, with outlines where they are learnt with the labels."""
    columns = [one.column for one in bench.recipe.structures] if plan.masks == "joint" else []
    rows = usable(bench.dataset(), plan.fingerprint, splits)
    found = load(
        rows,
        plan.contract(),
        folder=bench.data / bench.recipe.data,
        columns=columns,
        cache=bench.cache(),
        on_progress=lambda done, known: bench.on_progress("reading", done, known, 0.0),
    )
    if found.faults:
        log.warning("%d pictures left out, first: %s", len(found.faults), found.faults[0])
    return found


def train_pictures(bench: ImageBench) -> nn.Module:
    """Train the recipe's network and all that its card reports; return the network."""
    plan = plan_of(bench)
    file = bench.folder() / "network.pt"
    network = trained_once(file, _empty(bench, plan), lambda: _shipped(bench, plan))
    _test(bench, plan, network)
    check = bench.recipe.cross_check
    if check is not None and not (bench.folder() / "cross-check.npz").is_file():
        shown = pictures(bench, plan, check.splits)
        runs = _folds(bench, plan, shown, folds=check.folds, prefix="cross-check")
        keep_scores(bench.folder() / "cross-check.npz", runs.logits, shown, bench=bench)
    return network


def measured(plan: Plan, network: nn.Module) -> nn.Module:
    """Return a trained network as it is measured and ships."""
    return BothWays(network) if plan.both_ways else network


def _empty(bench: ImageBench, plan: Plan) -> PictureNetwork:
    """Return an untrained network; its head is the same in every fold, so that they average."""
    torch.manual_seed(bench.recipe.seed + HEAD_SEED)
    return PictureNetwork(
        len(bench.recipe.outputs),
        len(bench.recipe.structures),
        channels=plan.channels,
        freeze=plan.freeze,
        drop_connect=plan.drop_connect,
        dropout=plan.dropout,
    )


@dataclass(frozen=True)
class FoldRuns:
    """The networks of all folds and the logits of each picture by the one that never saw it."""

    networks: list[nn.Module]
    logits: Floats


def _folds(bench: ImageBench, plan: Plan, shown: Pictures, *, folds: int, prefix: str) -> FoldRuns:
    """Train one network a fold, patients apart."""
    labels = bench.labels(shown.rows)
    fold_of = grouped_folds(shown.patients(), labels, folds=folds, seed=bench.recipe.seed)
    networks: list[nn.Module] = []
    logits = np.zeros(labels.shape, dtype=np.float32)
    for fold in range(folds):
        held = fold_of == fold
        network = train_one(bench, plan, shown, keep=~held, name=f"{prefix}-{fold}")
        networks.append(network)
        logits[held], _ = predict(measured(plan, network), shown.images[held], size=plan.size)
    return FoldRuns(networks, logits)


def train_one(
    bench: ImageBench,
    plan: Plan,
    shown: Pictures,
    *,
    keep: npt.NDArray[np.bool_],
    name: str,
) -> nn.Module:
    """Train one network on some pictures, or read it where that was done."""
    labels = bench.labels(shown.rows)
    groups = [group for group, kept in zip(shown.patients(), keep, strict=True) if kept]
    masks = shown.masks[keep] if shown.masks is not None else None
    source = PictureSource(shown.images[keep], labels[keep], plan.changes, masks)
    draw = drawing_chances(labels[keep], groups) if plan.sampling == "balanced" else None
    held = None
    if plan.patience is not None and not keep.all():
        held = Watch(
            lambda network: _held_out_loss(
                network, shown.images[~keep], labels[~keep], size=plan.size
            ),
            plan.patience,
        )
    log.info("%s: %d pictures", name, int(keep.sum()))
    return trained_once(
        bench.folder() / f"{name}.pt",
        _empty(bench, plan),
        lambda: fit(
            start_from(
                _empty(bench, plan),
                bench.recipe.start,
                runs=bench.runs,
                recipe=bench.recipe.name,
            ),
            source,
            plan,
            loss=joint_loss(plan.label_smoothing)
            if masks is not None
            else label_loss(plan.label_smoothing),
            run=Run(
                bench.recipe.seed + sum(name.encode()),
                bench.folder() / f"{name}.ckpt",
                bench.on_progress,
                draw=draw,
                shown=round(plan.shown * float(keep.mean())),
                watch=held,
                half=False,
            ),
        ),
    )


def _held_out_loss(
    network: nn.Module, images: npt.NDArray[np.uint8], wanted: Floats, *, size: int
) -> float:
    """Return the mean cross-entropy over held-out pictures."""
    logits, _ = predict(network, images, size=size)
    each = np.logaddexp(0.0, logits) - np.nan_to_num(wanted) * logits
    return float(each[~np.isnan(wanted)].mean())


def _shipped(bench: ImageBench, plan: Plan) -> nn.Module:
    """Train the folds, keep their held-out scores, and make the one network that ships."""
    shown = pictures(bench, plan, bench.recipe.fit.splits)
    runs = _folds(bench, plan, shown, folds=plan.folds, prefix="fold")
    keep_scores(bench.folder() / "oof.npz", runs.logits, shown, bench=bench)
    if plan.ships == "one":
        everything = np.ones(len(shown), dtype=bool)
        network = train_one(bench, plan, shown, keep=everything, name="all")
    else:
        rng = np.random.default_rng(bench.recipe.seed)
        network = refresh_statistics(soup(runs.networks), shown.images, size=plan.size, rng=rng)
    return _outlined(bench, plan, network) if plan.masks == "after" else network


def _outlined(bench: ImageBench, plan: Plan, network: nn.Module) -> nn.Module:
    """Teach a trained network to outline, its encoder and its answers unchanged."""
    recipe = bench.recipe
    folder = bench.data / recipe.data
    splits = recipe.fit.splits
    rows = (
        read_mask_rows(folder, recipe.mask_table, splits)
        if recipe.mask_table
        else usable(bench.dataset(), plan.fingerprint, splits)
    )
    columns = [one.column for one in recipe.structures]
    drawn = [row for row in rows if any(row.columns.get(column) for column in columns)]
    shown = load(drawn, plan.contract(), folder=folder, columns=columns, cache=bench.cache())
    still = _empty(bench, plan.model_copy(update={"freeze": BLOCKS + 1}))
    still.load_state_dict(network.state_dict())
    nothing = np.zeros((len(shown), len(recipe.outputs)), dtype=np.float32)
    course = plan.model_copy(update={"epochs": plan.mask_epochs, "batch": 8})
    return fit(
        still,
        PictureSource(shown.images, nothing, plan.changes, shown.masks),
        course,
        loss=outlines_only,
        run=Run(recipe.seed, bench.folder() / "outlines.ckpt", bench.on_progress, half=False),
    )


def _test(bench: ImageBench, plan: Plan, network: nn.Module) -> None:
    """Score the test split once by the network that ships, where there is one."""
    file = bench.folder() / "test.npz"
    learnt = TEST in bench.recipe.fit.splits
    if file.is_file() or learnt or not plan.fingerprint.rows.get(TEST):
        return
    shown = pictures(bench, plan, (TEST,))
    logits, _ = predict(measured(plan, copy.deepcopy(network)), shown.images, size=plan.size)
    keep_scores(file, logits, shown, bench=bench)


def keep_scores(file: Path, logits: Floats, shown: Pictures, *, bench: ImageBench) -> None:
    """Keep logits beside labels, files and patients."""
    np.savez(
        file,
        logits=logits,
        labels=bench.labels(shown.rows),
        files=np.array([row.path.name for row in shown.rows]),
        patients=np.array(shown.patients()),
    )
