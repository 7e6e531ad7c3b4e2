"""Measure what the gates of a package refuse, on films that they were not tuned on."""

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Card, Estimate, GateCard
from osler.analyse.film import QUALITY, FilmFacts
from osler.analyse.gates import pixel_gates
from osler.analyse.heads import Arrays
from osler.evaluate.bootstrap import interval, patient_weights
from osler.learn.datasets.table import DataSet, read_dataset
from osler.learn.gatefit import Material, Sources, fit_gates

Floats = npt.NDArray[np.float32]
MOST = 800
REPEATS = 500


def measure_gates(
    material: Material, sources: Sources, fingerprint: Arrays, *, card: Card, seed: int
) -> GateCard:
    """Return the share refused of each kind of picture, the age taken as not stated.

    Own films and those of the other population are test films. Another hospital's films of the
    same population, and each kind of picture that is no chest film, were left out of the tuning
    for the figure that bears their name.
    """
    plan = material.plan
    refused: dict[str, Estimate] = {}

    def add(title: str, rows: DataSet, arrays: Arrays) -> None:
        features, part = sources.features(rows, most=MOST, seed=seed + 1)
        found = share_refused(
            features,
            [row.patient_id for row in part.rows],
            fingerprint=arrays,
            card=card,
            seed=seed,
        )
        if found is not None:
            refused[title] = found

    add(f"own test films ({plan.films[0]})", _test(sources, plan.films[0]), fingerprint)
    for name in plan.other_population:
        add(f"other population, test films ({name})", _test(sources, name), fingerprint)
    if plan.foreign is not None:
        foreign = read_dataset(sources.data / plan.foreign)
        pa = tuple(row for row in foreign.rows if row.columns.get("view", "PA") == "PA")
        title = f"another hospital, same population, PA films ({plan.foreign}, never tuned on)"
        add(title, DataSet(foreign.name, foreign.folder, pa), fingerprint)
    for kind in plan.not_films:
        without = fit_gates(material, without_kind=kind)
        rows = read_dataset(sources.data / kind)
        add(f"no chest film ({kind}, left out of the tuning)", rows, without)
        add(f"no chest film ({kind}, test films)", _test(sources, kind), fingerprint)
    return GateCard(
        tuned_with=(*plan.films, *plan.other_population, *plan.not_films),
        refused=refused,
        note="share refused by the gates that look at pixels, with no header and no age stated",
    )


def _test(sources: Sources, name: str) -> DataSet:
    """Return the test rows of a data set, or all where it has no splits."""
    whole = read_dataset(sources.data / name)
    rows = whole.where(splits=("test",))
    return rows if rows.rows else whole


def share_refused(
    features: Floats,
    patients: list[str],
    *,
    fingerprint: Arrays,
    card: Card,
    seed: int,
) -> Estimate | None:
    """Return the share of films that some gate refuses, with its interval by patient."""
    refused = np.array([_refuses(row, fingerprint, card) for row in features])
    weights = patient_weights(patients, rng=np.random.default_rng(seed), repeats=REPEATS)
    return Estimate.of(interval(lambda w: float(np.average(refused, weights=w)), weights))


def _refuses(features: Floats, fingerprint: Arrays, card: Card) -> bool:
    """Tell whether the pixel gates refuse a film, from its features alone."""
    nothing = np.zeros((0, 0), dtype=np.float32)
    facts = FilmFacts(nothing, nothing, features[-len(QUALITY) :], features)
    return pixel_gates(facts, fingerprint, card, age_years=None) is not None
