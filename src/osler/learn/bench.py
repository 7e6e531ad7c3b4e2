"""Train what a recipe names, step by step; a finished step is kept and never done twice.

runs/<recipe>/ holds: ``pretrain.pt``, ``fold-<i>.pt``, ``oof.npz``, ``network.pt``,
``variant-<name>.pt``, ``cross-check.npz`` (needs torch).
"""

import copy
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from osler.errors import NotFound
from osler.learn.datasets.table import DataSet, read_dataset, read_labels
from osler.learn.films import load_squares
from osler.learn.filmsource import FilmSource, TrainingSet
from osler.learn.fit import Progress, Run, fit
from osler.learn.folds import grouped_folds
from osler.learn.losses import label_loss, mask_loss
from osler.learn.masks import part_masks, union_masks
from osler.learn.network import AnatomyNetwork, FilmNetwork
from osler.learn.once import trained_once
from osler.learn.predict import predict, refresh_statistics, soup
from osler.learn.recipe import Recipe, Stage, Variant
from osler.learn.starting import start_from

log = logging.getLogger(__name__)

ADULT_REPEATS = 3
UNION_FILMS = 400
SCALED_ON = 800


@dataclass(frozen=True)
class Bench:
    """Where a recipe's data, cache and runs live, and who is told of progress."""

    recipe: Recipe
    recipe_folder: Path
    data: Path
    runs: Path
    on_progress: Progress

    def folder(self) -> Path:
        """Return this recipe's folder of runs."""
        return self.runs / self.recipe.name

    def cache(self) -> Path:
        """Return the folder of decoded films, shared by all recipes."""
        return self.runs / "cache"

    def outputs(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return (name, positive labels) of each output."""
        return [(output.name, output.positive) for output in self.recipe.outputs]

    def rows(self, stage: Stage, *, splits: tuple[str, ...] | None = None) -> DataSet:
        """Return the rows that a stage trains on."""
        without: frozenset[str] = frozenset()
        if stage.without_patients_of is not None:
            without = read_dataset(self.data / stage.without_patients_of).patients()
        whole = read_dataset(self.data / stage.data)
        wanted = splits or stage.splits
        return whole.where(splits=wanted, exclude=stage.exclude, without_patients=without)

    def squares(self, dataset: DataSet) -> npt.NDArray[np.uint8]:
        """Return the films of a data set as canonical squares."""
        return load_squares(dataset, cache=self.cache())


def train_network(bench: Bench) -> nn.Module:
    """Train the recipe's network and everything that its card reports; return the network."""
    torch.set_num_threads(max(1, torch.get_num_threads()))
    if bench.recipe.task == "anatomy":
        return trained_once(
            bench.folder() / "network.pt", AnatomyNetwork(), lambda: _anatomy(bench)
        )
    network = trained_once(
        bench.folder() / "network.pt", _film_network(bench), lambda: _soup(bench)
    )
    for variant in bench.recipe.variants:
        _variant(bench, variant)
    _cross_check(bench)
    return network


def _variant(bench: Bench, variant: Variant) -> None:
    """Train once more without some rows, and keep the scores of the test films."""
    stage = bench.recipe.fit.model_copy(update={"exclude": variant.exclude})
    name = f"variant-{variant.name}"
    network = trained_once(
        bench.folder() / f"{name}.pt",
        _film_network(bench),
        lambda: _one(bench, stage, _started(bench), seed=77, name=name),
    )
    file = bench.folder() / f"{name}.npz"
    if not file.is_file():
        rows = bench.rows(bench.recipe.fit, splits=("test",))
        logits, _ = predict(network, bench.squares(rows), size=stage.size)
        _keep_scores(file, logits, labels=read_labels(rows.rows, bench.outputs()), rows=rows)


def _film_network(bench: Bench) -> FilmNetwork:
    """Return an untrained network of the recipe's shape."""
    stage = bench.recipe.fit
    return FilmNetwork(
        len(bench.recipe.outputs), drop_connect=stage.drop_connect, dropout=stage.dropout
    )


def _started(bench: Bench) -> nn.Module:
    """Return the network that every fold starts from: ImageNet, another recipe, pretraining."""
    recipe = bench.recipe
    network = start_from(_film_network(bench), recipe.start, runs=bench.runs, recipe=recipe.name)
    for number, stage in enumerate(bench.recipe.pretrain):
        network = trained_once(
            bench.folder() / f"pretrain-{number}.pt",
            _film_network(bench),
            lambda stage=stage, network=network, number=number: _one(  # type: ignore[misc]
                bench, stage, network, seed=11 + number, name=f"pretrain-{number}"
            ),
        )
    return network


def _one(
    bench: Bench,
    stage: Stage,
    network: nn.Module,
    *,
    seed: int,
    name: str,
    keep: npt.NDArray[np.bool_] | None = None,
    splits: tuple[str, ...] | None = None,
) -> nn.Module:
    """Train one network on a stage's rows (those of ``keep``)."""
    rows = bench.rows(stage, splits=splits)
    labels = read_labels(rows.rows, bench.outputs())
    squares = bench.squares(rows)
    lungs = _lungs(bench, rows) if stage.augment.outside_lungs else None
    if keep is not None:
        squares, labels = squares[keep], labels[keep]
        lungs = None if lungs is None else lungs[keep]
    log.info("%s: %d films of %s", name, len(squares), stage.data)
    torch.manual_seed(bench.recipe.seed + seed)
    return fit(
        network,
        FilmSource(TrainingSet(squares, labels, lungs), stage),
        stage,
        loss=label_loss(stage.label_smoothing),
        run=Run(bench.recipe.seed + seed, bench.folder() / f"{name}.ckpt", bench.on_progress),
    )


def _warmed(
    bench: Bench, name: str, *, keep: npt.NDArray[np.bool_], splits: tuple[str, ...]
) -> nn.Module:
    """Return the network that a fold's last cycle starts from, after any first one."""
    stage = bench.recipe.warm
    if stage is None:
        return _started(bench)
    return trained_once(
        bench.folder() / f"{name}-warm.pt",
        _film_network(bench),
        lambda: _one(
            bench,
            stage,
            _started(bench),
            seed=100,
            name=f"{name}-warm",
            keep=keep,
            splits=splits,
        ),
    )


def _fold_runs(
    bench: Bench, *, folds: int, splits: tuple[str, ...], prefix: str
) -> tuple[list[nn.Module], npt.NDArray[np.float32], npt.NDArray[np.float32], DataSet]:
    """Train one network a fold; return them with out-of-fold logits and embeddings."""
    stage = bench.recipe.fit
    rows = bench.rows(stage, splits=splits)
    labels = read_labels(rows.rows, bench.outputs())
    squares = bench.squares(rows)
    fold_of = grouped_folds(
        [row.patient_id for row in rows.rows], labels, folds=folds, seed=bench.recipe.seed
    )
    networks: list[nn.Module] = []
    logits = np.zeros(labels.shape, dtype=np.float32)
    embeddings: npt.NDArray[np.float32] | None = None
    for fold in range(folds):
        network = trained_once(
            bench.folder() / f"{prefix}-{fold}.pt",
            _film_network(bench),
            lambda fold=fold: _one(  # type: ignore[misc]
                bench,
                stage,
                _warmed(bench, f"{prefix}-{fold}", keep=fold_of != fold, splits=splits),
                seed=100 + fold,
                name=f"{prefix}-{fold}",
                keep=fold_of != fold,
                splits=splits,
            ),
        )
        networks.append(network)
        held = fold_of == fold
        # Scored as the averaged network will be: with statistics of unchanged training films.
        rng = np.random.default_rng(bench.recipe.seed + fold)
        settled = refresh_statistics(
            copy.deepcopy(network), squares[~held], size=stage.size, rng=rng
        )
        logits[held], embedded = predict(settled, squares[held], size=stage.size)
        if embeddings is None:
            embeddings = np.zeros((len(labels), embedded.shape[1]), dtype=np.float32)
        embeddings[held] = embedded
    if embeddings is None:
        raise ValueError("a fold run needs at least one fold")
    return networks, logits, embeddings, rows


def _soup(bench: Bench) -> nn.Module:
    """Train the folds, keep their out-of-fold scores, and average them into one network."""
    stage = bench.recipe.fit
    networks, logits, _, rows = _fold_runs(
        bench, folds=stage.folds, splits=stage.splits, prefix="fold"
    )
    labels = read_labels(rows.rows, bench.outputs())
    _keep_scores(bench.folder() / "oof.npz", logits, labels=labels, rows=rows)
    rng = np.random.default_rng(bench.recipe.seed)
    squares = bench.squares(rows)
    mean = refresh_statistics(soup(networks), squares, size=stage.size, rng=rng)
    picked = rng.permutation(len(squares))[:SCALED_ON]
    return _on_scale(mean, squares[picked], logits[picked], size=stage.size)


def _on_scale(
    network: nn.Module,
    squares: npt.NDArray[np.uint8],
    wanted: npt.NDArray[np.float32],
    *,
    size: int,
) -> nn.Module:
    """Bring an averaged network to the scale of its parents' out-of-fold scores.

    Averaged weights give the same order of films with smaller logits. Scale and shift of each
    output are set so that mean and deviation over some films are those of ``wanted``; calibration
    that was fitted to the parents' scores then holds for it. Labels play no part.
    """
    found, _ = predict(network, squares, size=size)
    scale = wanted.std(axis=0) / np.maximum(found.std(axis=0), 1e-6)
    shift = wanted.mean(axis=0) - scale * found.mean(axis=0)
    head = network.get_submodule("head")
    if not isinstance(head, nn.Linear):
        raise TypeError("the network has no linear head to scale")
    with torch.no_grad():
        head.weight.mul_(torch.from_numpy(scale)[:, None])
        head.bias.mul_(torch.from_numpy(scale)).add_(torch.from_numpy(shift))
    return network


def _cross_check(bench: Bench) -> None:
    """Run the fixed recipe over every row by folds, and keep the pooled scores."""
    plan = bench.recipe.cross_check
    file = bench.folder() / "cross-check.npz"
    if plan is None or file.is_file():
        return
    _, logits, _, rows = _fold_runs(bench, folds=plan.folds, splits=plan.splits, prefix="check")
    _keep_scores(file, logits, labels=read_labels(rows.rows, bench.outputs()), rows=rows)


def _keep_scores(
    file: Path,
    logits: npt.NDArray[np.float32],
    *,
    labels: npt.NDArray[np.float32],
    rows: DataSet,
) -> None:
    """Write scores beside their labels, files and patients."""
    np.savez(
        file,
        logits=logits,
        labels=labels,
        files=np.array([row.path.name for row in rows.rows]),
        patients=np.array([row.patient_id for row in rows.rows]),
    )


def _anatomy(bench: Bench) -> nn.Module:
    """Train the outlines: adults with three parts each, children with the union only."""
    stage = bench.recipe.fit
    adults = bench.rows(stage)
    squares = np.concatenate([bench.squares(adults)] * ADULT_REPEATS)
    targets = np.concatenate([part_masks(adults)] * ADULT_REPEATS)
    if bench.recipe.union_data is not None:
        union = read_dataset(bench.data / bench.recipe.union_data).where(splits=("train",))
        drawn = [row for row in union.rows if row.columns.get("lung_mask")]
        picked = np.random.default_rng(bench.recipe.seed).permutation(len(drawn))[:UNION_FILMS]
        some = DataSet(union.name, union.folder, tuple(drawn[i] for i in sorted(picked)))
        squares = np.concatenate([squares, bench.squares(some)])
        targets = np.concatenate([targets, union_masks(some, union.folder / "lung_masks.zip")])
    return fit(
        AnatomyNetwork(),
        FilmSource(TrainingSet(squares, targets), stage),
        stage,
        loss=mask_loss,
        run=Run(bench.recipe.seed, bench.folder() / "anatomy.ckpt", bench.on_progress),
    )


def _lungs(bench: Bench, rows: DataSet) -> npt.NDArray[np.uint8]:
    """Return the probability of lung or heart for each film, times 255, from chest-anatomy."""
    file = bench.runs / "chest-anatomy" / "network.pt"
    if not file.is_file():
        raise NotFound("outside_lungs needs chest-anatomy: train that recipe first")
    network = AnatomyNetwork()
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    squares = bench.squares(rows)
    out = np.zeros_like(squares)
    with torch.no_grad():
        for start in range(0, len(squares), 64):
            image = torch.from_numpy(squares[start : start + 64]).float()[:, None] / 255.0
            parts = network.eval()(image).logits.sigmoid()
            union = (1.0 - (1.0 - parts).prod(dim=1)) * 255.0
            out[start : start + 64] = union.numpy().astype(np.uint8)
    return out
