"""Score the films of a data set by the road that a patient's film takes. Needs no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from osler.analyse.film import FilmFacts, look
from osler.analyse.gates import ClosedGate, header_gate, pixel_gates, shape_gate
from osler.analyse.graph import Graph
from osler.analyse.package import Package
from osler.clinical import Picture
from osler.errors import InputRefused
from osler.learn.datasets.table import Row
from osler.prepare.film import SQUARE, squash
from osler.prepare.picture import network_input
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
    lungs
        (rows, h, w), the share of each cell of the map that is lung.
    """

    logits: Floats
    evidence: npt.NDArray[np.float16]
    closed: tuple[ClosedGate | None, ...]
    lungs: npt.NDArray[np.float16]

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
    """Score rows with one package. The age is taken as not stated: gates see pixels alone.

    A film that does not read is closed by the gate 'decode' with its sentence; its scores are
    NaN. It is counted as refused, and stops nothing.

    Raises
    ------
    InputRefused
        Not one film can be read.
    """
    seen: list[_Seen | ClosedGate] = []
    for number, row in enumerate(rows):
        seen.append(_score(package, anatomy, row))
        if on_progress is not None:
            on_progress(number + 1, len(rows))
    first = next((one for one in seen if isinstance(one, _Seen)), None)
    if first is None:
        raise InputRefused(f"none of {len(rows)} films can be read; first: {_reason(seen)}")
    lost = _Seen(
        np.full_like(first.logits, np.nan),
        np.full_like(first.evidence, np.nan),
        np.full_like(first.lungs, np.nan),
        None,
    )
    found = [one if isinstance(one, _Seen) else lost for one in seen]
    return Scores(
        logits=np.stack([one.logits for one in found]),
        evidence=np.stack([one.evidence for one in found]),
        closed=tuple(one if isinstance(one, ClosedGate) else one.gate for one in seen),
        lungs=np.stack([one.lungs for one in found]),
    )


class _Seen(NamedTuple):
    """What one film that could be read gave."""

    logits: Floats
    evidence: npt.NDArray[np.float16]
    lungs: npt.NDArray[np.float16]
    gate: ClosedGate | None


def _input(package: Package, picture: Picture, facts: FilmFacts) -> Floats:
    """Return what the package reads: (C, size, size)."""
    if package.card.task != "classification":
        return network_input(picture, package.card.input.picture())
    size = package.card.input.size
    return (facts.square if size == SQUARE else squash(facts.square, size=size))[None]


def _reason(seen: list[_Seen | ClosedGate]) -> str:
    """Return the sentence of the first film that was not read."""
    return next((one.reason for one in seen if isinstance(one, ClosedGate)), "there are none")


def _score(package: Package, anatomy: Package, row: Row) -> _Seen | ClosedGate:
    """Score one film, or say why it does not read."""
    try:
        instance = read_content(row.path.read_bytes(), origin=row.path.name)
        picture = decode_first(instance)
    except InputRefused as error:
        return ClosedGate("decode", str(error))
    facts = look(picture, anatomy.graph)
    answer = package.graph.run(_input(package, picture, facts)[None].astype(np.float32))
    evidence = answer["evidence"][0]
    gate = (
        header_gate(instance, package.card)
        or shape_gate(picture, instance.frames, package.card)
        or pixel_gates(facts, package.fingerprint, package.card, age_years=None)
    )
    lungs = squash((facts.parts[:2].max(axis=0) >= 0.5).astype(np.float32), size=evidence.shape[-1])
    return _Seen(answer["logits"][0], evidence.astype(np.float16), lungs.astype(np.float16), gate)
