"""Gates are fitted on what a recipe names, and measured on what it left out."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from make.dataset import a_dataset
from make.package import CORNERS, FEATURES, a_card, a_film, a_fingerprint, an_outlining_graph
from osler.analyse.film import QUALITY
from osler.analyse.graph import Graph
from osler.learn.datasets.table import read_dataset
from osler.learn.gatecheck import measure_gates, share_refused
from osler.learn.gatefit import Sources, fit_distance, fit_gates, fit_head, gather
from osler.learn.recipe import GatePlan

Grey = npt.NDArray[np.float32]


def a_cloud(*, at: float, count: int = 200) -> Grey:
    """Return features around a point."""
    return np.random.default_rng(0).normal(at, 1.0, (count, 6)).astype(np.float32)


def test_a_head_tells_two_clouds_apart_and_is_in_doubt_between() -> None:
    """In the middle of two equal kinds the gate must say one half, not guess."""
    head = fit_head({"film": a_cloud(at=2.0), "other": a_cloud(at=-2.0, count=50)})
    points = np.array([[2.0] * 6, [-2.0] * 6, [0.0] * 6], dtype=np.float32)
    shares = head.probabilities(points)[:, head.classes.index("film")]
    assert shares[0] > 0.95
    assert shares[1] < 0.05
    assert shares[2] == pytest.approx(0.5, abs=0.15)


def test_the_limit_of_distance_is_twice_what_nearly_all_reach() -> None:
    """A film twice as far as the farthest of two hundred is unlike all that was learnt."""
    films = a_cloud(at=0.0)
    distance = fit_distance(films, films)
    reached = distance.of_features(films)
    assert np.sqrt((reached**2).mean()) == pytest.approx(1.0, abs=0.02)
    assert distance.limit == pytest.approx(2 * np.percentile(reached, 99.5), rel=1e-5)
    assert distance.of_features(np.full((1, 6), 9.0, dtype=np.float32))[0] > distance.limit


def test_what_never_varies_is_no_axis() -> None:
    """Five films on a line have one axis; dividing by the others' zero would refuse every film."""
    line = np.outer(np.arange(5), [3.0, 4.0, 0.0]).astype(np.float32)
    distance = fit_distance(line, line)
    assert distance.axes.shape == (1, 3)
    assert distance.of_features(line) == pytest.approx(np.abs(np.arange(5) - 2) / np.sqrt(2))


def test_the_share_refused_is_counted_by_hand() -> None:
    """Three of four: one film without lungs, one child's, one blank."""
    measures = {"contrast": 0.25, "right lung area": 0.2, "lungs apart": 0.55}
    features = np.zeros((4, FEATURES), dtype=np.float32)
    for name, value in measures.items():
        features[:, CORNERS + QUALITY.index(name)] = value
    for row, name in ((1, "right lung area"), (2, "lungs apart"), (3, "contrast")):
        features[row, CORNERS + QUALITY.index(name)] = 0.0
    found = share_refused(
        features, list("abcd"), fingerprint=a_fingerprint(), card=a_card(), seed=0
    )
    assert found is not None
    assert found.value == 0.75
    assert found.low < 0.75 < found.high


def varied(rng: np.random.Generator, *, narrow: bool) -> Grey:
    """Return a drawn film with noise and its own greys."""
    film = a_film(narrow=narrow)
    noisy = film * rng.uniform(0.9, 1.05) + rng.normal(0, 3.0, film.shape)
    return np.clip(noisy, 0, 255).astype(np.float32)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """Return drawn adults, children, and pictures of nothing, on disk."""
    data, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(1)
    for name, narrow in (("adults", False), ("children", True)):
        lines = [
            {
                "file": f"{i}.png",
                "patient_id": f"{name}{i}",
                "split": "test" if i % 4 == 0 else "train",
            }
            for i in range(40)
        ]
        a_dataset(
            data / name, lines, films={f"{i}.png": varied(rng, narrow=narrow) for i in range(40)}
        )
    stripes = np.tile((np.arange(224) % 32 < 16) * 255.0, (224, 1))
    films = {f"{i}.png": np.roll(stripes, i, axis=1).astype(np.float32) for i in range(20)}
    a_dataset(data / "stripes", [{"file": name} for name in films], films=films)
    return Sources(data, data / "cache", Graph(an_outlining_graph()), "0" * 64)


def test_fitted_gates_pass_their_own_and_refuse_the_rest(sources: Sources) -> None:
    """Adults pass; children, stripes, inverted and turned films do not, each measured unseen."""
    plan = GatePlan(
        population="adult",
        films=("adults",),
        other_population=("children",),
        not_films=("stripes",),
    )
    material = gather(plan, sources, seed=0)
    fingerprint = fit_gates(material)
    card = measure_gates(material, sources, fingerprint, card=a_card(), seed=0)
    assert card.tuned_with == ("adults", "children", "stripes")
    assert card.refused["own test films (adults)"].value <= 0.1
    assert card.refused["other population, test films (children)"].value == 1.0
    assert card.refused["no chest film (stripes, test films)"].value == 1.0
    for name in ("inverted", "turned", "upside down"):
        changed = material.changed[name]
        refused = share_refused(
            changed,
            [str(i) for i in range(len(changed))],
            fingerprint=fingerprint,
            card=a_card(),
            seed=0,
        )
        assert refused is not None
        assert refused.value >= 0.9, name


def test_features_that_were_seen_once_are_kept(sources: Sources, tmp_path: Path) -> None:
    """The same rows give the same features, from the cache or not."""
    rows = read_dataset(sources.data / "adults")
    kept = Sources(sources.data, tmp_path, sources.anatomy, sources.anatomy_sha256)
    first, part = kept.features(rows, most=5, seed=3)
    again, _ = kept.features(rows, most=5, seed=3)
    assert first.shape == (5, FEATURES)
    assert len(part.rows) == 5
    np.testing.assert_array_equal(first, again)
