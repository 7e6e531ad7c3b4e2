"""From a trained network of pictures to a package: export with a parity check (needs torch)."""

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import nn

from osler.errors import OurFault
from osler.learn.export import export, parity
from osler.learn.imaging.packaging import Made, build_package
from osler.learn.imaging.trained import Trained
from osler.prepare.picture import network_input
from osler.standards.pictures import decode_first, read_content

log = logging.getLogger(__name__)
# Probabilities of 16-bit weights differ by less than 0.01; an embedding, which only finds similar
# cases, by up to 0.013 of its largest value.
PARITY_LIMITS = {"float32": 1e-4, "float16": 2e-2, "int8": 1e-2}
CHECKED = 16


def package_pictures(trained: Trained, network: nn.Module, models: Path) -> Path:
    """Export a network of labels, outlines or both, and build its package; return the folder."""
    names: tuple[str, ...] = ("logits", "evidence", "embedding")
    if trained.recipe.structures:
        names = (*names, "masks")
    return build_package(trained, exported(trained, network, names), models)


def exported(trained: Trained, network: nn.Module, names: tuple[str, ...]) -> Made:
    """Export with the smallest weights that keep the answers on real pictures.

    Raises
    ------
    OurFault
        Not even 32-bit weights agree with PyTorch.
    """
    contract, wanted = trained.contract, trained.recipe.weights
    images = _some(trained)
    for weights in dict.fromkeys((wanted, "float16", "float32")):
        content = export(
            network, size=contract.size, names=names, weights=weights, channels=contract.channels
        )
        difference = parity(network, content, images)
        if difference <= PARITY_LIMITS[weights]:
            weak = {one.name: one.weak for one in trained.recipe.structures if one.weak}
            return Made(content, weights, difference, weak=weak)
        log.info("%s weights differ by %.4f: too far, trying finer ones", weights, difference)
    raise OurFault(f"no export of {trained.recipe.name} agrees with PyTorch")


def _some(trained: Trained) -> npt.NDArray[np.float32]:
    """Return a few training pictures as the network reads them."""
    rows = trained.learnt_from().rows
    chosen = rows[:: max(1, len(rows) // CHECKED)][:CHECKED]
    return np.stack(
        [
            network_input(
                decode_first(read_content(row.path.read_bytes(), origin=row.path.name)),
                trained.contract,
            )
            for row in chosen
        ]
    )
