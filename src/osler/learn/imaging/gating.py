"""Fit the gates of a package of any kind of picture, and measure what they refuse. No torch.

They look at what the gates of chest films look at: the features of chest-anatomy, which tell
kinds of picture apart whatever they show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Card, Estimate, GateCard
from osler.analyse.film import QUALITY
from osler.learn.datasets.table import DataSet, read_dataset
from osler.learn.gatecheck import share_refused
from osler.learn.gatefit import (
    Sources,
    fit_distance,
    fit_head,
    pictures_of_nothing,
    quality_limits,
    see,
)

Floats = npt.NDArray[np.float32]
Arrays = dict[str, npt.NDArray[np.generic]]
PICTURES_A_SET = 400
MEASURED = 400
ACCEPTED_FROM = 0.5
QUALITY_OF_ANY = QUALITY.index("flat border") + 1  # those before have nothing to do with lungs


@dataclass(frozen=True)
class Kinds:
    """Features of pictures: those learnt from, and by data set those of other kinds."""

    own: Floats
    others: Mapping[str, Floats]


def gather_kinds(own: Sequence[DataSet], others: Sequence[str], sources: Sources) -> Kinds:
    """See the pictures that a package learnt from, and some of other kinds.

    Parameters
    ----------
    own
        Training rows; the first data set is the one that distance and quality are fitted to.
    others
        Names of data sets of other kinds.
    """
    rng = np.random.default_rng(0)
    seen = [sources.features(rows, most=PICTURES_A_SET, seed=1)[0] for rows in own]
    other = {name: _training(name, sources) for name in others}
    other["nothing"] = see(pictures_of_nothing(rng), sources.anatomy)
    return Kinds(np.concatenate(seen), other)


def _training(name: str, sources: Sources) -> Floats:
    """Return features of the training pictures of another kind."""
    whole = read_dataset(sources.data / name)
    rows = whole.where(splits=("train", "val")) if whole.has_splits() else whole
    return sources.features(rows, most=PICTURES_A_SET, seed=1)[0]


def fit_picture_gates(kinds: Kinds, *, without: str | None = None) -> Arrays:
    """Fit the frame, quality and distribution gates.

    ``without`` leaves one kind out, to measure how a kind never seen is refused.
    """
    others = [seen for name, seen in kinds.others.items() if name != without]
    frame = fit_head({"film": kinds.own, "other": np.concatenate(others)})
    limits = quality_limits(kinds.own)
    return {
        **frame.arrays("frame"),
        "frame_threshold": np.asarray(ACCEPTED_FROM, dtype=np.float32),
        **{name: values[:QUALITY_OF_ANY] for name, values in limits.items()},
        **fit_distance(kinds.own, kinds.own).arrays("distance"),
    }


def measure_picture_gates(
    kinds: Kinds, sources: Sources, *, test: DataSet, card: Card, fingerprint: Arrays
) -> GateCard:
    """Return the share refused of own test pictures and of every other kind, never tuned on."""
    refused: dict[str, Estimate] = {}

    def add(title: str, rows: DataSet, arrays: Arrays) -> None:
        features, part = sources.features(rows, most=MEASURED, seed=2)
        found = share_refused(
            features,
            [row.patient_id for row in part.rows],
            fingerprint=arrays,
            card=card,
            seed=3,
        )
        if found is not None:
            refused[title] = found

    add(f"own test pictures ({test.name})", test, fingerprint)
    for name in kinds.others:
        if name == "nothing":
            continue
        whole = read_dataset(sources.data / name)
        rows = whole.where(splits=("test",))
        unseen = rows if rows.rows else whole
        add(
            f"other kind ({name}, left out of the tuning)",
            unseen,
            fit_picture_gates(kinds, without=name),
        )
        add(f"other kind ({name}, test pictures)", unseen, fingerprint)
    return GateCard(
        tuned_with=tuple(name for name in kinds.others),
        refused=refused,
        note="share refused by the gates that look at pixels, with no header and no age stated",
    )
