"""MedMNIST, the published yardstick: Osler's loop and rules on others' splits (needs torch).

Starts from ImageNet (pictures) or from nothing (volumes), never from a shipped package, and its
weights go into none: some of its pictures stand in the test splits of data sets that packages
learnt from.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from osler.errors import InputRefused, NotFound
from osler.evaluate.discrimination import auroc
from osler.learn.fit import Progress, Run, fit
from osler.learn.imaging.both_ways import BothWays
from osler.learn.imaging.changes import BY_MODALITY
from osler.learn.imaging.networks import PictureAnswer, PictureNetwork
from osler.learn.imaging.planning import PICTURES
from osler.learn.imaging.source import PictureSource
from osler.learn.imaging.volume_network import VolumeNetwork
from osler.learn.losses import label_loss
from osler.learn.package_files import write_atomically

SIDE = 64
CHANNELS_3D = (8, 16, 32, 64)
SEEDS = (1, 2, 3)
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class YardstickCourse:
    """The bench's own rules for few pictures; ``shown`` is how many pictures a run sees."""

    rows: int
    shown: int = PICTURES
    batch: int = 32
    learning_rate: float = 1e-3
    backbone_rate: float = 0.3
    weight_decay: float = 0.02
    ema: float = 0.98

    @property
    def epochs(self) -> int:
        """How often each picture is shown."""
        return max(2, round(self.shown / self.rows))


@dataclass(frozen=True)
class Split:
    """Pictures (N,28,28) or volumes (N,28,28,28), 0 to 255, and their class 0 or 1 (N,)."""

    images: Bytes
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """Test AUC and accuracy of one seed, and how long it trained on the machine it ran on."""

    dataset: str
    seed: int
    auc: float
    acc: float
    val_auc: float
    seconds: float


class VolumeScorer(nn.Module):
    """The way down of the bench's 3-D network, and a linear head on what it finds."""

    def __init__(self) -> None:
        super().__init__()
        self.down = VolumeNetwork(1, CHANNELS_3D).down
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(2 * CHANNELS_3D[-1], 1)

    def forward(self, volume: Tensor) -> PictureAnswer:
        """Score volumes (N,1,D,H,W), 0 to 1."""
        x = volume
        for level, block in enumerate(self.down):
            x = block(nnf.max_pool3d(x, 2, ceil_mode=True) if level else x)
        flat = x.float().flatten(2)
        embedding = torch.cat([flat.mean(dim=2), flat.amax(dim=2)], dim=1)
        logits = self.head(self.dropout(embedding))
        return PictureAnswer(logits, x[:, :1], embedding)


@dataclass(frozen=True)
class SolidSource:
    """Volumes that are turned, scaled, shifted and mirrored at random."""

    volumes: Bytes
    labels: npt.NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of volumes."""
        return len(self.volumes)

    def batch(self, rows: npt.NDArray[np.int64], rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return (N,1,D,H,W), 0 to 1, and labels (N,1)."""
        image = torch.from_numpy(self.volumes[rows]).float()[:, None] / 255.0
        turn = torch.eye(3) + 0.18 * torch.randn((len(rows), 3, 3), generator=rng)
        signs = torch.randint(0, 2, (len(rows), 3, 1), generator=rng) * 2.0 - 1.0
        shift = 0.1 * torch.randn((len(rows), 3, 1), generator=rng)
        grid = nnf.affine_grid(
            torch.cat([turn * signs, shift], dim=2), list(image.shape), align_corners=False
        )
        moved = nnf.grid_sample(image, grid, align_corners=False)
        return moved, torch.from_numpy(self.labels[rows])


def read_medmnist(file: Path) -> dict[str, Split]:
    """Read the splits of an official file of one grey channel and two classes.

    Raises
    ------
    NotFound, InputRefused
        There is none, or it is of another kind.
    """
    if not file.is_file():
        raise NotFound(f"no {file.name} in {file.parent}; download it from the authors' record")
    with np.load(file, allow_pickle=False) as kept:
        found = {
            split: Split(kept[f"{split}_images"], kept[f"{split}_labels"].ravel().astype(np.int64))
            for split in ("train", "val", "test")
        }
    axes = found["train"].images.ndim
    if axes not in (3, 4) or set(np.unique(found["train"].labels)) != {0, 1}:
        raise InputRefused(
            f"{file.name}: {found['train'].images.shape}; need grey pictures or volumes, 2 classes"
        )
    if axes == 4 and found["train"].images.shape[-1] == 3:
        raise InputRefused(f"{file.name} holds colour pictures; only grey ones are run here")
    return found


def enlarged(images: Bytes) -> Bytes:
    """Return pictures of 28 pixels as (N,1,64,64): the network halves five times."""
    image = torch.from_numpy(images).float()[:, None]
    grown = nnf.interpolate(image, size=SIDE, mode="bicubic", align_corners=False)
    return np.asarray(grown.clamp(0, 255).round().to(torch.uint8).numpy())


def run_trial(
    file: Path, folder: Path, *, seed: int, on_progress: Progress, shown: int = PICTURES
) -> Trial:
    """Train one seed on the train split, and score val and test once; a finished one is read."""
    kept = folder / f"{file.stem}-{seed}.json"
    if kept.is_file():
        return Trial(**json.loads(kept.read_text(encoding="utf-8")))
    splits = read_medmnist(file)
    solid = splits["train"].images.ndim == 4
    labels = splits["train"].labels[:, None].astype(np.float32)
    course = YardstickCourse(len(labels), shown)
    torch.manual_seed(seed)
    network: nn.Module = VolumeScorer() if solid else PictureNetwork(1, freeze=5, drop_connect=0.1)
    changes = BY_MODALITY["ultrasound" if "breast" in file.stem else "x-ray"][0]
    small = changes.model_copy(update={"blur": 0.0, "marks": 0.0})
    source = (
        SolidSource(splits["train"].images, labels)
        if solid
        else PictureSource(enlarged(splits["train"].images), labels, small)
    )
    began = monotonic()
    run = Run(seed=seed, checkpoint=folder / f"{file.stem}-{seed}.ckpt", on_progress=on_progress)
    network = fit(network, source, course, loss=label_loss(0.02), run=run)
    seconds = monotonic() - began
    if solid or changes.flip:
        network = BothWays(network)
    scores = {name: scored(network, splits[name].images) for name in ("val", "test")}
    truth = splits["test"].labels == 1
    found = Trial(
        dataset=file.stem,
        seed=seed,
        auc=auroc(scores["test"], truth),
        acc=float(((scores["test"] > 0) == truth).mean()),
        val_auc=auroc(scores["val"], splits["val"].labels == 1),
        seconds=round(seconds, 1),
    )
    write_atomically(kept, json.dumps(vars(found)).encode())
    return found


def scored(network: nn.Module, images: Bytes) -> npt.NDArray[np.float64]:
    """Return the logit of each picture or volume: (N,); no change is made to it."""
    pictures = enlarged(images) if images.ndim == 3 else images[:, None]
    out = []
    with torch.no_grad():
        for group in np.array_split(pictures, -(-len(pictures) // 64)):
            image = torch.from_numpy(group).float() / 255.0
            out.append(network(image).logits[:, 0].double().numpy())
    return np.concatenate(out)


def published(folder: Path, dataset: str) -> list[tuple[str, float, float]]:
    """Return (method, AUC, accuracy) as the authors print them."""
    rows = []
    for table in ("published_baselines_2d.csv", "published_baselines_3d.csv"):
        with (folder / table).open(newline="", encoding="utf-8") as stream:
            rows += [
                (line["method"], float(line["test_auc"]), float(line["test_acc"]))
                for line in csv.DictReader(stream)
                if line["dataset"].lower() == dataset
            ]
    return rows


def page(trials: Sequence[Trial], folder: Path, *, machine: str, shown: int) -> str:
    """Return the table of all trials beside what was published, as Markdown."""
    parts = [HEAD.format(machine=machine, shown=shown)]
    for name in dict.fromkeys(one.dataset for one in trials):
        mine = [one for one in trials if one.dataset == name]
        auc, acc = (np.array([getattr(one, key) for one in mine]) for key in ("auc", "acc"))
        best = max((value for _, value, _ in published(folder, name)), default=float("nan"))
        reached = "reached" if auc.mean() >= best else "missed"
        seeds = ", ".join(f"{one.auc:.3f}" for one in mine)
        took = np.mean([one.seconds for one in mine])
        parts.append(f"\n## {name}\n\n| method | AUC | accuracy |\n|---|---|---|")
        parts.append(
            f"| **Osler's bench**, mean of {len(mine)} seeds ({seeds}) | **{auc.mean():.3f}** | "
            f"**{acc.mean():.3f}** |"
        )
        parts += [f"| {m} | {a:.3f} | {c:.3f} |" for m, a, c in published(folder, name)]
        parts.append(
            f"\nAim: the best published AUC, {best:.3f}: {reached}. "
            f"{took:.0f} s of training a seed."
        )
    return "\n".join(parts) + "\n"


HEAD = """# MedMNIST beside the published figures

Written by `python tools/medmnist_page.py`. Osler's training loop and its rules for few pictures, on
the official splits: trained on `train`, scored once on `test`; `val` chose nothing. Pictures of 28
pixels are enlarged to 64, since the network halves five times, and start from ImageNet; volumes
start from nothing. A run sees {shown} pictures. What is mirrored in training (ultrasound, volumes)
is scored with its mirror image. No weight of a shipped package went in, and none of these weights
goes into one: pictures of pneumoniamnist and breastmnist stand in the test splits of data sets that
packages learnt from. Accuracy is at a probability of 0.5. The published figures are those of the
authors' site (Yang et al., Scientific Data 2023;10:41). Machine: {machine}.

pneumoniamnist holds eight groups of identical pictures across splits, breastmnist one picture with
two labels."""
