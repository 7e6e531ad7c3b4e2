"""The sanity suite of a package's maps on a data set, as figures of its card.

Randomising weights needs onnx; without it that one figure is left out. No torch.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate
from osler.analyse.graph import Graph
from osler.analyse.package import Package
from osler.clinical import Picture
from osler.errors import InputRefused
from osler.evaluate.bootstrap import interval, patient_weights
from osler.evaluate.sanity import Score, faithfulness, points_at, rank_correlation
from osler.learn.datasets.table import DataSet, Row
from osler.learn.evaluation import outputs_in
from osler.learn.masks import read_mask
from osler.learn.scoring import Progress
from osler.prepare.film import canonical
from osler.prepare.picture import fitted_mask, network_input
from osler.standards.pictures import decode_first, read_content

Floats = npt.NDArray[np.float32]
MOST = 60
FEWEST = 5
SMALLEST_SHUFFLED = 64
REPEATS = 500


@dataclass(frozen=True)
class _Pictured:
    """A positive picture: what its network reads, which output is positive, and where, if drawn."""

    row: Row
    image: Floats
    output: int
    place: npt.NDArray[np.bool_] | None


def sanity_figures(
    package: Package, rows: DataSet, *, seed: int, on_progress: Progress | None = None
) -> dict[str, Estimate]:
    """Check the maps of a package on at most 60 pictures that are positive for some output.

    Of a picture with several positive outputs the one with the highest logit counts. A column
    ``mask`` (files) says where; without it the pointing game is left out.

    Raises
    ------
    InputRefused
        The package has no outputs, or the data set no positive picture that can be read.
    """
    if not package.card.outputs:
        raise InputRefused(f"{package.card.name} gives no maps: it has no outputs to check")
    score = score_of(package.graph)
    chosen = _positives(package, rows, score, seed=seed)
    changed = randomised(package, seed=seed)
    values: dict[str, list[float]] = {}
    rng = np.random.default_rng(seed)
    for number, one in enumerate(chosen):
        for name, value in _checked(score, changed, one, rng=rng).items():
            values.setdefault(name, []).append(value)
        if on_progress is not None:
            on_progress(number + 1, len(chosen))
    patients = [one.row.patient_id for one in chosen]
    drawn = [one.row.patient_id for one in chosen if one.place is not None]
    found: dict[str, Estimate] = {}
    for name, each in values.items():
        estimate = _mean(each, patients if len(each) == len(patients) else drawn, seed=seed)
        if estimate is not None and len(each) >= FEWEST:
            found[f"{name} (n={len(each)})"] = estimate
    return found


def _checked(
    score: Score, changed: Score | None, one: _Pictured, *, rng: np.random.Generator
) -> dict[str, float]:
    """Return every check of one picture."""
    evidence = score(one.image[None])[1][0, one.output]
    found: dict[str, float] = {}
    if changed is not None:
        other = changed(one.image[None])[1][0, one.output]
        name = "sanity: rank correlation of maps before and after weights are shuffled"
        found[name] = rank_correlation(evidence, other)
    kept = faithfulness(score, one.image, one.output, rng=rng)
    found["sanity: probability while the map's cells are blurred first"] = kept.deletion
    found["sanity: the same, cells by chance"] = kept.deletion_by_chance
    found["sanity: probability while the map's cells are sharpened first"] = kept.insertion
    found["sanity: the same sharpened, cells by chance"] = kept.insertion_by_chance
    if one.place is not None:
        found["sanity: peak of the map inside what was drawn"] = float(
            points_at(evidence, one.place)
        )
        found["sanity: the same, a point by chance"] = float(one.place.mean())
    return found


def score_of(graph: Graph) -> Score:
    """Return a graph as the function that the checks call."""

    def score(pictures: Floats) -> tuple[Floats, Floats]:
        answer = graph.run(pictures)
        return answer["logits"], answer["evidence"]

    return score


def _positives(package: Package, rows: DataSet, score: Score, *, seed: int) -> list[_Pictured]:
    """Return pictures that are positive for an output, and which one."""
    columns, labels = outputs_in(package.card, rows.rows)
    positive = np.flatnonzero((labels == 1).any(axis=1))
    order = np.random.default_rng(seed).permutation(positive)
    found: list[_Pictured] = []
    for n in order:
        row = rows.rows[n]
        try:
            picture = decode_first(read_content(row.path.read_bytes(), origin=row.path.name))
        except InputRefused:
            continue
        image = _input(package, picture)
        logits = score(image[None])[0][0]
        outputs = [c for k, c in enumerate(columns) if labels[n, k] == 1]
        output = max(outputs, key=lambda c: float(logits[c]))
        found.append(_Pictured(row, image, output, _place(package, rows, row, picture=picture)))
        if len(found) == MOST:
            break
    if not found:
        raise InputRefused(f"{rows.name} has no positive picture of any output that can be read")
    return found


def _input(package: Package, picture: Picture) -> Floats:
    """Return what the package's network reads."""
    if package.card.task == "classification":
        return canonical(picture, size=package.card.input.size)[None]
    return network_input(picture, package.card.input.picture())


def _place(
    package: Package, rows: DataSet, row: Row, *, picture: Picture
) -> npt.NDArray[np.bool_] | None:
    """Return what was drawn on a picture, on the network's square; None where nothing was."""
    name = row.columns.get("mask") or ""
    if not name or package.card.task != "picture":
        return None
    mask = read_mask(rows.folder, name, picture=picture)
    place = fitted_mask(mask, picture, package.card.input.picture())
    return place if place.any() else None


def randomised(package: Package, *, seed: int) -> Score | None:
    """Return the package's graph with the numbers of every weight shuffled; None without onnx."""
    if importlib.util.find_spec("onnx") is None:
        return None
    import onnx  # noqa: PLC0415 - not part of the serving installation
    from onnx import numpy_helper  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    model = onnx.load_from_string((package.folder / "model.onnx").read_bytes())
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.size >= SMALLEST_SHUFFLED and values.ndim > 1:
            mixed = rng.permutation(values.ravel()).reshape(values.shape)
            tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
    return score_of(Graph(model.SerializeToString()))


def _mean(values: Sequence[float], patients: Sequence[str], *, seed: int) -> Estimate | None:
    """Return a mean with its interval by patient."""
    if not values:
        return None
    kept = np.asarray(values)
    weights = patient_weights(patients, rng=np.random.default_rng(seed), repeats=REPEATS)
    return Estimate.of(interval(lambda w: float(np.average(kept, weights=w)), weights))
