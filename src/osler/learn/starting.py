"""What a network starts from: ImageNet or another recipe's trained encoder (needs torch)."""

from pathlib import Path

import torch
from torch import nn

from osler.errors import InputRefused, NotFound

IMAGENET = "imagenet"
ENCODER = "encoder."


def start_from(network: nn.Module, start: str, *, runs: Path, recipe: str) -> nn.Module:
    """Give a network the encoder of another recipe's; ``imagenet`` leaves it as it is.

    Raises
    ------
    NotFound
        That recipe is not trained in ``runs``.
    InputRefused
        Its network has no such encoder, as one of other channels or of volumes.
    """
    if start == IMAGENET:
        return network
    file = runs / start / "network.pt"
    if not file.is_file():
        raise NotFound(
            f"recipe {recipe} starts from {start}, which is not trained in {runs}; "
            "train that recipe first"
        )
    weights = torch.load(file, map_location="cpu", weights_only=True)
    wanted = {k: v.shape for k, v in network.state_dict().items() if k.startswith(ENCODER)}
    kept = {k: v for k, v in weights.items() if k.startswith(ENCODER)}
    if {k: v.shape for k, v in kept.items()} != wanted:
        raise InputRefused(
            f"recipe {recipe} starts from {start}, whose encoder is of another shape; name a "
            "recipe of pictures with as many channels, or start from imagenet"
        )
    network.load_state_dict(kept, strict=False)
    return network
