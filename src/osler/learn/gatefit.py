"""Fit the gates of a package on what its recipe names, and measure what they refuse.

Needs scikit-learn; no torch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from sklearn.linear_model import LogisticRegression

from osler.analyse.film import QUALITY, look_at_squares
from osler.analyse.graph import Graph
from osler.analyse.heads import Distance, LinearHead
from osler.learn.datasets.table import DataSet, read_dataset
from osler.learn.films import load_square
from osler.learn.recipe import GatePlan

Floats = npt.NDArray[np.float32]
FILMS_A_SET = 400
CHANGED_FILMS = 160
FRAME_THRESHOLD = 0.8
STRENGTH = 0.05  # inverse ridge of the linear heads
AXES = 24
LEAST_WIDENING = 0.05
FLAT = 1e-4  # an axis this much shorter than the first holds rounding, not films


@dataclass(frozen=True)
class Sources:
    """Where films come from and how they are seen."""

    data: Path
    cache: Path
    anatomy: Graph
    anatomy_sha256: str

    def features(self, dataset: DataSet, *, most: int, seed: int) -> tuple[Floats, DataSet]:
        """Return gate features of at most ``most`` films drawn from a data set, and these rows."""
        rng = np.random.default_rng(seed)
        picked = sorted(rng.permutation(len(dataset.rows))[:most])
        part = DataSet(dataset.name, dataset.folder, tuple(dataset.rows[i] for i in picked))
        key = f"{part.name}-{part.fingerprint()[:12]}-{self.anatomy_sha256[:8]}.npy"
        file = self.cache / "features" / key
        if file.is_file():
            return np.load(file, allow_pickle=False), part
        squares = np.stack([load_square(row.path) for row in part.rows])
        features = see(squares.astype(np.float32) / 255.0, self.anatomy)
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, features)
        return features, part


def see(squares: Floats, anatomy: Graph) -> Floats:
    """Return gate features (n, d) of canonical squares (n, 224, 224), 0 to 1."""
    parts = [look_at_squares(squares[i : i + 32], anatomy) for i in range(0, len(squares), 32)]
    return np.stack([facts.features for part in parts for facts in part])


@dataclass(frozen=True)
class Material:
    """Features of everything that the gates of one package are fitted on, by name."""

    plan: GatePlan
    own: Mapping[str, Floats]
    others: Mapping[str, Floats]
    changed: Mapping[str, Floats]
    kinds: Mapping[str, Floats]


def gather(plan: GatePlan, sources: Sources, *, seed: int) -> Material:
    """See all films that a recipe names, and changed copies of some."""
    rng = np.random.default_rng(seed)
    return Material(
        plan=plan,
        own=_training_features(plan.films, sources, seed),
        others=_training_features(plan.other_population, sources, seed),
        changed=_changed_films(plan, sources, rng),
        kinds={
            **_training_features(plan.not_films, sources, seed),
            "nothing": see(pictures_of_nothing(rng), sources.anatomy),
        },
    )


def fit_gates(
    material: Material, *, without_kind: str | None = None
) -> dict[str, npt.NDArray[np.generic]]:
    """Fit frame, population, quality and distribution gates.

    Parameters
    ----------
    material
        From `gather`.
    without_kind
        One kind of picture to leave out, to measure how a kind never seen is refused.

    Returns
    -------
    Arrays for the package's fingerprint.
    """
    own, others = list(material.own.values()), list(material.others.values())
    kinds = [seen for name, seen in material.kinds.items() if name != without_kind]
    frame = fit_head(
        {
            **{name: seen for name, seen in material.changed.items() if name != "film"},
            "film": np.concatenate([*own, *others, material.changed["film"]]),
            "other": np.concatenate(kinds),
        }
    )
    names = ("adult", "child") if material.plan.population == "adult" else ("child", "adult")
    population = fit_head({names[0]: np.concatenate(own), names[1]: np.concatenate(others)})
    learnt = material.own[material.plan.films[0]]
    return {
        **frame.arrays("frame"),
        "frame_threshold": np.asarray(FRAME_THRESHOLD, dtype=np.float32),
        **population.arrays("population"),
        **quality_limits(learnt),
        **fit_distance(learnt, np.concatenate(own)).arrays("distance"),
    }


def _training_features(names: Iterable[str], sources: Sources, seed: int) -> dict[str, Floats]:
    """Return features of training films by data set."""
    out = {}
    for name in names:
        whole = read_dataset(sources.data / name)
        rows = whole.where(splits=("train", "val")) if whole.has_splits() else whole
        out[name], _ = sources.features(rows, most=FILMS_A_SET, seed=seed)
    return out


def _changed_films(plan: GatePlan, sources: Sources, rng: np.random.Generator) -> dict[str, Floats]:
    """Return features of films that were turned, inverted, cropped, or changed in their greys."""
    squares = []
    for name in (*plan.films, *plan.other_population):
        rows = read_dataset(sources.data / name).where(splits=("train", "val")).rows
        picked = rng.permutation(len(rows))[: CHANGED_FILMS // 2]
        squares += [load_square(rows[i].path).astype(np.float32) / 255.0 for i in picked]
    films = np.stack(squares)
    return {name: see(changed, sources.anatomy) for name, changed in _changes(films, rng).items()}


def _changes(films: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Return films turned, inverted and cropped, and films changed only in their greys."""
    half = len(films) // 2
    return {
        "turned": np.concatenate(
            [np.rot90(films[:half], 1, axes=(1, 2)), np.rot90(films[half:], -1, axes=(1, 2))]
        ).copy(),
        "upside down": np.rot90(films, 2, axes=(1, 2)).copy(),
        "inverted": (1.0 - films).copy(),
        "cropped": np.stack([_crop(film, rng) for film in films]),
        "film": np.stack([film ** np.exp(rng.uniform(-0.5, 0.5)) for film in films]),
    }


def _crop(film: Floats, rng: np.random.Generator) -> Floats:
    """Return a random 35 to 55 % of a film's sides, blown up to the square."""
    side = int(len(film) * rng.uniform(0.35, 0.55))
    top, left = (int(rng.integers(0, len(film) - side)) for _ in range(2))
    part = film[top : top + side, left : left + side]
    zoomed: Floats = ndimage.zoom(part, len(film) / side, order=1)
    return np.clip(zoomed[: len(film), : len(film)], 0.0, 1.0)


def pictures_of_nothing(rng: np.random.Generator, *, each: int = 20) -> Floats:
    """Return noise, smooth clouds and ramps: pictures of nothing."""
    noise = rng.random((each, 224, 224))
    clouds = np.stack([ndimage.gaussian_filter(picture, 12) for picture in noise])
    clouds = (clouds - clouds.min()) / (clouds.max() - clouds.min())
    ramps = np.linspace(0, 1, 224)[None, None, :] * rng.uniform(0.3, 1, (each, 224, 1))
    return np.concatenate([noise, clouds, ramps]).astype(np.float32)


def fit_head(groups: Mapping[str, Floats]) -> LinearHead:
    """Fit a ridge-penalised multinomial logistic regression, each class weighed equally."""
    names = sorted(groups)
    features = np.concatenate([groups[name] for name in names])
    labels = np.concatenate([np.full(len(groups[name]), i) for i, name in enumerate(names)])
    mean = features.mean(axis=0)
    scale = features.std(axis=0) + 1e-3 * np.abs(features).mean()
    z = np.clip((features - mean) / scale, -8.0, 8.0)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(z, labels)
    weights, bias = model.coef_, model.intercept_
    if len(names) == 2:
        weights = np.concatenate([np.zeros_like(weights), weights])
        bias = np.concatenate([np.zeros_like(bias), bias])
    as_float = [np.asarray(part, dtype=np.float32) for part in (weights, bias, mean, scale)]
    return LinearHead(tuple(names), *as_float)


def quality_limits(features: Floats) -> dict[str, npt.NDArray[np.generic]]:
    """Return the range of each quality measure on training films, widened by itself each way.

    One hospital's films are more alike than usable films are: its habits of collimation and
    printing must not refuse the next hospital's.
    """
    measures = features[:, -len(QUALITY) :]
    low, high = np.percentile(measures, [0.2, 99.8], axis=0)
    wider = (high - low) + LEAST_WIDENING
    return {
        "quality_low": (low - wider).astype(np.float32),
        "quality_high": (high + wider).astype(np.float32),
    }


def fit_distance(features: Floats, accepted: Floats) -> Distance:
    """Fit the distance to a training set; the limit is twice what it reaches in 99.5 %."""
    mean = features.mean(axis=0)
    _, values, axes = np.linalg.svd(features - mean, full_matrices=False)
    varied = int((values[:AXES] > FLAT * values[0]).sum())
    axes, scale = axes[:varied], (values[:varied] / np.sqrt(len(features))).astype(np.float32)
    distance = Distance(mean, axes, scale, limit=np.inf)
    reach = float(np.percentile(distance.of_features(accepted), 99.5))
    return Distance(mean, axes, scale, limit=2.0 * reach)
