"""Score the films of a data set by the road that a patient's film takes. Needs no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.film import FilmFacts, look
from osler.analyse.gates import ClosedGate, header_gate, pixel_gates, shape_gate
from osler.analyse.graph import Graph
from osler.analyse.package import Package
from osler.learn.dataset import Row
from osler.prepare.film import SQUARE, squash
from osler.standards.pictures import decode_first, read_content

Floats = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Scores:
    """What a package made of the rows of a data set, in their order.

    Attributes
    ----------
    logits
        (rows, outputs), as the network gave them, refused films included.
    evidence
        (rows, outputs, h, w).
    closed
        For each row the gate that refused it, or None.
    parts
        (rows, 3, 224, 224), probability of right lung, left lung and heart, as float16.
    """

    logits: Floats
    evidence: npt.NDArray[np.float16]
    closed: tuple[ClosedGate | None, ...]
    parts: npt.NDArray[np.float16]

    def accepted(self) -> npt.NDArray[np.bool_]:
        """Return (rows,), True where no gate refused."""
        return np.array([gate is None for gate in self.closed])


def look_at_file(path: Path, anatomy: Graph) -> FilmFacts:
    """Read one film and outline it."""
    instance = read_content(path.read_bytes(), origin=path.name)
    return look(decode_first(instance), anatomy)


def score_rows(
    package: Package,
    anatomy: Package,
    rows: tuple[Row, ...],
    *,
    on_progress: Progress | None = None,
) -> Scores:
    """Score rows with one package. The age is taken as not stated: gates see pixels alone."""
    size = package.card.input.size
    logits, evidence, closed, parts = [], [], [], []
    for number, row in enumerate(rows):
        instance = read_content(row.path.read_bytes(), origin=row.path.name)
        picture = decode_first(instance)
        facts = look(picture, anatomy.graph)
        square = facts.square if size == SQUARE else squash(facts.square, size=size)
        answer = package.graph.run(square[None, None].astype(np.float32))
        logits.append(answer["logits"][0])
        evidence.append(answer["evidence"][0].astype(np.float16))
        parts.append(facts.parts.astype(np.float16))
        closed.append(
            header_gate(instance, package.card)
            or shape_gate(picture, instance.frames, package.card)
            or pixel_gates(facts, package.fingerprint, package.card, age_years=None)
        )
        if on_progress is not None:
            on_progress(number + 1, len(rows))
    return Scores(np.stack(logits), np.stack(evidence), tuple(closed), np.stack(parts))
