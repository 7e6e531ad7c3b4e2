"""From a trained network to a package on disk: graph, fingerprint, card (needs torch)."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from osler.analyse.card import (
    Card,
    DataCard,
    Estimate,
    EvaluationCard,
    GateCard,
    OutputCard,
    StructureCard,
)
from osler.analyse.graph import Graph
from osler.analyse.package import Package, load_package
from osler.analyse.similar import compress_cases
from osler.learn.bench import Bench
from osler.learn.calibrating import calibrate
from osler.learn.carding import (
    Arrays,
    CardDraft,
    output_card,
    platt_arrays,
    read_scores,
    score_quantiles,
    store,
    whole_folder,
    with_floor,
)
from osler.learn.cardtext import CardText, read_card_text
from osler.learn.datasets.table import read_dataset, read_labels
from osler.learn.export import export, parity
from osler.learn.gatecheck import measure_gates
from osler.learn.gatefit import Sources, fit_gates, fit_head, gather
from osler.learn.outlining import evaluate_outlines
from osler.learn.predict import batches, predict
from osler.learn.reporting import test_evaluations

log = logging.getLogger(__name__)
PARITY_LIMITS = {"float32": 1e-4, "float16": 1e-2, "int8": 1e-2}


@dataclass(frozen=True)
class Material:
    """What a package is made of before its card is written."""

    content: bytes
    weights: str
    parity: float
    fingerprint: Arrays
    outputs: tuple[OutputCard, ...]


def build_package(bench: Bench, network: nn.Module, models: Path) -> Path:
    """Write models/<name>/<version>, evaluate it by the serving road, and write its card.

    The folder is built beside its place and moved there whole; the shipped list is renewed.
    """
    return whole_folder(
        models, bench.recipe, lambda work: _build(bench, network, models, work=work)
    )


def _build(bench: Bench, network: nn.Module, models: Path, *, work: Path) -> None:
    """Write a package into a folder."""
    text = read_card_text(bench.recipe_folder / bench.recipe.card)
    content, weights, difference = _graph(bench, network)
    anatomy = Graph(content) if bench.recipe.task == "anatomy" else _anatomy(models).graph
    sources = Sources(bench.data, bench.cache(), anatomy, _anatomy_hash(bench, models, content))
    seen = gather(bench.recipe.gates, sources, seed=bench.recipe.seed)
    fingerprint: Arrays = fit_gates(seen)
    outputs: tuple[OutputCard, ...] = ()
    if bench.recipe.task == "anatomy":
        fingerprint |= _view_head(bench, sources)
    else:
        outputs, extra = _calibrated(bench)
        fingerprint |= extra | _cases(bench, network)
    material = Material(content, weights, difference, fingerprint, outputs)
    card = _write(bench, text, material, folder=work, gates=_no_gates())
    gates = measure_gates(seen, sources, fingerprint, card=card, seed=bench.recipe.seed)
    package = Package(work, card)
    evaluation, evidence = _evaluate(bench, package, models)
    outputs = tuple(with_floor(output, evaluation) for output in outputs)
    material = Material(content, weights, difference, fingerprint, outputs)
    _write(
        bench,
        text,
        material,
        folder=work,
        gates=gates,
        evaluation=evaluation,
        evidence=evidence,
    )


def _graph(bench: Bench, network: nn.Module) -> tuple[bytes, str, float]:
    """Export with the smallest weights that keep the answers; return bytes, format, parity."""
    names: tuple[str, ...] = ("logits", "embedding")
    if bench.recipe.task == "classification":
        names = ("logits", "evidence", "embedding")
    stage = bench.recipe.fit
    squares = bench.squares(bench.rows(stage))[:32]
    image = batches(squares, size=stage.size)[0].numpy()
    wanted = bench.recipe.weights
    for weights in dict.fromkeys((wanted, "float16", "float32")):
        content = export(network, size=stage.size, names=names, weights=weights)
        difference = parity(network, content, image)
        if difference <= PARITY_LIMITS[weights]:
            return content, weights, difference
        log.info("%s weights differ by %.4f: too far, trying finer ones", weights, difference)
    raise ValueError(f"no export of {bench.recipe.name} agrees with PyTorch")


def _anatomy(models: Path) -> Package:
    """Load the newest chest-anatomy package."""
    versions = sorted((models / "chest-anatomy").glob("[0-9]*"))
    return load_package(versions[-1], allowed=frozenset({"chest-anatomy"}))


def _anatomy_hash(bench: Bench, models: Path, content: bytes) -> str:
    """Return the hash of the graph whose features the gates use."""
    if bench.recipe.task == "anatomy":
        return hashlib.sha256(content).hexdigest()
    return _anatomy(models).identity.sha256


def _view_head(bench: Bench, sources: Sources) -> Arrays:
    """Fit PA against AP on adult training films whose view is stated."""
    rows = read_dataset(bench.data / "cxr-adult").where(splits=("train", "val"))
    features, part = sources.features(rows, most=1200, seed=bench.recipe.seed + 2)
    views = np.array([row.columns["view"] for row in part.rows])
    return fit_head({view: features[views == view] for view in ("PA", "AP")}).arrays("view")


def _calibrated(bench: Bench) -> tuple[tuple[OutputCard, ...], Arrays]:
    """Calibrate every output on out-of-fold scores."""
    scores = read_scores(bench.folder() / "oof.npz")
    found = [
        calibrate(scores, column, seed=bench.recipe.seed + column)
        for column in range(len(bench.recipe.outputs))
    ]
    outputs = tuple(
        output_card(plan, one) for plan, one in zip(bench.recipe.outputs, found, strict=True)
    )
    return outputs, platt_arrays(found) | {"score_quantiles": score_quantiles(scores)}


def _cases(bench: Bench, network: nn.Module) -> Arrays:
    """Return compressed embeddings of the training films with their labels."""
    rows = bench.rows(bench.recipe.fit)
    _, embeddings = predict(network, bench.squares(rows), size=bench.recipe.fit.size)
    return compress_cases(embeddings, read_labels(rows.rows, bench.outputs()))


def _no_gates() -> GateCard:
    """Return a gate card before anything was measured."""
    return GateCard(tuned_with=(), refused={}, note="not measured")


def _evaluate(
    bench: Bench, package: Package, models: Path
) -> tuple[tuple[EvaluationCard, ...], dict[str, Estimate]]:
    """Evaluate by the serving road, on test rows, once."""
    if bench.recipe.task == "anatomy":
        rows = bench.rows(bench.recipe.fit, splits=("test",))
        card, _ = evaluate_outlines(package, rows, split="test", seed=bench.recipe.seed)
        return (card,), {}
    return test_evaluations(bench, package, _anatomy(models))


def _write(
    bench: Bench,
    text: CardText,
    material: Material,
    *,
    folder: Path,
    gates: GateCard,
    evaluation: tuple[EvaluationCard, ...] = (),
    evidence: Mapping[str, Estimate] | None = None,
) -> Card:
    """Write graph, fingerprint and card; return the card."""
    store(folder, material.content, material.fingerprint)
    recipe = bench.recipe
    draft = CardDraft(recipe, bench.recipe_folder, text)
    return draft.write(
        folder,
        draft.training(start=recipe.start, datasets=_datasets(bench, draft)),
        {
            "task": recipe.task,
            "input": text.input.sized(recipe.fit.size),
            "outputs": material.outputs,
            "structures": _structures(bench),
            "evaluation": evaluation,
            "gates": gates,
            "evidence": dict(evidence or {}),
            "weights_format": material.weights,
            "parity": material.parity,
        },
    )


def _structures(bench: Bench) -> tuple[StructureCard, ...]:
    """Return what an anatomy package outlines; the others outline nothing."""
    if bench.recipe.task != "anatomy":
        return ()
    return tuple(
        StructureCard(name=o.name, display=o.display, system=o.system, code=o.code)
        for o in bench.recipe.outputs
    )


def _datasets(bench: Bench, draft: CardDraft) -> Iterator[DataCard]:
    """Describe the data sets that went in."""
    recipe = bench.recipe
    stages = [*recipe.pretrain, recipe.fit]
    for name in draft.text.sources:
        splits = next((s.splits for s in stages if s.data == name), ("train",))
        counted = recipe.task == "classification" and any(s.data == name for s in stages)
        yield draft.data(
            name,
            read_dataset(bench.data / name).where(splits=splits),
            splits=splits,
            outputs=bench.outputs() if counted else (),
        )
