"""MedMNIST, the published yardstick: Osler's loop and rules on others' splits (needs torch).

Starts from ImageNet (pictures) or from nothing (volumes), never from a shipped package, and its
weights go into none: some of its pictures stand in the test splits of data sets that packages
learnt from.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from osler.evaluate.discrimination import auroc
from osler.learn.fit import Progress, Run, Source, fit
from osler.learn.imaging.both_ways import BothWays
from osler.learn.imaging.changes import BY_MODALITY
from osler.learn.imaging.networks import PictureAnswer, PictureNetwork
from osler.learn.imaging.planning import BLOCK, PICTURES
from osler.learn.imaging.source import PictureSource
from osler.learn.imaging.volume_network import VolumeNetwork
from osler.learn.losses import label_loss
from osler.learn.medmnist import Bytes, Floats, OfficialSet, read_medmnist
from osler.learn.package_files import write_atomically

SIDE = 64
CHANNELS_3D = (8, 16, 32, 64)
SEEDS = (1, 2, 3)
FROM_NOTHING = 2  # a network without pretrained weights is shown so many times as much
TURN, SHIFT = 0.06, 0.04  # deviations; three times as much underfits: by val, which chose them


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

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.down = VolumeNetwork(1, CHANNELS_3D).down
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(2 * CHANNELS_3D[-1], outputs)

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
    """Volumes that are turned, scaled, shifted and, where side tells nothing, mirrored."""

    volumes: Bytes
    labels: Floats
    mirrored: bool = True

    def __len__(self) -> int:
        """Return the number of volumes."""
        return len(self.volumes)

    def batch(self, rows: npt.NDArray[np.int64], rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return (N,1,D,H,W), 0 to 1, and labels (N,K)."""
        image = torch.from_numpy(self.volumes[rows]).float()[:, None] / 255.0
        turn = torch.eye(3) + TURN * torch.randn((len(rows), 3, 3), generator=rng)
        signs = torch.randint(0, 2, (len(rows), 3, 1), generator=rng) * 2.0 - 1.0
        signs = signs if self.mirrored else signs.abs()
        shift = SHIFT * torch.randn((len(rows), 3, 1), generator=rng)
        grid = nnf.affine_grid(
            torch.cat([turn * signs, shift], dim=2), list(image.shape), align_corners=False
        )
        moved = nnf.grid_sample(image, grid, align_corners=False)
        return moved, torch.from_numpy(self.labels[rows])


def enlarged(images: Bytes) -> Bytes:
    """Return pictures of 28 pixels as (N,C,64,64): the network halves five times."""
    image = torch.from_numpy(images).float()
    image = image.permute(0, 3, 1, 2) if image.ndim == 4 else image[:, None]
    size = max(SIDE, image.shape[-1] // BLOCK * BLOCK)
    grown = nnf.interpolate(image, size=size, mode="bicubic", align_corners=False)
    return np.asarray(grown.clamp(0, 255).round().to(torch.uint8).numpy())


def run_trial(
    file: Path, folder: Path, *, seed: int, on_progress: Progress, shown: int = PICTURES
) -> Trial:
    """Train one seed on the train split, and score val and test once; a finished one is read."""
    kept = folder / f"{file.stem}-{seed}.json"
    if kept.is_file():
        return Trial(**json.loads(kept.read_text(encoding="utf-8")))
    official = read_medmnist(file)
    learnt = official.splits["train"]
    shown *= FROM_NOTHING if official.solid else 1
    course = YardstickCourse(len(learnt.labels), shown)
    torch.manual_seed(seed)
    source, network, mirrored = _prepared(official)
    began = monotonic()
    run = Run(seed=seed, checkpoint=folder / f"{file.stem}-{seed}.ckpt", on_progress=on_progress)
    network = fit(network, source, course, loss=label_loss(0.02), run=run)
    seconds = monotonic() - began
    network = BothWays(network) if mirrored else network
    scores = {
        name: scored(network, official.splits[name].images, solid=official.solid)
        for name in ("val", "test")
    }
    found = Trial(
        dataset=file.stem,
        seed=seed,
        auc=macro_auc(scores["test"], official.splits["test"].labels),
        acc=share_right(scores["test"], official.splits["test"].labels, several=official.several),
        val_auc=macro_auc(scores["val"], official.splits["val"].labels),
        seconds=round(seconds, 1),
    )
    write_atomically(kept, json.dumps(vars(found)).encode())
    return found


def _prepared(official: OfficialSet) -> tuple[Source, nn.Module, bool]:
    """Return what is trained on, an untrained network, and whether mirror images count too."""
    learnt = official.splits["train"]
    if official.solid:
        mirrored = not official.has_side
        solids = SolidSource(learnt.images, learnt.labels, mirrored=mirrored)
        return solids, VolumeScorer(official.outputs), mirrored
    changes = BY_MODALITY[official.modality][0]
    small = changes.model_copy(update={"blur": 0.0, "marks": 0.0})
    network = PictureNetwork(
        official.outputs, channels=3 if official.colour else 1, freeze=5, drop_connect=0.1
    )
    return PictureSource(enlarged(learnt.images), learnt.labels, small), network, changes.flip


def scored(network: nn.Module, images: Bytes, *, solid: bool) -> npt.NDArray[np.float64]:
    """Return the logits of each picture or volume: (N,K); no change is made to it."""
    pictures = images[:, None] if solid else enlarged(images)
    out = []
    with torch.no_grad():
        for group in np.array_split(pictures, -(-len(pictures) // 64)):
            image = torch.from_numpy(group).float() / 255.0
            out.append(network(image).logits.double().numpy())
    return np.concatenate(out)


def macro_auc(logits: npt.NDArray[np.float64], labels: Floats) -> float:
    """Return the area under the ROC curve, of several columns the mean, as the authors do."""
    columns = range(labels.shape[1])
    return float(np.mean([auroc(logits[:, k], labels[:, k] > 0.5) for k in columns]))


def share_right(logits: npt.NDArray[np.float64], labels: Floats, *, several: bool) -> float:
    """Return the accuracy as the authors count it.

    Of two classes or several labels: the share of answers on the right side of one half; of more
    classes: the share whose likeliest class is the true one.
    """
    if several or labels.shape[1] == 1:
        return float(((logits > 0) == (labels > 0.5)).mean())
    return float((logits.argmax(axis=1) == labels.argmax(axis=1)).mean())
