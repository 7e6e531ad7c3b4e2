"""A network that is trained once and read ever after (needs torch)."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def trained_once(file: Path, empty: Network, work: Callable[[], nn.Module]) -> Network:
    """Load a finished network into ``empty``, or do the work first and keep its result.

    The file appears whole or not at all.
    """
    if not file.is_file():
        trained = work()
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        torch.save(trained.state_dict(), part)
        part.replace(file)
    empty.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    empty.eval()
    return empty
