"""How fast is one film, from its decoded array: outlines, gates, score and map.

Osler is measured beside PyTorch eager with Grad-CAM on the same networks, in turns in one
process: both prepare the same array, outline the film, run the same gates, score it, and draw
where the evidence lies. Grad-CAM is measured in two ways: as it is usually done, by a backward
pass through the network as it was loaded (one for the highest output, or one an output, which is
what Osler gives); and in the thriftiest way there is, with gradients of the last features alone.
Osler runs on one thread whatever it is allowed (see osler.analyse.graph).

The peer needs torch. Run it with ``python benchmarks/inference.py`` in the training environment
(``make train-setup``); where torch is absent this says so and ends.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from osler.analyse.card import InputContract
from osler.analyse.film import FilmFacts, look, measure_quality
from osler.analyse.gates import pixel_gates
from osler.analyse.graph import Graph
from osler.analyse.package import Package
from osler.analyse.registry import default_folder, find_package, list_packages
from osler.analyse.study import score_film
from osler.clinical import InstanceUid, Picture
from osler.explain.regions import Outlines, explain
from osler.prepare.film import SQUARE, canonical, squash

ROUNDS = 15
WANTED_RATIO = 3.0
OUTPUTS = 14
SLOW = 3  # the step with a backward pass an output runs every fifth round only
UID = InstanceUid("2.25.1")

Step = Callable[[Picture], object]
Grey = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Judge:
    """A shipped package, or an untrained network of the same shape where none is built yet."""

    name: str
    outputs: int
    size: int
    package: Package | None
    graph: Graph

    def evidence(self, facts: FilmFacts) -> Grey:
        """Score a film; return the map of its highest output."""
        if self.package is not None:
            scored = score_film(self.package, facts, UID)
            return max(scored, key=lambda one: one.logit).evidence
        square = facts.square if self.size == SQUARE else squash(facts.square, size=self.size)
        answer = self.graph.run(square[None, None])
        found: Grey = answer["evidence"][0, int(answer["logits"][0].argmax())]
        return found


def a_large_film() -> Picture:
    """Return a film of 2,000 x 1,700 pixels as it comes out of decoding."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:2000, 0:1700].astype(np.float32)
    pixels = 2000 + 800 * np.sin(columns / 270) * np.cos(rows / 400)
    pixels += rng.normal(scale=20, size=pixels.shape)
    return Picture(UID, 0, pixels.astype(np.float32), (1000.0, 3200.0))


def the_judge(torch_network: Callable[[int], Any]) -> Judge:
    """Return the first shipped judge, else an untrained one with 14 outputs."""
    for listed in list_packages(default_folder()):
        if listed.card is not None and listed.card.task == "classification":
            package = find_package(default_folder(), listed.name, allowed=frozenset({listed.name}))
            contract: InputContract = package.card.input
            outputs = len(package.card.outputs)
            return Judge(listed.name, outputs, contract.size, package, package.graph)
    from osler.learn.export import export  # noqa: PLC0415 - needs torch

    names = ("logits", "evidence", "embedding")
    content = export(torch_network(OUTPUTS), size=SQUARE, names=names, weights="float32")
    return Judge("an untrained network", OUTPUTS, SQUARE, None, Graph(content))


def osler_on(judge: Judge, anatomy: Package) -> Step:
    """Return Osler's way: look, gates, score, places."""

    def run(picture: Picture) -> object:
        facts = look(picture, anatomy.graph)
        pixel_gates(facts, anatomy.fingerprint, anatomy.card, age_years=None)
        shape = picture.pixels.shape[:2]
        return explain(
            judge.evidence(facts),
            Outlines.of(facts.parts),
            instance_uid=UID,
            shape=(int(shape[0]), int(shape[1])),
            similar=None,
        )

    return run


def grad_cam_on(
    judge: Judge, anatomy: Package, networks: tuple[Any, Any], *, maps: int, thrifty: bool = False
) -> Step:
    """Return the same work in PyTorch eager, with ``maps`` Grad-CAM maps of the film."""
    import torch  # noqa: PLC0415 - optional

    outlines, scorer = networks
    target = scorer.encoder._bn1  # noqa: SLF001 - the last layer before pooling

    def cams(square: Grey) -> list[Grey]:
        """Score a square and return the maps of its highest outputs."""
        scorer.requires_grad_(not thrifty)
        target.requires_grad_(requires_grad=True)
        kept: list[Any] = []
        hook = target.register_forward_hook(lambda _module, _given, out: kept.append(out))
        logits = scorer(torch.from_numpy(square)[None, None]).logits[0]
        hook.remove()
        features = kept[0]
        features.retain_grad()
        found = []
        for number in logits.argsort(descending=True)[:maps]:
            if thrifty:
                (gradient,) = torch.autograd.grad(logits[number], features, retain_graph=True)
            else:
                scorer.zero_grad()
                features.grad = None
                logits[number].backward(retain_graph=maps > 1)
                gradient = features.grad
            weights = gradient.mean(dim=(2, 3), keepdim=True)
            found.append((weights * features).sum(dim=1).relu()[0].detach().numpy())
        return found

    def run(picture: Picture) -> object:
        square = canonical(picture)
        with torch.no_grad():
            outlined = outlines(torch.from_numpy(square)[None, None])
        parts = outlined.logits[0].sigmoid().numpy()
        quality = measure_quality(square, parts)
        embedding = outlined.embedding[0].numpy()
        facts = FilmFacts(square, parts, quality, np.concatenate([embedding, quality]))
        pixel_gates(facts, anatomy.fingerprint, anatomy.card, age_years=None)
        reduced = square if judge.size == SQUARE else squash(square, size=judge.size)
        shape = picture.pixels.shape[:2]
        return explain(
            cams(reduced)[0],
            Outlines.of(parts),
            instance_uid=UID,
            shape=(int(shape[0]), int(shape[1])),
            similar=None,
        )

    return run


def medians_ms(steps: Sequence[Step], picture: Picture) -> list[list[float]]:
    """Run the steps in turns; return the milliseconds of each."""
    times: list[list[float]] = [[] for _ in steps]
    for step in steps:
        step(picture)
    for turn in range(ROUNDS):
        for number, step in enumerate(steps):
            if number == SLOW and turn % 5:
                continue
            start = time.perf_counter()
            step(picture)
            times[number].append(1e3 * (time.perf_counter() - start))
    return times


def main() -> int:
    """Measure with one and two threads, and print the ratios."""
    try:
        import torch  # noqa: PLC0415 - optional
    except ModuleNotFoundError:
        print(
            "skipped: the peer is PyTorch eager with Grad-CAM, and torch is not installed here; "
            "run this file with the Python of the training environment (make train-setup)"
        )
        return 0
    from osler.learn.network import AnatomyNetwork, FilmNetwork  # noqa: PLC0415 - needs torch

    anatomy = find_package(default_folder(), "chest-anatomy")
    judge = the_judge(FilmNetwork)
    networks = (AnatomyNetwork().eval(), FilmNetwork(judge.outputs).eval())
    picture = a_large_film()
    rows, columns = picture.pixels.shape[:2]
    print(f"{judge.name}, {judge.outputs} outputs at {judge.size} pixels, one film of")
    print(f"{rows} x {columns} pixels; medians of {ROUNDS} rounds in turns, in milliseconds")
    print(f"\n{'':46}{'torch: 1 thread':>16}{'2 threads':>12}")
    lines: dict[str, list[str]] = {}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        steps = (
            canonical,
            osler_on(judge, anatomy),
            grad_cam_on(judge, anatomy, networks, maps=1),
            grad_cam_on(judge, anatomy, networks, maps=judge.outputs),
            grad_cam_on(judge, anatomy, networks, maps=1, thrifty=True),
        )
        times = medians_ms(steps, picture)
        prepare, ours, one, every, thrifty = (statistics.median(row) for row in times)
        for name, value in (
            ("Osler (one thread, all maps)", f"{ours:.1f}"),
            ("PyTorch eager, usual Grad-CAM, 1 map", f"{one:.1f}"),
            (f"PyTorch eager, usual Grad-CAM, {judge.outputs} maps", f"{every:.1f}"),
            ("PyTorch eager, thrifty Grad-CAM, 1 map", f"{thrifty:.1f}"),
            ("  of which preparing the array, in each", f"{prepare:.1f}"),
            ("ratio, usual Grad-CAM, 1 map", f"{one / ours:.2f}"),
            (f"ratio, usual Grad-CAM, {judge.outputs} maps", f"{every / ours:.2f}"),
            ("ratio, thrifty Grad-CAM, 1 map", f"{thrifty / ours:.2f}"),
        ):
            lines.setdefault(name, []).append(value)
    for name, values in lines.items():
        print(f"{name:46}{values[0]:>16}{values[1]:>12}")
    print("\non a busy machine torch's second thread waits for the other; compare with idle cores")
    print(f"wanted: at least {WANTED_RATIO:.0f} x with equal threads")
    return 0


if __name__ == "__main__":
    sys.exit(main())
