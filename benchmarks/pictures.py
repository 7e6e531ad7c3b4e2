"""How fast is one picture, from the bytes of its file to answer, evidence and outlines.

Run with ``python benchmarks/pictures.py`` (``--help`` for more) in the training environment
(``make train-setup``); without torch this says so and ends. Each package of pictures is measured
beside PyTorch eager on the same network (``runs/<name>/network.pt`` where it is there, else
untrained: as fast). The peer decodes the same bytes with Pillow, prepares them in 8 bits, scores
them, draws a Grad-CAM by a backward pass and lays it over the picture, and sizes what is outlined.
A package whose graph looks at the mirror image too is measured beside a peer that does so as well.

The sides take turns over the same few pictures; each round gives a ratio of its own, so that what
else the machine does falls on both. Osler runs on one thread whatever it is allowed, draws the map
of every output, calibrates with intervals, finds similar cases and draws outlines as lines; the
peer does none of that. Osler's gates, of which the peer has none either, are a line of their own.
Pictures are those of ``--data``, else made up.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from osler.analyse.film import look
from osler.analyse.gates import pixel_gates
from osler.analyse.package import Package
from osler.analyse.pictures import judge_picture
from osler.analyse.registry import default_folder, find_package
from osler.errors import OslerError
from osler.prepare.film import STRETCH_PERCENTILES
from osler.prepare.picture import FIELD_ABOVE, PictureContract, network_input
from osler.standards.pictures import decode_first, read_content

DATA = Path("../shared/data")
RUNS = Path("runs")
SETS = {
    "brain-mri-tumour": ("brain-mri-4class", (224, 224)),
    "ct-ich": ("ct-ich", (256, 256)),
    "breast-us": ("busi", (215, 256)),
    "fundus-dr": ("idrid", (256, 385)),
}
UNTRAINED = "untrained, which is as fast"
PICTURES = 4
ROUNDS = 15
THREADS = (1, 2)
OURS = "Osler, 1 thread, all maps"
WANTED = 3.0
SAME = 0.05  # a graph whose logits differ by less between a picture and its mirror looks both ways

Step = Callable[[bytes], npt.NDArray[np.float32]]
Sides = dict[str, Step]
Planes = npt.NDArray[np.float32]


def files_of(name: str, data: Path) -> tuple[list[bytes], str]:
    """Return a few pictures of a package's kind as files, and whence: its data set, or made up."""
    folder, shape = SETS[name]
    found = sorted((data / folder / "images").glob("*"))
    if found:
        chosen = found[:: max(1, len(found) // PICTURES)][:PICTURES]
        return [file.read_bytes() for file in chosen], f"pictures of {folder}"
    colour = name == "fundus-dr"
    made = [made_up(shape, colour=colour, seed=seed) for seed in range(PICTURES)]
    return made, "made-up pictures"


def made_up(shape: tuple[int, int], *, colour: bool, seed: int) -> bytes:
    """Return a PNG or, in colour, a JPEG: a bright disc with waves and noise on black."""
    rng = np.random.default_rng(seed)
    rows, columns = (np.linspace(-1.0, 1.0, side)[:, None] for side in shape)
    disc = rows**2 + columns.T**2 < 0.9
    grey = disc * (120.0 + 60.0 * np.sin(9.0 * rows + seed) * np.cos(7.0 * columns.T))
    grey = np.clip(grey + disc * rng.normal(scale=12.0, size=shape), 0.0, 255.0)
    picture = Image.fromarray(grey.astype(np.uint8))
    stream = io.BytesIO()
    if colour:
        Image.merge(
            "RGB", [picture, *(picture.point([n // k for n in range(256)]) for k in (2, 4))]
        ).save(stream, "JPEG", quality=90)
    else:
        picture.save(stream, "PNG")
    return stream.getvalue()


def osler_on(package: Package, anatomy: Package | None = None) -> Step:
    """Return Osler's road: decode, prepare, run, calibrate, explain, outline; perhaps gates."""

    def step(content: bytes) -> Planes:
        instance = read_content(content, origin="a picture")
        picture = decode_first(instance)
        if anatomy is not None:
            facts = look(picture, anatomy.graph)
            pixel_gates(facts, package.fingerprint, package.card, age_years=None)
        judged = judge_picture(package, picture, instance)
        return np.array([one.logit for one in judged.predictions], dtype=np.float32)

    return step


def looks_both_ways(package: Package, content: bytes) -> bool:
    """Tell whether the graph gives a picture and its mirror image the same logits."""
    picture = decode_first(read_content(content, origin="a picture"))
    image = network_input(picture, package.card.input.picture())[None]
    mirrored = np.ascontiguousarray(image[..., ::-1])
    plain, other = (package.graph.run(one)["logits"] for one in (image, mirrored))
    return float(np.abs(plain - other).max()) < SAME


def square_of(content: bytes, contract: PictureContract) -> tuple[Planes, tuple[int, int]]:
    """Prepare a file as one does by hand: Pillow in 8 bits, percentiles of the small picture.

    Returns
    -------
    (C, size, size), 0 to 1, and the (rows, columns) of the picture.
    """
    picture = Image.open(io.BytesIO(content)).convert("L" if contract.channels == 1 else "RGB")
    shape = (picture.height, picture.width)
    if contract.crop == "field":
        whole = np.asarray(picture).max(axis=2) > FIELD_ABOVE
        rows, columns = (np.flatnonzero(whole.mean(axis=axis) > 0.02) for axis in (1, 0))
        picture = picture.crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    share = contract.size / max(picture.size)
    width, height = (max(1, round(side * share)) for side in picture.size)
    small = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float32)
    if contract.scaling == "stretch":
        low, high = np.percentile(small, STRETCH_PERCENTILES)
        small = np.clip((small - low) / max(high - low, 1.0), 0.0, 1.0)
    else:
        small /= 255.0
    square = np.zeros((contract.size, contract.size, contract.channels), dtype=np.float32)
    top, left = (contract.size - height) // 2, (contract.size - width) // 2
    square[top : top + height, left : left + width] = small.reshape(height, width, -1)
    return np.ascontiguousarray(square.transpose(2, 0, 1)), shape


@dataclass(frozen=True)
class Peer:
    """PyTorch eager on a package's network; ``ways`` is 2 where the mirror image is scored too."""

    package: Package
    network: Any
    ways: int

    def on(self, *, threads: int, maps: int = 1, thrifty: bool = False) -> Step:
        """Return the peer's road; ``thrifty`` takes gradients of the last features alone."""
        import torch  # noqa: PLC0415 - optional

        contract = self.package.card.input.picture()

        def step(content: bytes) -> Planes:
            torch.set_num_threads(threads)
            self.network.requires_grad_(not thrifty)
            square, shape = square_of(content, contract)
            image = torch.from_numpy(square)[None]
            looks = [image, image.flip(-1)][: self.ways]
            seen = [self._maps(one, maps, thrifty=thrifty) for one in looks]
            heat = seen[0][1] if self.ways == 1 else (seen[0][1] + seen[1][1].flip(-1)) / 2.0
            size = {"size": shape, "mode": "bilinear", "align_corners": False}
            torch.nn.functional.interpolate(heat[None], **size).numpy()
            outlined = [one[2] for one in seen if one[2] is not None]
            if outlined:
                mask = torch.nn.functional.interpolate(torch.stack(outlined).mean(dim=0), **size)
                (mask.sigmoid() >= 0.5).sum(dim=(2, 3)).tolist()
            logits: Planes = torch.stack([one[0] for one in seen]).mean(dim=0).numpy()
            return logits

        return step

    def _maps(self, image: Any, maps: int, *, thrifty: bool) -> tuple[Any, Any, Any]:  # noqa: ANN401 - tensors
        """Return logits, Grad-CAMs of the highest outputs, and outlines where there are some."""
        import torch  # noqa: PLC0415 - optional

        target, kept = self.network.encoder._bn1, []  # noqa: SLF001 - the last before pooling
        target.requires_grad_(requires_grad=True)
        hook = target.register_forward_hook(lambda _module, _given, out: kept.append(out))
        answer = self.network(image)
        hook.remove()
        features, logits, found = kept[0], answer.logits[0], []
        features.retain_grad()
        for number in logits.argsort(descending=True)[:maps]:
            if thrifty:
                (gradient,) = torch.autograd.grad(logits[number], features, retain_graph=True)
            else:
                self.network.zero_grad()
                features.grad = None
                logits[number].backward(retain_graph=maps > 1)
                gradient = features.grad
            weights = gradient.mean(dim=(2, 3), keepdim=True)
            found.append((weights * features).sum(dim=1).relu()[0].detach())
        masks = answer.masks.detach() if hasattr(answer, "masks") else None
        return logits.detach(), torch.stack(found), masks


def the_network(package: Package) -> tuple[Any, str]:
    """Return the network of a package in PyTorch, and where its weights are from."""
    import torch  # noqa: PLC0415 - optional

    from osler.learn.imaging.networks import PictureNetwork  # noqa: PLC0415 - needs torch

    card = package.card
    network = PictureNetwork(
        len(card.outputs), len(card.structures), channels=card.input.channels
    ).eval()
    file = RUNS / card.name / "network.pt"
    if not file.is_file():
        return network, UNTRAINED
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return network, str(file)


def turns(sides: Sides, files: Sequence[bytes], *, rounds: int) -> dict[str, list[float]]:
    """Run the sides in turns over the same pictures; return seconds a picture of each round."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(-2, rounds):
        for name, step in sides.items():
            began = time.perf_counter()
            for content in files:
                step(content)
            if turn >= 0:
                times[name].append((time.perf_counter() - began) / len(files))
    return times


def sides_of(package: Package, anatomy: Package, *, peer: Peer, threads: Sequence[int]) -> Sides:
    """Return Osler first, then the peer on so many threads in three ways, then Osler's gates."""
    outputs, sides = len(package.card.outputs), {OURS: osler_on(package)}
    for count in threads:
        on = f"{count} thread{'s' if count > 1 else ''}"
        sides[usual(count)] = peer.on(threads=count)
        sides[f"PyTorch, thrifty Grad-CAM, 1 map, {on}"] = peer.on(threads=count, thrifty=True)
        sides[f"PyTorch, usual Grad-CAM, {outputs} maps, {on}"] = peer.on(
            threads=count, maps=outputs
        )
    sides["Osler with its gates, 1 thread"] = osler_on(package, anatomy)
    return sides


def usual(threads: int) -> str:
    """Name the peer as it is mostly written: one map of the highest output."""
    return f"PyTorch, usual Grad-CAM, 1 map, {threads} thread{'s' if threads > 1 else ''}"


def measure(
    package: Package,
    anatomy: Package,
    files: Sequence[bytes],
    *,
    rounds: int,
    threads: Sequence[int],
) -> list[float]:
    """Print the table of one package; return the usual peer's ratio on each number of threads."""
    network, weights = the_network(package)
    both = looks_both_ways(package, files[0])
    peer, outputs = Peer(package, network, 1 + int(both)), len(package.card.outputs)
    sides = sides_of(package, anatomy, peer=peer, threads=threads)
    ours, theirs = (list(sides.values())[side](files[0]) for side in (0, 1))
    print(
        f"{outputs} outputs, {len(package.card.structures)} structures, "
        f"{package.card.input.size} pixels"
        f"{', picture and mirror image on both sides' if both else ''}; peer's weights: {weights}"
    )
    if weights != UNTRAINED:
        far = np.abs(ours - theirs).max()
        print(f"logits of both sides differ by at most {far:.2f} (far more where of two runs)")
    times = turns(sides, files, rounds=rounds)
    first = next(iter(times.values()))
    print(f"{'':46}{'ms':>8}{'ratio':>8}{'10 to 90 % of rounds':>24}")
    found = {}
    for name, seconds in times.items():
        ratios = [theirs / ours for theirs, ours in zip(seconds, first, strict=True)]
        low, median, high = np.percentile(ratios, [10, 50, 90])
        found[name] = float(median)
        spread = f"{low:.2f} to {high:.2f}"
        print(f"{name:46}{1e3 * statistics.median(seconds):8.1f}{median:8.2f}{spread:>24}")
    return [found[usual(count)] for count in threads]


def main() -> int:
    """Measure every package of pictures that is there."""
    try:
        import torch  # noqa: F401, PLC0415 - optional
    except ModuleNotFoundError:
        print(
            "skipped: the peer is PyTorch eager with Grad-CAM, and torch is not installed here; "
            "run this file with the Python of the training environment (make train-setup)"
        )
        return 0
    parser = argparse.ArgumentParser(description="pictures, beside PyTorch eager with Grad-CAM")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=tuple(SETS))
    parser.add_argument("--threads", type=int, nargs="+", default=THREADS, help="of the peer")
    asked = parser.parse_args()
    anatomy = find_package(default_folder(), "chest-anatomy")
    print(
        f"{asked.rounds} rounds of {PICTURES} pictures in turns; medians of milliseconds a "
        "picture, and of each round's ratio to Osler"
    )
    ratios = {}
    for name in [asked.only] if asked.only else SETS:
        try:
            package = find_package(default_folder(), name, allowed=frozenset({name}))
        except OslerError as error:
            print(f"\n{name}: {error}")
            continue
        files, whence = files_of(name, asked.data)
        print(f"\n{name} {package.card.version}, {whence}")
        ratios[name] = measure(package, anatomy, files, rounds=asked.rounds, threads=asked.threads)
    counts = " and on ".join(map(str, asked.threads))
    print(f"\nratio to the usual peer on {counts} threads; wanted: at least {WANTED:.0f} x")
    for name, found in ratios.items():
        print(f"{name:46}{''.join(f'{ratio:10.2f}' for ratio in found)}")
    print("on a busy machine torch's second thread waits: there 1 thread is the fairer peer")
    return 0


if __name__ == "__main__":
    sys.exit(main())
