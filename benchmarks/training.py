"""How many pictures a second are trained on, beside plain PyTorch and MONAI's own trainer.

Run with ``python benchmarks/training.py`` (``--help`` for more) in the training environment
(``make train-setup``); without torch this says so and ends, and without pytorch-ignite, which
MONAI's trainer needs and Osler does not (``pip install pytorch-ignite``), that side is left out.

All sides train the same network from the same weights on the same pictures in memory, with the
same batch, optimiser, rates, loss, clipping and averaged weights, and as many threads as torch
takes. What differs is said beside each line. The sides take turns; a round gives each of them a
few steps, of which the first is not counted, and a ratio of its own, so that what else the
machine does falls on all. Osler's checkpoint at an epoch's end is not counted.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from osler.clinical import InstanceUid, Picture
from osler.learn.imaging.changes import BY_MODALITY, Changes
from osler.learn.imaging.recipe import Modality
from osler.prepare.picture import PictureContract, network_input
from osler.standards.pictures import decode_first, read_content

DATA = Path("../shared/data")
FOLDER = "brain-mri-4class"
MODALITY: Modality = "mr"
SIZE, BATCH, FREEZE, OUTPUTS = 160, 32, 5, 4
PICTURES = 10 * BATCH
ROUNDS = 6
RATE, ENCODER_RATE, DECAY, AVERAGE, SMOOTHING = 1e-3, 3e-4, 0.02, 0.98, 0.02
WORKERS = 2

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Course:
    """One epoch of the general bench, as the plan of a data set of this size would have it."""

    epochs: int = 1
    batch: int = BATCH
    learning_rate: float = RATE
    backbone_rate: float = ENCODER_RATE / RATE
    weight_decay: float = DECAY
    ema: float = AVERAGE


class Clock:
    """Pictures a second from the first step's end to the last's."""

    def __init__(self) -> None:
        self._ends: list[float] = []

    def step(self) -> None:
        """Note that a step is done."""
        self._ends.append(time.perf_counter())

    def rate(self) -> float:
        """Return pictures a second."""
        return BATCH * (len(self._ends) - 1) / (self._ends[-1] - self._ends[0])


Side = Callable[[], Clock]


def pictures_of(data: Path) -> tuple[Bytes, str]:
    """Return (N,1,S,S) as training holds them, and whence: a data set, or made up."""
    files = sorted((data / FOLDER / "images").glob("*"))
    if files:
        chosen = files[:: max(1, len(files) // PICTURES)][:PICTURES]
        read = [decode_first(read_content(one.read_bytes(), origin=one.name)) for one in chosen]
        whence = f"pictures of {FOLDER}"
    else:
        rng, uid = np.random.default_rng(0), InstanceUid("2.25.1")
        noise = rng.normal(100.0, 30.0, (PICTURES, 224, 224)).clip(0.0, 255.0)
        read = [Picture(uid, 0, one.astype(np.float32), (0.0, 255.0)) for one in noise]
        whence = "made-up pictures"
    contract = PictureContract(SIZE, scaling="stretch")
    squares = np.stack([network_input(one, contract) for one in read])
    return np.rint(squares * 255.0).astype(np.uint8), whence


def labels_of(images: Bytes) -> Floats:
    """Return (N,K): one of four classes a picture, in turns; speed does not ask which."""
    return np.eye(OUTPUTS, dtype=np.float32)[np.arange(len(images)) % OUTPUTS]


def osler(images: Bytes, labels: Floats, changes: Changes) -> Side:
    """Return Osler's loop with its source of pictures."""
    from osler.learn.fit import Run, fit  # noqa: PLC0415 - needs torch
    from osler.learn.imaging.networks import PictureNetwork  # noqa: PLC0415 - needs torch
    from osler.learn.imaging.source import PictureSource  # noqa: PLC0415 - needs torch
    from osler.learn.losses import label_loss  # noqa: PLC0415 - needs torch

    source = PictureSource(images, labels, changes)

    def side() -> Clock:
        clock = Clock()
        with tempfile.TemporaryDirectory() as folder:
            run = Run(1, Path(folder) / "a.ckpt", lambda *_: clock.step(), half=False)
            network = PictureNetwork(OUTPUTS, freeze=FREEZE)
            fit(network, source, Course(), loss=label_loss(SMOOTHING), run=run)
        return clock

    return side


class Plain:
    """What a training needs, as one would write it: 32 bits, frozen parts without gradients."""

    def __init__(self) -> None:
        import torch  # noqa: PLC0415 - optional

        from osler.learn.imaging.networks import PictureNetwork  # noqa: PLC0415 - needs torch

        network = PictureNetwork(OUTPUTS, freeze=FREEZE)
        self.frozen = network._frozen()  # noqa: SLF001 - the same parts, without Osler's bf16
        network.freeze = 0
        self.network = network
        trained = [one for one in network.encoder.parameters() if one.requires_grad]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": trained, "lr": ENCODER_RATE},
                {"params": network.head.parameters(), "lr": RATE},
            ],
            weight_decay=DECAY,
        )
        self.average = torch.optim.swa_utils.AveragedModel(
            network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE)
        )

    def train(self) -> None:
        """Set what is trained to train, and keep the rest as it is."""
        self.network.train()
        for part in self.frozen:
            part.eval()

    def loss(self, answer: Any, target: Any) -> Any:  # noqa: ANN401 - tensors
        """Return binary cross-entropy with smoothed labels."""
        import torch  # noqa: PLC0415 - optional

        wanted = target * (1.0 - SMOOTHING) + 0.5 * SMOOTHING
        return torch.nn.functional.binary_cross_entropy_with_logits(answer.logits, wanted)

    def clip(self) -> None:
        """Clip the gradients."""
        import torch  # noqa: PLC0415 - optional

        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)

    def step(self, image: Any, target: Any) -> None:  # noqa: ANN401 - tensors
        """Do one step."""
        self.optimiser.zero_grad()
        loss = self.loss(self.network(image), target)
        loss.backward()
        self.clip()
        self.optimiser.step()
        self.average.update_parameters(self.network)
        loss.item()


def plain_by_batch(images: Bytes, labels: Floats, changes: Changes) -> Side:
    """Return a loop of PyTorch that changes whole batches, by Osler's own changes."""
    import torch  # noqa: PLC0415 - optional

    from osler.learn.imaging.augmenting import change  # noqa: PLC0415 - needs torch

    parts, rng = Plain(), torch.Generator().manual_seed(1)
    all_images, all_labels = torch.from_numpy(images), torch.from_numpy(labels)

    def side() -> Clock:
        clock = Clock()
        parts.train()
        for rows in torch.randperm(len(images), generator=rng).split(BATCH):
            image, _ = change(all_images[rows].float() / 255.0, changes, rng=rng)
            parts.step(image, all_labels[rows])
            clock.step()
        return clock

    return side


def plain_by_picture(images: Bytes, labels: Floats, changes: Changes) -> Side:
    """Return a loop of PyTorch with a data set that changes each picture, and a loader."""
    import torch  # noqa: PLC0415 - optional

    from osler.learn.imaging.augmenting import change  # noqa: PLC0415 - needs torch

    class Changed:
        """Pictures one by one."""

        def __len__(self) -> int:
            return len(images)

        def __getitem__(self, row: int) -> tuple[Any, Any]:
            rng = torch.Generator().manual_seed(int(torch.randint(2**31, (1,)).item()))
            image = torch.from_numpy(images[row : row + 1]).float() / 255.0
            return change(image, changes, rng=rng)[0][0], labels[row]

    parts = Plain()
    loader = torch.utils.data.DataLoader(
        Changed(), batch_size=BATCH, shuffle=True, num_workers=WORKERS
    )

    def side() -> Clock:
        clock = Clock()
        parts.train()
        for image, target in loader:
            parts.step(image, target)
            clock.step()
        return clock

    return side


def monai_changes(changes: Changes) -> Any:  # noqa: ANN401 - a transform
    """Return the same kinds of change from MONAI's transforms."""
    from monai import transforms  # noqa: PLC0415 - optional

    turn = float(np.deg2rad(changes.rotate_degrees))
    return transforms.Compose(
        [
            transforms.ScaleIntensityRanged("image", 0.0, 255.0, 0.0, 1.0),
            transforms.RandFlipd("image", prob=0.5, spatial_axis=1),
            transforms.RandAffined(
                "image",
                prob=1.0,
                rotate_range=turn,
                scale_range=(changes.scale + changes.stretch,) * 2,
                translate_range=(changes.shift * SIZE,) * 2,
                padding_mode="zeros",
            ),
            transforms.RandGaussianSmoothd("image", prob=changes.blur),
            transforms.RandAdjustContrastd(
                "image", prob=1.0, gamma=(float(np.exp(-changes.gamma)), np.exp(changes.gamma))
            ),
            transforms.RandScaleIntensityFixedMeand("image", prob=1.0, factors=changes.contrast),
            transforms.RandShiftIntensityd("image", prob=1.0, offsets=changes.brightness),
            transforms.RandGaussianNoised("image", prob=1.0, std=changes.noise),
            transforms.RandCoarseDropoutd(
                "image", prob=changes.erase, holes=1, spatial_size=SIZE // 20, max_spatial_size=48
            ),
        ]
    )


def monai_trainer(images: Bytes, labels: Floats, changes: Changes) -> Side:
    """Return MONAI's SupervisedTrainer with its transforms, data set and loader."""
    import torch  # noqa: PLC0415 - optional
    from ignite.engine import Events  # noqa: PLC0415 - optional
    from monai.data import DataLoader, Dataset  # noqa: PLC0415 - optional
    from monai.engines import SupervisedTrainer  # noqa: PLC0415 - optional
    from monai.engines.utils import IterationEvents  # noqa: PLC0415 - optional

    parts = Plain()
    rows = [
        {"image": torch.from_numpy(image).float(), "label": torch.from_numpy(label)}
        for image, label in zip(images, labels, strict=True)
    ]
    loader = DataLoader(
        Dataset(rows, monai_changes(changes)),
        batch_size=BATCH,
        shuffle=True,
        num_workers=WORKERS,
    )

    def side() -> Clock:
        clock = Clock()
        trainer = SupervisedTrainer(
            device=torch.device("cpu"),
            max_epochs=1,
            train_data_loader=loader,
            network=parts.network,
            optimizer=parts.optimiser,
            loss_function=parts.loss,
            decollate=False,
        )
        trainer.add_event_handler(Events.ITERATION_STARTED, parts.train)
        trainer.add_event_handler(IterationEvents.BACKWARD_COMPLETED, parts.clip)
        trainer.add_event_handler(
            Events.ITERATION_COMPLETED, lambda: parts.average.update_parameters(parts.network)
        )
        trainer.add_event_handler(Events.ITERATION_COMPLETED, clock.step)
        trainer.run()
        return clock

    return side


def turns(sides: dict[str, Side], *, rounds: int) -> dict[str, list[float]]:
    """Let the sides train in turns; return pictures a second of each round."""
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            rates[name].append(side().rate())
    return rates


def tell(rates: dict[str, list[float]]) -> None:
    """Print rates and ratios."""
    first = next(iter(rates.values()))
    print(f"\n{'':58}{'a second':>10}{'Osler is':>10}{'rounds':>16}")
    for name, found in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(first, found, strict=True)]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        times = f"{statistics.median(ratios):.2f} x"
        print(f"{name:58}{statistics.median(found):10.1f}{times:>10}{spread:>16}")


def main() -> int:
    """Measure all sides that can be."""
    try:
        import torch  # noqa: PLC0415 - optional
    except ModuleNotFoundError:
        print(
            "skipped: torch is not installed here; run this file with the Python of the training "
            "environment (make train-setup)"
        )
        return 0
    parser = argparse.ArgumentParser(description="pictures trained on a second, beside peers")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--threads", type=int, help="of every side, where not all cores are idle")
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    images, whence = pictures_of(asked.data)
    changes = BY_MODALITY[MODALITY][0]
    given = (images, labels_of(images), changes)
    sides = {
        "Osler: frozen blocks in bf16, channels last": osler(*given),
        "PyTorch, whole batches changed as by Osler, 32 bits": plain_by_batch(*given),
        f"PyTorch, Dataset and DataLoader ({WORKERS} workers), 32 bits": plain_by_picture(*given),
    }
    try:
        sides[f"MONAI SupervisedTrainer, MONAI's transforms ({WORKERS} workers)"] = monai_trainer(
            *given
        )
    except ModuleNotFoundError as error:
        print(f"MONAI's trainer is left out: {error}; pip install pytorch-ignite")
    print(
        f"{len(images)} {whence} a round, {asked.rounds} rounds in turns; EfficientNet-Lite0 at "
        f"{SIZE} pixels, {FREEZE} of 16 blocks frozen, batches of {BATCH}, "
        f"{torch.get_num_threads()} threads"
    )
    tell(turns(sides, rounds=asked.rounds))
    print("MONAI's changes are of the same kinds and reaches, not the same code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
