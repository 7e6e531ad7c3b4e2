"""Does the package's graph answer as the model did, and where did the model look? No torch."""

import numpy as np
import numpy.typing as npt

from osler.analyse.graph import Graph
from osler.errors import InputRefused
from osler.evaluate.calibration import expit
from osler.learn.importing.bringing import Brought
from osler.learn.importing.heads import find_head
from osler.learn.importing.surgery import Adopted, adopt
from osler.learn.importing.written import WrittenCard

Floats = npt.NDArray[np.float32]
PARITY_LIMIT = 1e-4
CELLS = 7
RANDOM_PICTURES = 8


def fed(pictures: Floats, card: WrittenCard) -> Floats:
    """Return Osler's pictures (N,C,S,S), 0 to 1, as the model was trained to see them."""
    plan = card.graph
    low, high = plan.range
    mean, std = (
        np.asarray(one, dtype=np.float32).reshape(1, -1, 1, 1) for one in (plan.mean, plan.std)
    )
    ready = ((pictures * np.float32(high - low) + np.float32(low)) - mean) / std
    if plan.layout == "NHWC":
        ready = ready.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(ready, dtype=np.float32)


def run(graph: Graph, pictures: Floats) -> dict[str, Floats]:
    """Run a package's graph picture by picture, as it is served."""
    found = [graph.run(one[None]) for one in pictures]
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}


def random_pictures(card: WrittenCard, *, rng: np.random.Generator) -> Floats:
    """Return pictures of noise, from nearly flat to full range."""
    shape = (RANDOM_PICTURES, card.input.channels, card.input.size, card.input.size)
    reach = np.linspace(0.1, 1.0, RANDOM_PICTURES).reshape(-1, 1, 1, 1)
    return np.asarray(rng.random(shape) * reach, dtype=np.float32)


def parity(brought: Brought, adopted: Adopted, card: WrittenCard, *, pictures: Floats) -> float:
    """Return the largest difference between the model's and the package's probabilities.

    Raises
    ------
    InputRefused
        They differ by more than 0.0001, or are no numbers.
    """
    given = _probabilities(brought, card, pictures)[:, list(card.columns())]
    found = expit(run(Graph(adopted.content), pictures)["logits"])
    worst = float(np.abs(found - given).max())
    if not worst <= PARITY_LIMIT:
        raise InputRefused(
            f"the package would answer otherwise than the model: probabilities differ by up to "
            f"{worst:.2g}, allowed {PARITY_LIMIT:g}; look at graph.answers on the card"
        )
    return worst


def _probabilities(
    brought: Brought, card: WrittenCard, pictures: Floats
) -> npt.NDArray[np.float64]:
    """Return what the model itself answers, as probabilities (N, all outputs)."""
    given = np.asarray(brought.answers(fed(pictures, card)), dtype=np.float64)
    given = given.reshape(len(given), -1)
    output = card.graph.output or brought.model.graph.output[0].name
    if find_head(brought.model, output).ending or card.graph.answers == "probabilities":
        return given
    if card.graph.answers == "logits":
        return expit(given)
    shares = np.exp(given - given.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def adopt_checked(brought: Brought, card: WrittenCard, *, rng: np.random.Generator) -> Adopted:
    """Return the package's graph; its maps are kept only where they add up to its logits."""
    adopted = adopt(brought.model, card)
    if adopted.evidence == "none":
        return adopted
    answer = run(Graph(adopted.content), random_pictures(card, rng=rng))
    rest = answer["logits"] - answer["evidence"].mean(axis=(2, 3))
    spread = float(np.ptp(rest, axis=0).max())
    if adopted.evidence == "map" and spread > 1e-3 * max(1.0, float(np.abs(rest).max())):
        return adopt(brought.model, card, with_evidence=False)
    return adopted


def occlusion(graph: Graph, picture: Floats, *, cells: int = CELLS) -> Floats:
    """Return by how much each logit falls when a cell is painted with the picture's mean.

    ``picture`` is (C,S,S); the maps are (K, cells, cells). What speaks for an output is above 0.
    """
    whole = graph.run(picture[None])["logits"][0]
    size = picture.shape[-1]
    edges = np.linspace(0, size, cells + 1).round().astype(int)
    out = np.zeros((len(whole), cells, cells), dtype=np.float32)
    for row in range(cells):
        for column in range(cells):
            hidden = picture.copy()
            place = (slice(edges[row], edges[row + 1]), slice(edges[column], edges[column + 1]))
            hidden[(slice(None), *place)] = picture.mean(axis=(1, 2), keepdims=True)
            out[:, row, column] = whole - graph.run(hidden[None])["logits"][0]
    return out
