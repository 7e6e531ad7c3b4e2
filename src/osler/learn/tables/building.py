"""From a recipe and a table to a package on disk."""

import hashlib
import importlib.metadata
import logging
import platform
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate
from osler.analyse.record_card import (
    RecordCalibration,
    RecordCard,
    RecordData,
    RecordGates,
    RecordOutput,
    RecordPoint,
    RecordTraining,
)
from osler.analyse.record_graph import RecordGraph
from osler.errors import OurFault
from osler.evaluate.calibration import fit_platt
from osler.learn.calibrating import Calibrated, OutOfFold, calibrate
from osler.learn.package_files import list_shipped, write_atomically
from osler.learn.tables.additive import Additive
from osler.learn.tables.choosing import Chosen, choose_additive, fit_chosen, folds_of
from osler.learn.tables.figures import evaluate
from osler.learn.tables.graph import to_onnx
from osler.learn.tables.nested import BAGS, Nested, Tell, cross_validate
from osler.learn.tables.recipe import TableRecipe, read_table_recipe
from osler.learn.tables.survival import survival_variants
from osler.learn.tables.table import Floats, Table, read_table

log = logging.getLogger(__name__)
PARITY_LIMIT = 1e-5
BEYOND_SHARE = 0.005
LIBRARIES = ("interpret-core", "scikit-learn", "lightgbm", "optuna", "numpy", "onnx")
METHOD = (
    "Boosted shapes of an Explainable Boosting Machine (monotone where the feature says so) and "
    "the lines of a logistic regression, added in the share that did best on inner folds: each "
    "feature's share stays exact. Each row was also learnt from with a quarter of its cells "
    "missing. Calibrated on out-of-fold patients"
)


@dataclass(frozen=True)
class Made:
    """What a package is written from."""

    recipe: TableRecipe
    recipe_file: Path
    table: Table
    nested: Nested
    chosen: Chosen
    model: Additive
    seconds: float


def build_record_package(
    recipe_file: Path, data: Path, models: Path, *, runs: Path, tell: Tell = lambda *_: None
) -> Path:
    """Train, check in ten folds, calibrate, export and write models/<name>/<version>.

    Raises
    ------
    InputRefused
        Nothing honest can be learnt from the table; the sentence says why.
    OurFault
        The graph does not give Python's answers within 1e-5.
    """
    recipe = read_table_recipe(recipe_file)
    table = read_table(data / recipe.file, recipe)
    nested = cross_validate(table, recipe, runs, tell=tell)
    started = time.monotonic()
    chosen = choose_additive(
        table, recipe.features, recipe.search, copies=recipe.masked_copies, seed=recipe.seed
    )
    model = fit_chosen(table, recipe.features, chosen, bags=BAGS, seed=recipe.seed)
    spent = nested.seconds + time.monotonic() - started
    made = Made(recipe, recipe_file, table, nested, chosen, model, spent)
    return _write(made, data / recipe.file, models)


def _write(made: Made, file: Path, models: Path) -> Path:
    """Write the package beside its place, move it there whole, renew the shipped list."""
    recipe, table = made.recipe, made.table
    content = to_onnx(made.model, len(recipe.columns))
    difference = parity(made.model, content, table.values)
    if difference > PARITY_LIMIT:
        raise OurFault(
            f"{recipe.name}: the graph differs from Python by {difference:.2e} log-odds, expected "
            f"at most {PARITY_LIMIT:g}; report this with the recipe"
        )
    scores = OutOfFold(
        made.nested.additive.astype(np.float32)[:, None],
        table.labels.astype(np.float32)[:, None],
        table.groups,
    )
    calibrated = calibrate(scores, 0, seed=recipe.seed)
    fingerprint = _fingerprint(made, calibrated)
    place = models / recipe.name / recipe.version
    work = place.with_name(place.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "model.onnx").write_bytes(content)
    np.savez_compressed(work / "fingerprint.npz", allow_pickle=False, **fingerprint)
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(work.iterdir())}
    card = _card(made, calibrated, fingerprint, files=files, parity=difference, file=file)
    write_atomically(work / "card.json", (card.model_dump_json(indent=1) + "\n").encode())
    shutil.rmtree(place, ignore_errors=True)
    work.rename(place)
    list_shipped(models)
    return place


def parity(model: Additive, content: bytes, values: Floats) -> float:
    """Return the largest difference of a logit or a share between the graph and Python.

    Measured on every row, and on every row with a third of its cells missing.
    """
    rng = np.random.default_rng(0)
    hidden = np.where(rng.random(values.shape) < 1 / 3, np.nan, values)
    asked = np.concatenate([values, hidden, np.full((1, values.shape[1]), np.nan)])
    logits, evidence = RecordGraph(content).run(asked.astype(np.float32))
    return float(
        max(
            np.abs(logits - model.logits(asked)).max(),
            np.abs(evidence - model.evidence(asked)).max(),
        )
    )


def out_of_fold_probability(table: Table, logits: Floats, *, seed: int, folds: int) -> Floats:
    """Calibrate each fold by a map fitted on the others."""
    probability = np.zeros(len(logits))
    for held in folds_of(table, folds, seed=seed):
        probability[held] = fit_platt(logits[~held], table.labels[~held])(logits[held])
    return probability


def _fingerprint(made: Made, calibrated: Calibrated) -> dict[str, npt.NDArray[np.generic]]:
    """Return the resampled calibration, and what tells a patient from those it learnt from.

    The distance is the root mean square of each feature's rank-free z-score among those present.
    """
    values = made.table.values
    median = np.nanmedian(values, axis=0)
    spread = np.nanpercentile(values, [15.87, 84.13], axis=0)
    scale = np.maximum((spread[1] - spread[0]) / 2, np.nanstd(values, axis=0) / 2)
    scale = np.maximum(scale, 1e-6)
    z = np.clip((values - median) / scale, -8, 8)
    distance = np.sqrt(np.nanmean(z**2, axis=1))
    return {
        "platt_slopes": calibrated.slopes.astype(np.float32),
        "platt_intercepts": calibrated.intercepts.astype(np.float32),
        "median": median.astype(np.float32),
        "scale": scale.astype(np.float32),
        "distance_limit": np.asarray(np.quantile(distance, 1 - BEYOND_SHARE), dtype=np.float32),
    }


def _card(
    made: Made,
    calibrated: Calibrated,
    fingerprint: Mapping[str, npt.NDArray[np.generic]],
    *,
    files: dict[str, str],
    parity: float,
    file: Path,
) -> RecordCard:
    """Write the card."""
    recipe, table = made.recipe, made.table
    probability = out_of_fold_probability(
        table, made.nested.additive, seed=recipe.seed, folds=recipe.search.outer_folds
    )
    balanced = next(one for one in calibrated.points if one.name == "balanced")
    names = table.names
    shown: list[tuple[str, ...]] = [(names[one.feature],) for one in made.model.shapes]
    shown += [(names[a], names[b]) for a, b in (one.features for one in made.model.pairs)]
    return RecordCard(
        name=recipe.name,
        version=recipe.version,
        title=recipe.title,
        use=recipe.use,
        features=recipe.features,
        terms_of_model=tuple(shown),
        intercept=float(np.float32(made.model.intercept)),
        output=_output(recipe, calibrated),
        gates=RecordGates(
            fewest_features=recipe.fewest_features,
            distance_limit=float(fingerprint["distance_limit"]),
            note=f"the distance is passed by {BEYOND_SHARE:.1%} of the patients it learnt from",
        ),
        data=_data(recipe, table, file),
        training=_training(made),
        evaluation=evaluate(
            table,
            made.nested,
            probability,
            features=recipe.features,
            threshold=balanced.threshold,
            variants=_variants(made, file),
            seed=recipe.seed,
        ),
        limits=recipe.limits,
        change_plan=recipe.change_plan,
        terms=recipe.terms,
        parity=parity,
        files=files,
    )


def _variants(made: Made, file: Path) -> Mapping[str, Estimate]:
    """Return models of time to event, where the table has a follow-up time."""
    if "Time" not in made.recipe.left_out:
        return {}
    return survival_variants(made.table, made.nested.additive, file, recipe=made.recipe)


def _output(recipe: TableRecipe, calibrated: Calibrated) -> RecordOutput:
    """Return the output's part of the card."""
    found = calibrated.calibration
    return RecordOutput(
        **recipe.output.model_dump(),
        calibration=RecordCalibration(
            slope=found.slope,
            intercept=found.intercept,
            patients=found.films,
            positives=found.positives,
            prevalence=found.prevalence,
            likelihood_ratio_low=found.likelihood_ratio_low,
            likelihood_ratio_high=found.likelihood_ratio_high,
            interval_coverage=found.interval_coverage,
            interval_method=found.interval_method.replace("films", "patients"),
        ),
        operating_points=tuple(RecordPoint(**one.model_dump()) for one in calibrated.points),
    )


def _data(recipe: TableRecipe, table: Table, file: Path) -> RecordData:
    """Return what went in."""
    missing = np.isnan(table.values).mean(axis=0)
    return RecordData(
        source=recipe.source,
        licence=recipe.licence,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        rows=len(table.labels),
        patients=len(set(table.groups)),
        positives=int(table.labels.sum()),
        repeated_rows=table.repeated_rows,
        missing_share={n: round(float(s), 4) for n, s in zip(table.names, missing, strict=True)},
    )


def _training(made: Made) -> RecordTraining:
    """Return how it was made."""
    chosen = {name: float(value) for name, value in made.chosen.boosting.items()}
    return RecordTraining(
        recipe=f"recipes/tables/{made.recipe_file.name}",
        recipe_sha256=hashlib.sha256(made.recipe_file.read_bytes()).hexdigest(),
        seed=made.recipe.seed,
        method=METHOD,
        chosen={
            **chosen,
            "strength_of_lines": made.chosen.strength,
            "share_of_boosting": made.chosen.share,
        },
        seconds=round(made.seconds, 1),
        runtime={
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in LIBRARIES},
        },
        left_out=made.recipe.left_out,
    )
