"""Run networks over squares, average networks into one, and tidy their statistics (torch)."""

import copy
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

Floats = npt.NDArray[np.float32]


def batches(squares: npt.NDArray[np.uint8], *, size: int, batch: int = 64) -> list[Tensor]:
    """Return squares (N,H,W), or pictures (N,C,H,W), as network inputs (N,C,size,size), 0 to 1."""
    out = []
    for start in range(0, len(squares), batch):
        image = torch.from_numpy(squares[start : start + batch]).float() / 255.0
        image = image[:, None] if image.ndim == 3 else image
        if size != image.shape[-1]:
            image = nnf.interpolate(
                image, size=size, mode="bilinear", antialias=True, align_corners=False
            )
        out.append(image)
    return out


@torch.no_grad()
def predict(
    network: nn.Module, squares: npt.NDArray[np.uint8], *, size: int
) -> tuple[Floats, Floats]:
    """Return (logits, embeddings) of a network over squares, as float32 arrays."""
    network = network.eval().to(memory_format=torch.channels_last)
    logits, embeddings = [], []
    for image in batches(squares, size=size):
        answer = network(image.contiguous(memory_format=torch.channels_last))
        logits.append(answer.logits.float().numpy())
        embeddings.append(answer.embedding.float().numpy())
    return np.concatenate(logits), np.concatenate(embeddings)


def soup(networks: Sequence[nn.Module]) -> nn.Module:
    """Average the weights of networks that were trained from one start.

    Networks fine-tuned from the same weights lie in one basin, so their mean is as good as
    their ensemble at the cost of one (Wortsman et al., ICML 2022, "Model soups").
    """
    mean = copy.deepcopy(networks[0])
    states = [network.state_dict() for network in networks]
    with torch.no_grad():
        for name, value in mean.state_dict().items():
            if value.dtype.is_floating_point:
                value.copy_(torch.stack([state[name] for state in states]).mean(dim=0))
    return mean


def refresh_statistics(
    network: nn.Module, squares: npt.NDArray[np.uint8], *, size: int, rng: np.random.Generator
) -> nn.Module:
    """Measure the batch-norm statistics of averaged weights anew over at most 1,024 films.

    Layers that were frozen in training keep theirs.
    """
    norms = [
        m for m in network.modules() if isinstance(m, nn.BatchNorm2d) and m.weight.requires_grad
    ]
    chosen = rng.permutation(len(squares))[:1024]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        for image in batches(squares[chosen], size=size):
            network(image)
    return network.eval()
