"""Train a network that outlines structures of volumes, and score the test volumes (torch)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from osler.analyse.sliding import slide
from osler.analyse.volumes import window_for
from osler.errors import InputRefused
from osler.learn.datasets.table import DataSet
from osler.learn.fit import Course, Progress, Run, fit
from osler.learn.imaging.label_files import readable
from osler.learn.imaging.outlined_changes import VolumeChanges
from osler.learn.imaging.volume_facts import LabelledVolume, labelled
from osler.learn.imaging.volume_network import VolumeNetwork
from osler.learn.imaging.volume_source import VolumeSource, volume_loss
from osler.learn.once import trained_once
from osler.prepare.volume import VolumeContract, canonical, canonical_labels

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]
BALANCED_ON = 50
LARGEST_SHIFT = 3.0


@dataclass(frozen=True)
class VolumePlan:
    """What is trained: the contract, the structures by their label, the changes, the patch.

    ``column`` names the label maps.
    """

    contract: VolumeContract
    structures: tuple[str, ...]
    patch: tuple[int, int, int]
    changes: VolumeChanges
    column: str = "label"


def read_labelled(dataset: DataSet, column: str) -> Iterator[LabelledVolume]:
    """Yield the volumes of a data set with the label maps that a column names.

    Those that cannot be read are passed over, with a line in the log.
    """
    return readable(dataset.rows, partial(labelled, folder=dataset.folder, column=column))


def source_of(volumes: Iterable[LabelledVolume], plan: VolumePlan) -> VolumeSource:
    """Return volumes as the network reads them, with their labels.

    Raises
    ------
    InputRefused
        There is none, or a label is not of a structure.
    """
    images, labels = [], []
    for one in volumes:
        images.append(canonical(one.volume, plan.contract).voxels)
        labels.append(canonical_labels(one.labels, plan.contract))
    if not labels:
        raise InputRefused("none of the volumes to train on can be read; look at their files")
    highest = max(int(each.max()) for each in labels)
    if highest > len(plan.structures):
        raise InputRefused(
            f"a label map holds the label {highest}, the recipe names {len(plan.structures)} "
            "structures; name all of them, in the order of their labels"
        )
    return VolumeSource(images, labels, plan.patch, len(plan.structures), plan.changes)


def train_volumes(
    dataset: DataSet,
    plan: VolumePlan,
    course: Course,
    *,
    folder: Path,
    seed: int,
    on_progress: Progress,
) -> VolumeNetwork:
    """Train on every row of a data set; a finished network is loaded, a stopped run goes on."""
    torch.manual_seed(seed)
    network = VolumeNetwork(len(plan.structures))

    def work() -> nn.Module:
        source = source_of(read_labelled(dataset, plan.column), plan)
        trained = fit(
            network,
            source,
            course,
            loss=volume_loss,
            run=Run(seed=seed, checkpoint=folder / "volume.ckpt", on_progress=on_progress),
        )
        balance(trained, source, plan)
        return trained

    return trained_once(folder / "network.pt", network, work)


def balance(network: nn.Module, source: VolumeSource, plan: VolumePlan) -> float:
    """Shift the background's logit until volumes found are volumes drawn; return the shift.

    Soft Dice asks for a voxel from less than an even chance on, so what it trains is too large by
    some per cent everywhere. One number, from at most fifty volumes that were trained on.
    """
    rows = range(0, len(source), max(1, -(-len(source) // BALANCED_ON)))
    shares = [outlined(network, source.volumes[row], plan).astype(np.float32) for row in rows]
    drawn = sum(int((source.labels[row] > 0).sum()) for row in rows)
    low, high = -LARGEST_SHIFT, LARGEST_SHIFT
    while high - low > 0.01:
        middle = 0.5 * (low + high)
        found = sum(int((one[1:].max(axis=0) > one[0] * np.exp(middle)).sum()) for one in shares)
        low, high = (middle, high) if found > drawn else (low, middle)
    head = network.get_submodule("head")
    with torch.no_grad():
        head.bias[0] += low
    return low


def outlined(network: nn.Module, voxels: Floats, plan: VolumePlan) -> npt.NDArray[np.float16]:
    """Return the probabilities (classes, D, H, W) by PyTorch, window by window."""

    def run(part: Floats) -> Floats:
        with torch.no_grad():
            masks: Floats = network(torch.from_numpy(part)).masks.float().numpy()
        return masks

    return slide(
        run,
        voxels,
        window=window_for(voxels.shape, plan.contract.window),
        classes=len(plan.structures) + 1,
    )
