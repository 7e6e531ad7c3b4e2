"""What pictures of a model's kind give: gates, calibration, cases. Needs scikit-learn, no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import (
    CalibrationCard,
    ConformalCard,
    Estimate,
    GateCard,
    OperatingPointCard,
    OutputCard,
)
from osler.analyse.film import look
from osler.analyse.graph import Graph
from osler.analyse.similar import compress_cases
from osler.errors import InputRefused
from osler.evaluate.bootstrap import interval, patient_weights
from osler.evaluate.calibration import PlattMap, logit
from osler.evaluate.decisions import confusion
from osler.learn.calibrating import RESAMPLES, Calibrated, OutOfFold, calibrate
from osler.learn.datasets.table import DataSet, Row, read_dataset, read_labels
from osler.learn.gatefit import fit_head, pictures_of_nothing, see
from osler.learn.imaging.gating import Kinds, fit_picture_gates
from osler.learn.importing.checking import run
from osler.learn.importing.written import WrittenCard, WrittenOutput
from osler.prepare.picture import network_input
from osler.standards.pictures import decode_first, read_content

Floats = npt.NDArray[np.float32]
Arrays = dict[str, npt.NDArray[np.generic]]
MOST = 600
UNTRAINED = "the model never learnt this output: its authors name no condition for it"
UNLABELLED = "not calibrated: no labelled pictures were given at import (--like)"


@dataclass(frozen=True)
class Seen:
    """Pictures of a data set as the network and as the gates see them."""

    rows: tuple[Row, ...]
    pictures: Floats
    features: Floats


@dataclass(frozen=True)
class Kin:
    """What is given beside the model: pictures of its kind, of other kinds, of other people."""

    like: Path | None = None
    unlike: Sequence[Path] = ()
    other_population: Path | None = None


def look_through(folder: Path, card: WrittenCard, anatomy: Graph, *, seed: int) -> Seen:
    """Read at most 600 pictures of a data set, those of its test split left out.

    Raises
    ------
    InputRefused
        Fewer than 20 can be read: no gate can be fitted on that.
    """
    whole = read_dataset(folder)
    rows = whole.where(splits=("train", "val")) if whole.has_splits() else whole
    picked = sorted(np.random.default_rng(seed).permutation(len(rows.rows))[:MOST])
    kept, pictures, features = [], [], []
    for row in (rows.rows[i] for i in picked):
        try:
            picture = decode_first(read_content(row.path.read_bytes(), origin=row.path.name))
        except InputRefused:
            continue
        kept.append(row)
        pictures.append(network_input(picture, card.input.picture()))
        features.append(look(picture, anatomy).features)
    if len(kept) < 20:
        raise InputRefused(
            f"{folder.name}: {len(kept)} pictures can be read; gates need at least 20, outside "
            "the split 'test'"
        )
    return Seen(tuple(kept), np.stack(pictures), np.stack(features))


def features_of(folder: Path, anatomy: Graph, *, seed: int) -> Floats:
    """Return what gates look at, of at most 300 pictures of another kind."""
    rows = read_dataset(folder)
    train = rows.where(splits=("train", "val")) if rows.has_splits() else rows
    found = []
    chosen: DataSet = train if train.rows else rows
    for i in sorted(np.random.default_rng(seed).permutation(len(chosen.rows))[: MOST // 2]):
        try:
            content = chosen.rows[i].path.read_bytes()
            found.append(look(decode_first(read_content(content, origin="")), anatomy).features)
        except InputRefused:
            continue
    if not found:
        raise InputRefused(f"{folder.name}: none of its pictures can be read")
    return np.stack(found)


def fit_gates(
    seen: Seen,
    anatomy: Graph,
    *,
    card: WrittenCard,
    kin: Kin,
    seed: int,
) -> tuple[Arrays, GateCard]:
    """Fit the gates: like these pictures, not like those, within their quality and distance.

    Raises
    ------
    InputRefused
        The card is for adults or for children, and nothing shows what the others look like.
    """
    others = {folder.name: features_of(folder, anatomy, seed=seed) for folder in kin.unlike}
    others["nothing"] = see(pictures_of_nothing(np.random.default_rng(seed)), anatomy)
    own = seen.features
    arrays = fit_picture_gates(Kinds(own, others))
    kind = card.intended_use.population.kind
    if kind != "any":
        if kin.other_population is None:
            raise InputRefused(
                f"the card is for one population ({kind}): give pictures of the other one "
                "(--other-population FOLDER), or write kind = 'any' and say so in its limits"
            )
        opposite = {"adult": "child", "child": "adult"}[kind]
        theirs = features_of(kin.other_population, anatomy, seed=seed)
        arrays |= fit_head({kind: own, opposite: theirs}).arrays("population")
    return arrays, GateCard(
        tuned_with=tuple(folder.name for folder in (kin.like, *kin.unlike) if folder),
        refused={},
        note=f"fitted at import on {len(own)} pictures",
    )


def labels_of(seen: Seen, card: WrittenCard) -> npt.NDArray[np.float32]:
    """Return the labels of pictures: (n,K), NaN where the data set says nothing of an output."""
    columns = seen.rows[0].columns
    out = np.full((len(seen.rows), len(card.outputs)), np.nan, dtype=np.float32)
    for number, output in enumerate(card.outputs):
        if output.name in columns or (output.positive and "label" in columns):
            out[:, number] = read_labels(seen.rows, [(output.name, output.positive)])[:, 0]
    return out


def calibrated(
    graph: Graph, seen: Seen | None, card: WrittenCard, *, seed: int
) -> tuple[tuple[OutputCard, ...], Arrays]:
    """Calibrate every output that has labels; the others are *not assessed*, with the reason."""
    count = len(card.outputs)
    if seen is None:
        found: list[Calibrated | str] = [UNLABELLED] * count
        embeddings, labels = np.zeros((1, 1), np.float32), np.full((1, count), np.nan, np.float32)
        logits = np.zeros((1, count), dtype=np.float32)
    else:
        answer = run(graph, seen.pictures)
        logits, embeddings, labels = answer["logits"], answer["embedding"], labels_of(seen, card)
        scores = OutOfFold(logits, labels, [row.patient_id for row in seen.rows])
        found = [_calibrate(scores, column, seed=seed + column) for column in range(count)]
    outputs = tuple(
        _output(output, one, (logits[:, k], labels[:, k]))
        for k, (output, one) in enumerate(zip(card.outputs, found, strict=True))
    )
    return outputs, {**_maps(found), **compress_cases(embeddings, labels)}


def _calibrate(scores: OutOfFold, column: int, *, seed: int) -> Calibrated | str:
    """Calibrate one output, or say why it cannot be."""
    if np.isnan(scores.labels[:, column]).all():
        return "not calibrated: the labelled pictures given at import say nothing of it"
    try:
        return calibrate(scores, column, seed=seed)
    except InputRefused as error:
        return f"not calibrated: {str(error).partition(': ')[2]}"


def _maps(found: Sequence[Calibrated | str]) -> Arrays:
    """Return the resampled Platt maps; of an output without labels, ones that change nothing."""
    plain = {"slopes": 1.0, "intercepts": 0.0, "prevalences": 0.5}
    return {
        f"platt_{part}": np.stack(
            [
                np.full(RESAMPLES, value) if isinstance(one, str) else getattr(one, part)
                for one in found
            ],
            axis=1,
        ).astype(np.float32)
        for part, value in plain.items()
    }


def _output(
    written: WrittenOutput,
    found: Calibrated | str,
    measured: tuple[Floats, Floats],
) -> OutputCard:
    """Return an output's card; what was not measured says so and may be anything from 0 to 1."""
    reason = found if isinstance(found, str) else None
    if not written.trained:
        reason = UNTRAINED
    if isinstance(found, str):
        calibration, conformal, points = _UNKNOWN
    else:
        calibration, conformal = found.calibration, found.conformal
        points = (*found.points, *_published(written, found, measured))
    return OutputCard(
        name=written.name,
        display=written.display,
        system=written.system,
        code=written.code,
        positive_labels=written.positive,
        needs_pretest=written.needs_pretest,
        shipped=reason is None,
        not_assessed_reason=reason,
        calibration=calibration,
        conformal=conformal,
        operating_points=points,
    )


def _published(
    written: WrittenOutput, found: Calibrated, measured: tuple[Floats, Floats]
) -> tuple[OperatingPointCard, ...]:
    """Return the authors' own cut-off, on the calibrated scale, as measured on these pictures."""
    if written.published_threshold is None:
        return ()
    scale = PlattMap(found.calibration.slope, found.calibration.intercept)
    cut = float(scale(logit(np.array([written.published_threshold])))[0])
    known = ~np.isnan(measured[1])
    called, truth = scale(measured[0][known]) >= cut, measured[1][known] > 0.5
    rows = [str(number) for number in range(len(truth))]
    weights = patient_weights(rows, rng=np.random.default_rng(0), repeats=RESAMPLES)
    rates = [
        Estimate.of(interval(measure, weights))
        for measure in (
            lambda w: confusion(called, truth, w).sensitivity(),
            lambda w: confusion(called, truth, w).specificity(),
        )
    ]
    if rates[0] is None or rates[1] is None:
        return ()
    chosen = f"the authors' own cut-off ({written.published_threshold:.4g} of their sigmoid)"
    return (
        OperatingPointCard(
            name="published",
            chosen_for=chosen,
            threshold=cut,
            sensitivity=rates[0],
            specificity=rates[1],
        ),
    )


_ANYTHING = Estimate(value=0.5, low=0.0, high=1.0)
_UNKNOWN = (
    CalibrationCard(
        slope=1.0,
        intercept=0.0,
        films=0,
        positives=0,
        prevalence=0.5,
        likelihood_ratio_low=1.0,
        likelihood_ratio_high=1.0,
        interval_coverage=0.0,
        interval_method="not calibrated",
    ),
    ConformalCard(coverage=0.9, present_from=0.0, absent_up_to=1.0),
    tuple(
        OperatingPointCard(
            name=name,
            chosen_for="not measured: the output is not calibrated",
            threshold=0.5,
            sensitivity=_ANYTHING,
            specificity=_ANYTHING,
        )
        for name in ("balanced", "sensitive", "specific")
    ),
)
